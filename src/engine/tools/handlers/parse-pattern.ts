/** A regular expression as a tree. Greedy or lazy makes no difference to whether a text matches. */
export type PatternNode =
  | { kind: 'character'; test: (character: string) => boolean }
  | { kind: 'boundary'; holds: (before: string | undefined, after: string | undefined) => boolean }
  | { kind: 'look'; item: PatternNode; negated: boolean }
  | { kind: 'sequence'; items: PatternNode[] }
  | { kind: 'choice'; options: PatternNode[] }
  | { kind: 'repeat'; item: PatternNode; min: number; max: number }

const isWord = (character: string | undefined) => character !== undefined && /^\w$/.test(character)

const START = (before: string | undefined) => before === undefined
const END = (_before: string | undefined, after: string | undefined) => after === undefined
const WORD = (before: string | undefined, after: string | undefined) => isWord(before) !== isWord(after)
const NOT_WORD = (before: string | undefined, after: string | undefined) => !WORD(before, after)

/** One escape; what names a class of characters, or one of them by its number, is longer than two characters. */
const UNICODE_ESCAPE =
  /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]|[pP]\{[^}]*\}|[\s\S])/uy
const ESCAPE = /\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]|[\s\S])/y
const CLASS = /\[(?:\\[\s\S]|[^\]\\])*\]/uy
const QUANTIFIER = /(?:[*+?]|\{(\d+)(,(\d*))?\})\??/y
/** Of the groups only those that do not look behind and do not change flags. */
const GROUP = /\((?:\?(?::|=|!|<[^=!>][^>]*>))?/y

/**
 * Parses a regular expression of ECMA-262. It is read with the flag `u` if it can be, as JSON Schema recommends; many
 * published schemas escape more than that allows (`\-`) and are read without.
 *
 * @throws SyntaxError for what is none, for back references and for looking behind.
 */
export function parsePattern(source: string): { root: PatternNode; unicode: boolean } {
  const unicode = isRegExp(source, 'u')
  if (!unicode) new RegExp(source) // throws the words of the language itself
  const flags = unicode ? 'u' : ''
  let at = 0

  const take = (expression: RegExp): RegExpExecArray | null => {
    expression.lastIndex = at
    const match = expression.exec(source)
    if (match) at += match[0].length
    return match
  }
  const refuse = (what: string): never => {
    throw new SyntaxError(`${what} cannot be used in a pattern here: write it without`)
  }

  const parseChoice = (): PatternNode => {
    const options = [parseSequence()]
    while (source[at] === '|') {
      at++
      options.push(parseSequence())
    }
    return options.length === 1 ? options[0]! : { kind: 'choice', options }
  }

  const parseSequence = (): PatternNode => {
    const items: PatternNode[] = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') {
      const item = parseItem()
      const quantifier = take(QUANTIFIER)
      items.push(quantifier ? { kind: 'repeat', item, ...readBounds(quantifier) } : item)
    }
    return { kind: 'sequence', items }
  }

  const parseItem = (): PatternNode => {
    switch (source[at]) {
      case '^':
        at++
        return { kind: 'boundary', holds: START }
      case '$':
        at++
        return { kind: 'boundary', holds: END }
      case '(':
        return parseGroup()
      case '[':
        return matchCharacter(take(CLASS)![0], flags)
      case '.':
        at++
        return matchCharacter('.', flags)
      case '\\':
        return parseEscape()
      default: {
        const literal = unicode ? String.fromCodePoint(source.codePointAt(at)!) : source[at]!
        at += literal.length
        return { kind: 'character', test: (character) => character === literal }
      }
    }
  }

  const parseGroup = (): PatternNode => {
    const opening = take(GROUP)![0]
    if (opening === '(' && source[at] === '?') refuse('looking behind or changing flags')
    const item = parseChoice()
    at++ // the closing bracket, which is there: the expression is well formed
    if (opening === '(?=' || opening === '(?!') return { kind: 'look', item, negated: opening === '(?!' }
    return item
  }

  const parseEscape = (): PatternNode => {
    const second = source[at + 1]!
    if (second === 'b' || second === 'B') {
      at += 2
      return { kind: 'boundary', holds: second === 'b' ? WORD : NOT_WORD }
    }
    if (/[1-9]/.test(second) || (second === 'k' && source[at + 2] === '<')) refuse('a back reference')
    if (!unicode && second === '0' && /[0-7]/.test(source[at + 2] ?? '')) refuse('an octal escape')
    return matchCharacter(take(unicode ? UNICODE_ESCAPE : ESCAPE)![0], flags)
  }

  return { root: parseChoice(), unicode }
}

function isRegExp(source: string, flags: string): boolean {
  try {
    new RegExp(source, flags)
    return true
  } catch {
    return false
  }
}

function readBounds([text, from, comma, to]: RegExpExecArray): { min: number; max: number } {
  if (from === undefined) {
    return { min: text.startsWith('+') ? 1 : 0, max: text.startsWith('?') ? 1 : Number.POSITIVE_INFINITY }
  }
  if (comma === undefined) return { min: Number(from), max: Number(from) }
  return { min: Number(from), max: to === '' ? Number.POSITIVE_INFINITY : Number(to) }
}

/** What one character may be is asked of the language's own engine, one character at a time. */
function matchCharacter(source: string, flags: string): PatternNode {
  const expression = new RegExp(`^(?:${source})$`, flags)
  const known = new Map<string, boolean>()
  return {
    kind: 'character',
    test(character) {
      const before = known.get(character)
      if (before !== undefined) return before
      const answer = expression.test(character)
      if (known.size < 256) known.set(character, answer)
      return answer
    },
  }
}
