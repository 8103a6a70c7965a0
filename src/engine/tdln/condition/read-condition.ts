import {
  type ConditionGrammar,
  FALSE_WORDS,
  type Operator,
  type OperatorPhrase,
  TRUE_WORDS,
} from './condition-words.ts'
import { type Lexeme, splitCondition } from './split-condition.ts'
import { splitWords } from './split-words.ts'

/** What a field is compared with. A number keeps all its readings: 1.000 is one or a thousand. */
export type Operand =
  | { kind: 'number'; text: string; readings: number[] }
  | { kind: 'quoted'; text: string }
  | { kind: 'words'; words: string[] }

export type Clause = {
  kind: 'clause'
  field: string[]
  operator: Operator
  negated: boolean
  /** More than one only for `one_of`. */
  operands: Operand[]
  stateWord: string | undefined
}

export type Reading = Clause | { kind: 'all' | 'any'; parts: Reading[] }

/** One way to understand a condition, or several where words leave two open; a fault where it is no condition to us. */
export type ConditionReadings = { readings: Reading[] } | { fault: string }

/** A clause as it stands; what it leaves out is taken from the one before ("high or urgent", "at least 5 and at most 9"). */
type Part = { joins: 'and' | 'or' | ','; reading: Reading; isShort: boolean }

class Unreadable extends Error {}

/**
 * Reads a condition by a grammar in which every word has its place. Whatever does not fit is a fault: a word that was
 * passed over could be the one that turns the meaning round.
 */
export function readCondition(condition: string, grammar: ConditionGrammar): ConditionReadings {
  const lexemes = splitCondition(condition, grammar.language)
  if ('fault' in lexemes) return lexemes
  const [first, ...rest] = lexemes.lexemes
  const isOpened = first?.kind === 'word' && grammar.openers.has(first.text)
  try {
    return { readings: readSequence(isOpened ? rest : lexemes.lexemes, grammar) }
  } catch (error) {
    if (error instanceof Unreadable) return { fault: error.message }
    throw error
  }
}

function readSequence(lexemes: readonly Lexeme[], grammar: ConditionGrammar): Reading[] {
  const parts: Part[] = []
  let joins: Part['joins'] | undefined
  for (const piece of splitAtConnectors(lexemes, grammar)) {
    const previous = parts.at(-1)?.reading
    const last = previous?.kind === 'clause' ? previous : undefined
    const part = readPart(piece.lexemes, joins, last, grammar)
    if (part !== undefined) parts.push({ ...part, joins: joins ?? 'and' })
    joins = piece.followedBy
  }
  if (joins !== undefined) throw new Unreadable('it ends in the middle')
  return arrange(settleCommas(parts))
}

type Piece = { lexemes: Lexeme[]; followedBy: Part['joins'] | undefined }

/** Cuts at and, or and commas outside of brackets. A comma before and/or is part of it. */
function splitAtConnectors(lexemes: readonly Lexeme[], grammar: ConditionGrammar): Piece[] {
  const pieces: Piece[] = [{ lexemes: [], followedBy: undefined }]
  let depth = 0
  for (const lexeme of lexemes) {
    const piece = pieces.at(-1)!
    if (lexeme.text === '(' && lexeme.kind === 'symbol') depth++
    if (lexeme.text === ')' && lexeme.kind === 'symbol') depth--
    if (depth < 0) throw new Unreadable('a bracket is closed that was never opened')
    const connector =
      depth > 0 || isInsideOperator(lexemes, lexeme, grammar) ? undefined : connectorOf(lexeme, grammar)
    if (connector === undefined) piece.lexemes.push(lexeme)
    else if (piece.lexemes.length > 0) {
      piece.followedBy = connector
      pieces.push({ lexemes: [], followedBy: undefined })
    } else if (pieces.at(-2)?.followedBy === ',') pieces.at(-2)!.followedBy = connector
    else throw new Unreadable(`nothing stands before "${lexeme.text}"`)
  }
  if (depth > 0) throw new Unreadable('a bracket is never closed')
  if (pieces.at(-1)!.lexemes.length === 0) throw new Unreadable('it ends in the middle')
  return pieces
}

