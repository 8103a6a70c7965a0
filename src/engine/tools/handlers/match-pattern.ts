import { type PatternNode, parsePattern } from './parse-pattern.ts'

/** What checking may still cost. It is shared by everything that one check does, and runs out instead of the time. */
export type WorkBudget = { left: number }

/** Checking was given up because it would have taken too long. */
export class BudgetExceededError extends Error {
  override readonly name = 'BudgetExceededError'
}

export function spend(budget: WorkBudget, amount: number): void {
  budget.left -= amount
  if (budget.left < 0) throw new BudgetExceededError('checking this value would take too long')
}

/** A longer program would make one character cost too much; counted repetitions are written out. */
const MAX_STEPS = 5000

/** One step costs about five times what checking one keyword does (measured: 42 ns). */
const STEP_COST = 5

type Instruction =
  | { op: 'character'; test: (character: string) => boolean }
  | { op: 'split'; other: number }
  | { op: 'jump'; to: number }
  | { op: 'boundary'; holds: (before: string | undefined, after: string | undefined) => boolean }
  | { op: 'look'; program: Instruction[]; negated: boolean }
  | { op: 'match' }

/**
 * Compiles a regular expression so that no text can make it hang: all ways through the pattern are followed at the
 * same time (Thompson's construction), so the cost grows with the length of pattern times text, where the engine of
 * the language may need time exponential in the text. Whether a text matches is all it answers.
 *
 * @throws SyntaxError for what is no regular expression, and for what cannot be followed that way: back references
 *   and looking behind.
 */
export function compilePattern(source: string): (text: string, budget: WorkBudget) => boolean {
  const { root, unicode } = parsePattern(source)
  const program = assemble(root, { left: MAX_STEPS })
  return (text, budget) => {
    spend(budget, text.length)
    const characters = unicode ? [...text] : text.split('')
    return runProgram(program, characters, 0, false, budget)
  }
}

function assemble(root: PatternNode, steps: { left: number }): Instruction[] {
  const program: Instruction[] = []
  const emit = (instruction: Instruction) => program.push(instruction)
  const splitHere = () => {
    const split = { op: 'split' as const, other: 0 }
    emit(split)
    return split
  }
  const write = (node: PatternNode): void => {
    // Counted here and not where something is emitted, because nothing, a billion times, emits nothing either.
    if (--steps.left < 0) {
      throw new SyntaxError(`the pattern repeats too much: written out it has more than ${MAX_STEPS} steps`)
    }
    switch (node.kind) {
      case 'character':
        emit({ op: 'character', test: node.test })
        return
      case 'boundary':
        emit({ op: 'boundary', holds: node.holds })
        return
      case 'look':
        emit({ op: 'look', program: assemble(node.item, steps), negated: node.negated })
        return
      case 'sequence':
        for (const item of node.items) write(item)
        return
      case 'choice': {
        const ends: { op: 'jump'; to: number }[] = []
        for (const [index, option] of node.options.entries()) {
          const split = index < node.options.length - 1 ? splitHere() : undefined
          write(option)
          if (!split) continue
          const jump = { op: 'jump' as const, to: 0 }
          emit(jump)
          ends.push(jump)
          split.other = program.length
        }
        for (const jump of ends) jump.to = program.length
        return
      }
      case 'repeat': {
        for (let count = 0; count < node.min; count++) write(node.item)
        if (node.max === Number.POSITIVE_INFINITY) {
          const start = program.length
          const split = splitHere()
          write(node.item)
          emit({ op: 'jump', to: start })
          split.other = program.length
          return
        }
        const splits: { other: number }[] = []
        for (let count = node.min; count < node.max; count++) {
          splits.push(splitHere())
          write(node.item)
        }
        for (const split of splits) split.other = program.length
      }
    }
  }
  write(root)
  program.push({ op: 'match' })
  return program
}

/** Whether the program matches somewhere from `start` on, or, anchored, exactly there. */
function runProgram(
  program: Instruction[],
  characters: string[],
  start: number,
  anchored: boolean,
  budget: WorkBudget,
): boolean {
  spend(budget, program.length)
  let current: number[] = []
  let next: number[] = []
  // The position at which an instruction was last reached, so that each is looked at once per position.
  const reachedAt = new Int32Array(program.length).fill(-1)
  const stack: number[] = []
  /** Follows everything that needs no character; true when the pattern is through. */
  const follow = (from: number, position: number, into: number[]): boolean => {
    stack.push(from)
    while (stack.length > 0) {
      const at = stack.pop()!
      if (reachedAt[at] === position) continue
      reachedAt[at] = position
      spend(budget, STEP_COST)
      const instruction = program[at]!
      switch (instruction.op) {
        case 'match':
          stack.length = 0
          return true
        case 'character':
          into.push(at)
          break
        case 'jump':
          stack.push(instruction.to)
          break
        case 'split':
          stack.push(instruction.other, at + 1)
          break
        case 'boundary':
          if (instruction.holds(characters[position - 1], characters[position])) stack.push(at + 1)
          break
        case 'look':
          if (runProgram(instruction.program, characters, position, true, budget) !== instruction.negated) {
            stack.push(at + 1)
          }
      }
    }
    return false
  }
  for (let position = start; position <= characters.length; position++) {
    if ((!anchored || position === start) && follow(0, position, current)) return true
    if (current.length === 0) {
      if (anchored) return false
      continue
    }
    const character = characters[position]
    if (character === undefined) return false
    for (const at of current) {
      const instruction = program[at]!
      if (instruction.op === 'character' && instruction.test(character)) {
        if (follow(at + 1, position + 1, next)) return true
      }
    }
    ;[current, next] = [next, current]
    next.length = 0
  }
  return false
}
