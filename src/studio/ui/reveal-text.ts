/** A piece of a text: as it stands, or a character (or a run of one) that must be written out to be seen. */
export type TextPiece = { text: string } | { codePoint: number; count: number }

/**
 * What a person cannot see or what moves its neighbours: control and format characters (bidi overrides, zero-width,
 * tags), private use, unassigned and lone surrogates, odd spaces, line separators, the blank Braille pattern, and whatever
 * Unicode says may be drawn as nothing. An approver must never decide on a text that reads differently than it is.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/u
const SEEN_RUN =
  /(?:(?![\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800])(?:\P{Zs}| ))+/uy
const MARK = /\p{M}/u
/** A letter with more marks than this is made to cover the lines around it. */
const MAX_MARKS = 2
/** More spaces than this push what follows out of sight. */
const MAX_SPACES = 3

export function revealText(text: string): TextPiece[] {
  const pieces: TextPiece[] = []
  let at = 0
  while (at < text.length) {
    SEEN_RUN.lastIndex = at
    const run = SEEN_RUN.exec(text)?.[0]
    if (run) {
      pushSeen(pieces, run, at === 0, at + run.length === text.length)
      at += run.length
      continue
    }
    const codePoint = text.codePointAt(at)!
    pushUnseen(pieces, codePoint, 1)
    at += codePoint > 0xffff ? 2 : 1
  }
  return pieces
}

/** Whether any character of the text would not be seen for what it is. */
export function hidesSomething(text: string): boolean {
  return UNSEEN.test(text)
}

/** The text as one string, unseen characters as `⟨U+202E⟩`: for titles and labels that cannot hold elements. */
export function revealAsString(text: string): string {
  return revealText(text)
    .map((piece) => ('text' in piece ? piece.text : `⟨${sayCodePoint(piece.codePoint)}⟩`))
    .join('')
}

/** The beginning of a text, never half a character. */
export function cutText(text: string, length: number): string {
  const isSplit =
    /[\ud800-\udbff]/.test(text.charAt(length - 1)) && /[\udc00-\udfff]/.test(text.charAt(length))
  return text.slice(0, isSplit ? length - 1 : length)
}

export function sayCodePoint(codePoint: number): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`
}

const SCRIPTS = ['Latin', 'Cyrillic', 'Greek', 'Armenian', 'Cherokee', 'Hebrew', 'Arabic'] as const
const SCRIPT_TESTS = SCRIPTS.map((name) => ({ name, test: new RegExp(`\\p{Script=${name}}`, 'u') }))

/**
 * A word that mixes letters of scripts that look alike, e.g. a Cyrillic А in a Latin name: the usual way to forge one.
 *
 * @returns the word and its letters of the rarer scripts, or null.
 */
export function findMixedScripts(text: string): { word: string; letters: MixedLetter[] } | null {
  // A long text has no single name to forge, and this must stay cheap.
  for (const word of text.slice(0, 2000).match(/[\p{L}\p{M}\p{N}]+/gu) ?? []) {
    const letters = [...new Set(word)].flatMap((letter) => {
      const script = SCRIPT_TESTS.find(({ test }) => test.test(letter))?.name
      return script ? [{ letter, script }] : []
    })
    const counts = Map.groupBy(letters, ({ script }) => script)
    if (counts.size < 2) continue
    const [common] = [...counts].toSorted(([, a], [, b]) => b.length - a.length)[0]!
    return { word, letters: letters.filter(({ script }) => script !== common).slice(0, 3) }
  }
  return null
}

export type MixedLetter = { letter: string; script: string }

function pushSeen(pieces: TextPiece[], run: string, isStart: boolean, isEnd: boolean): void {
  let plain = ''
  let marks = 0
  const flush = () => {
    if (plain) pieces.push({ text: plain })
    plain = ''
  }
  const characters = [...run]
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index]!
    if (character === ' ') {
      let count = 1
      while (characters[index + count] === ' ') count += 1
      const atEdge = (isStart && index === 0) || (isEnd && index + count === characters.length)
      if (count > MAX_SPACES || atEdge) {
        flush()
        pushUnseen(pieces, 0x20, count)
      } else {
        plain += ' '.repeat(count)
      }
      index += count - 1
      marks = 0
      continue
    }
    marks = MARK.test(character) ? marks + 1 : 0
    const hasNoBase = marks > 0 && plain === ''
    if (marks > MAX_MARKS || hasNoBase) {
      flush()
      pushUnseen(pieces, character.codePointAt(0)!, 1)
    } else {
      plain += character
    }
  }
  flush()
}

function pushUnseen(pieces: TextPiece[], codePoint: number, count: number): void {
  const last = pieces.at(-1)
  if (last && 'codePoint' in last && last.codePoint === codePoint) last.count += count
  else pieces.push({ codePoint, count })
}