function connectorOf({ kind, text }: Lexeme, grammar: ConditionGrammar): Part['joins'] | undefined {
  if (kind === 'symbol' && text === ',') return ','
  return kind === 'word' ? grammar.connectors.get(text) : undefined
}

/** The "or" of "less than or equal to" joins nothing. */
function isInsideOperator(lexemes: readonly Lexeme[], lexeme: Lexeme, grammar: ConditionGrammar): boolean {
  const place = lexemes.indexOf(lexeme)
  return grammar.operators.some(({ words }) => {
    const inside = words.findIndex((word, index) => index > 0 && grammar.connectors.has(word))
    return inside > 0 && matchesAt(lexemes, place - inside, words)
  })
}

function readPart(
  lexemes: Lexeme[],
  joins: Part['joins'] | undefined,
  last: Clause | undefined,
  grammar: ConditionGrammar,
): Omit<Part, 'joins'> | undefined {
  if (lexemes[0]?.text === '(' && lexemes[0].kind === 'symbol') {
    if (lexemes.at(-1)?.text !== ')') throw new Unreadable('words follow a bracket')
    const inner = readSequence(lexemes.slice(1, -1), grammar)
    if (inner.length > 1) throw new Unreadable('what stands in brackets can be read in two ways')
    return { reading: inner[0]!, isShort: false }
  }
  const found = findOperator(lexemes, grammar)
  if (found && found.place > 0) {
    const field = readField(lexemes.slice(0, found.place), grammar)
    return { reading: completeClause(field, found.phrase, lexemes.slice(found.end), grammar), isShort: false }
  }
  if (!last) throw new Unreadable(found ? 'it does not say what is compared' : 'there is no comparison in it')
  if (found)
    return {
      reading: shortenedOperator(last, found.phrase, lexemes.slice(found.end), grammar),
      isShort: true,
    }
  return readShortOperand(lexemes, joins, last, grammar)
}

/** "… or urgent", "… and not urgent". Under a negation it is not plain what "or" joins, save in a list of "one of". */
function readShortOperand(
  lexemes: Lexeme[],
  joins: Part['joins'] | undefined,
  last: Clause,
  grammar: ConditionGrammar,
): Omit<Part, 'joins'> | undefined {
  const isNot = ['not', 'não'].includes(lexemes[0]!.text) && grammar.reserved.has(lexemes[0]!.text)
  const operand = readOperand(isNot ? lexemes.slice(1) : lexemes, grammar)
  if (isNot && last.operator === 'equals' && joins !== ',') {
    return { reading: { ...last, negated: true, operands: [operand] }, isShort: true }
  }
  if (last.operator === 'one_of' && joins !== 'and' && !isNot) {
    last.operands.push(operand)
    return undefined
  }
  if (isNot || last.negated) throw new Unreadable('what follows a negation can be read in two ways')
  const isList = last.operator === 'contains' || (last.operator === 'equals' && joins !== 'and')
  if (!isList) throw new Unreadable(`"${textOf(lexemes)}" has no place after the comparison`)
  return { reading: { ...last, operands: [operand] }, isShort: true }
}

function shortenedOperator(
  last: Clause,
  phrase: OperatorPhrase,
  rest: Lexeme[],
  grammar: ConditionGrammar,
): Clause {
  if (last.negated) throw new Unreadable('what follows a negation can be read in two ways')
  return completeClause(last.field, phrase, rest, grammar)
}

function completeClause(
  field: string[],
  { operator, negated, takesOperand, stateWord }: OperatorPhrase,
  rest: Lexeme[],
  grammar: ConditionGrammar,
): Clause {
  if (!takesOperand && rest.length > 0)
    throw new Unreadable(`"${textOf(rest)}" has no place after the comparison`)
  const operands = takesOperand ? [readOperand(rest, grammar)] : []
  return { kind: 'clause', field, operator, negated, operands, stateWord }
}

function findOperator(lexemes: readonly Lexeme[], grammar: ConditionGrammar) {
  for (const place of lexemes.keys()) {
    const phrase = grammar.operators.find(({ words }) => matchesAt(lexemes, place, words))
    if (phrase) return { place, phrase, end: place + phrase.words.length }
  }
  return undefined
}

