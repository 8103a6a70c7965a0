import { FRIENDLY } from './vocabulary.ts'

/** A piece of a text. `lower` is what is compared: lower case, digits in their usual form. */
export type Token = {
  kind: 'word' | 'number' | 'address' | 'id' | 'percent' | 'arrow' | 'mark' | 'quote' | 'other'
  text: string
  lower: string
  start: number
  end: number
}

const WORD = /[\p{L}\p{M}\p{N}_\p{Cf}]/u
const SPACE = /[^\S\ufeff]/
const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/iy
/** What joins two parts of a word: `vitalik.eth`, `I'd`, `look-alike`. */
const JOINTS = ".-'’"
const MARKS = `.,!?:，．${FRIENDLY}`
const QUOTES = '"“”„«»‘’‹›`\'「」'
const ARROWS = ['->', '=>', '→', '⇒', '➔', '➜', '⟶', '>']
/** A number ends here, whatever stands before. */
const NUMBER_ENDS = '%％;!?()[]{}"“”«»→⇒➔➜⟶=>/:'

/**
 * Splits by hand, one look at each character, so that no text takes long. `isUnit` tells which words may be glued to a
 * number (`50USDC`, `20min`).
 */
export function splitTokens(text: string, isUnit: (word: string) => boolean): Token[] {
  const tokens: Token[] = []
  const push = (kind: Token['kind'], start: number, end: number, lower?: string) => {
    const piece = text.slice(start, end)
    tokens.push({ kind, text: piece, lower: lower ?? piece.toLowerCase(), start, end })
    return end
  }
  let at = 0
  while (at < text.length) {
    const character = charAt(text, at)
    if (SPACE.test(character)) at += character.length
    else if (isIdAt(text, at)) at = push('id', at, at + 36)
    else if (text[at] === '0' && (text[at + 1] === 'x' || text[at + 1] === 'X'))
      at = push('address', at, wordEnd(text, at, ''))
    else if (beginsNumber(text, at)) at = pushNumber(text, at, isUnit, push)
    else if (WORD.test(character)) at = push('word', at, wordEnd(text, at, JOINTS))
    else at = pushSign(text, at, character, push)
  }
  // Between two sayings it joins them; behind the last one it ends it, as a point does.
  const last = tokens.at(-1)
  if (last?.text === ';') last.kind = 'mark'
  return tokens
}

type Push = (kind: Token['kind'], start: number, end: number, lower?: string) => number

function pushSign(text: string, at: number, character: string, push: Push): number {
  if (character === '%' || character === '％') return push('percent', at, at + 1)
  const arrow = ARROWS.find((candidate) => text.startsWith(candidate, at))
  if (arrow) return push('arrow', at, at + arrow.length)
  const kind = MARKS.includes(character) ? 'mark' : QUOTES.includes(character) ? 'quote' : 'other'
  return push(kind, at, at + character.length)
}

function pushNumber(text: string, start: number, isUnit: (word: string) => boolean, push: Push): number {
  let end = start + 1
  while (end < text.length && !endsNumber(text, end)) end++
  while (end > start + 1 && ".,'’".includes(text[end - 1]!)) end--
  const piece = foldDigits(text.slice(start, end))
  // A token's symbol may begin with a digit.
  if (isUnit(piece.toLowerCase())) return push('word', start, end)
  let digits = 0
  while (digits < piece.length && '0123456789.,_+-−–'.includes(piece[digits]!)) digits++
  const suffix = piece.slice(digits).toLowerCase()
  if (suffix !== '' && digits > 0 && suffix !== 'k' && suffix !== 'm' && isUnit(suffix)) {
    push('number', start, start + digits, piece.slice(0, digits).toLowerCase())
    return push('word', start + digits, end)
  }
  return push('number', start, end, piece.toLowerCase())
}

const endsNumber = (text: string, at: number) =>
  SPACE.test(text[at]!) || NUMBER_ENDS.includes(text[at]!) || (text[at] === '-' && text[at + 1] === '>')

function beginsNumber(text: string, at: number): boolean {
  if (isDigit(text[at])) return true
  const sign = '+-−–'.includes(text[at]!)
  const next = sign && '.,'.includes(text[at + 1] ?? ' ') ? at + 2 : at + 1
  return (sign || text[at] === '.' || text[at] === ',') && isDigit(text[next])
}

const isDigit = (character: string | undefined) =>
  character !== undefined &&
  ((character >= '0' && character <= '9') || (character >= '０' && character <= '９'))

const WIDE = /[０-９．，]/

/** Full-width digits and separators, one character for one. */
function foldDigits(text: string): string {
  if (!WIDE.test(text)) return text
  return [...text]
    .map((character) => {
      if (character >= '０' && character <= '９')
        return String.fromCharCode(character.charCodeAt(0) - 0xff10 + 0x30)
      if (character === '．') return '.'
      return character === '，' ? ',' : character
    })
    .join('')
}

function wordEnd(text: string, start: number, joints: string): number {
  let at = start
  while (at < text.length) {
    const character = charAt(text, at)
    const joins = joints.includes(character) && at + 1 < text.length && WORD.test(charAt(text, at + 1))
    if (!joins && !WORD.test(character)) break
    at += character.length
  }
  return at
}

function isIdAt(text: string, at: number): boolean {
  ID.lastIndex = at
  return ID.test(text) && (at + 36 === text.length || !WORD.test(charAt(text, at + 36)))
}

const charAt = (text: string, at: number) => String.fromCodePoint(text.codePointAt(at)!)