function matchesAt(lexemes: readonly Lexeme[], place: number, words: readonly string[]): boolean {
  return words.every((word, index) => {
    const lexeme = lexemes[place + index]
    return lexeme?.text === word && (lexeme.kind === 'word' || lexeme.kind === 'symbol')
  })
}

/** "priority of the ticket" is its "ticket priority". */
function readField(lexemes: Lexeme[], grammar: ConditionGrammar): string[] {
  const groups: string[][] = [[]]
  for (const { kind, text } of lexemes) {
    if (kind !== 'word' || grammar.reserved.has(text))
      throw new Unreadable(`"${text}" has no place in a name`)
    if (grammar.belonging.has(text)) groups.unshift([])
    else if (grammar.articles.has(text) && groups[0]!.length === 0) continue
    else groups[0]!.push(...splitWords(text))
  }
  if (groups.some((group) => group.length === 0)) throw new Unreadable('it does not say what is compared')
  return groups.flat()
}

function readOperand(lexemes: Lexeme[], grammar: ConditionGrammar): Operand {
  let words = lexemes
  while (words[0]?.kind === 'word' && words.length > 1) {
    if (!grammar.articles.has(words[0].text) && !grammar.eithers.has(words[0].text)) break
    words = words.slice(1)
  }
  const [first] = words
  if (!first) throw new Unreadable('it does not say with what it is compared')
  if (words.length === 1 && first.kind === 'number')
    return { kind: 'number', text: first.text, readings: first.readings }
  if (words.length === 1 && first.kind === 'quoted') return { kind: 'quoted', text: first.text }
  for (const { kind, text } of words) {
    const isAnswer = words.length === 1 && (TRUE_WORDS.has(text) || FALSE_WORDS.has(text))
    const isMisplaced = grammar.reserved.has(text) && !isAnswer
    if (kind === 'symbol' || kind === 'quoted' || isMisplaced)
      throw new Unreadable(`"${text}" has no place in a value`)
  }
  return { kind: 'words', words: words.flatMap(({ text }) => splitWords(text)) }
}

/** A comma joins like the next and/or after it; only in a list of values, because between clauses it may group them. */
function settleCommas(parts: Part[]): Part[] {
  const connectors = new Set(parts.slice(1).map(({ joins }) => joins))
  return parts.map((part, index) => {
    if (part.joins !== ',') return part
    if (!part.isShort) throw new Unreadable('a comma stands between two comparisons')
    const next = parts.slice(index + 1).find(({ joins }) => joins !== ',')
    if (!next?.isShort || connectors.size > 2) throw new Unreadable('it is not plain what a comma joins')
    return { ...part, joins: next.joins }
  })
}

/**
 * "And" before "or", and where values share a comparison ("high or urgent and open") also the reading in which they keep
 * together, because people mean either.
 */
function arrange(parts: Part[]): Reading[] {
  const flat = joinParts(parts)
  const runs: Part[][] = []
  for (const part of parts) {
    if (part.isShort) runs.at(-1)!.push(part)
    else runs.push([part])
  }
  const isMixed = new Set(parts.slice(1).map(({ joins }) => joins)).size > 1
  if (!isMixed || runs.length === parts.length) return [flat]
  const kept = joinParts(runs.map((run) => ({ ...run[0]!, reading: joinParts(run) })))
  return [kept, flat]
}

function joinParts(parts: readonly Part[]): Reading {
  const alternatives: Reading[][] = []
  for (const [index, { joins, reading }] of parts.entries()) {
    if (index > 0 && joins === 'and') alternatives.at(-1)!.push(reading)
    else alternatives.push([reading])
  }
  return wrap(
    'any',
    alternatives.map((readings) => wrap('all', readings)),
  )
}

function wrap(kind: 'all' | 'any', parts: Reading[]): Reading {
  return parts.length === 1 ? parts[0]! : { kind, parts }
}

function textOf(lexemes: readonly Lexeme[]): string {
  return lexemes.map(({ text }) => text).join(' ')
}
