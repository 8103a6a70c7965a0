import { isIPv6 } from 'node:net'
import type { Frequency } from './token.ts'

/**
 * One way to recognise a token: where the pattern matches, `accept` says how many of its characters belong to it; none
 * means that it is something else. All patterns are sticky. One that may still be refused reads a bounded stretch, or only what the next token takes
 * anyway, so that no text takes longer than in proportion to its length.
 */
type Pattern = { frequency: Frequency; pattern: RegExp; accept?: (matched: string) => number }

/** Names that end otherwise (`main.ts`, `agent.router`) are identifiers; words of a language are not in the list. */
const TOP_LEVEL_DOMAINS =
  'com|org|net|edu|gov|mil|io|dev|app|ai|xyz|br|pt|uk|eu|de|fr|es|it|nl|ch|jp|cn|au|mx|ar|cl|co|tv|' +
  'local|internal|localhost|lan|example|invalid|test|arpa'

const ERROR_NAMES =
  /^E(?:ACCES|ADDRINUSE|ADDRNOTAVAIL|AGAIN|AI_AGAIN|BADF|BUSY|CONNABORTED|CONNREFUSED|CONNRESET|EXIST|FAULT|HOSTDOWN|HOSTUNREACH|INTR|INVAL|IO|ISDIR|MFILE|NETDOWN|NETUNREACH|NOENT|NOMEM|NOSPC|NOTCONN|NOTDIR|NOTEMPTY|NOTFOUND|PERM|PIPE|PROTO|ROFS|TIMEDOUT)$/

const when = (holds: boolean, matched: string) => (holds ? matched.length : 0)

/** In this order; what none of them takes is a word or punctuation. */
export const PATTERNS: readonly Pattern[] = [
  { frequency: 'F_VOID', pattern: /\s+/y },
  // Spans that somebody marked as code, and places to be filled in.
  { frequency: 'F_CODE', pattern: /`[^`\n]{1,200}`|\$\{[^{}\n]{1,100}\}|\{\{[^{}\n]{1,100}\}\}/y },
  { frequency: 'F_CODE', pattern: /\{[\p{L}_][\p{L}\p{N}_.]{0,60}\}/uy },
  {
    frequency: 'F_NET',
    pattern: /(?:[A-Za-z][A-Za-z0-9+.-]{1,30}:\/\/|www\.)[^\s<>"'`|{}]+/y,
    accept: (matched) => trimEnd(matched).length,
  },
  {
    frequency: 'F_NET',
    pattern: /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/uy,
  },
  {
    frequency: 'F_NET',
    pattern: /(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5}|\/\d{1,2})?(?![\p{L}\p{N}_]|\.\d)/uy,
    accept: (matched) =>
      when(
        matched
          .split(/[:/]/)[0]!
          .split('.')
          .every((part) => Number(part) < 256),
        matched,
      ),
  },
  {
    frequency: 'F_NET',
    pattern: /[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\/\d{1,3})?(?![\p{L}\p{N}_:])/uy,
    accept: (matched) => when(matched.length > 2 && isIPv6(matched.split('/')[0]!), matched),
  },
  {
    frequency: 'F_NET',
    pattern: new RegExp(
      `(?:(?:[\\p{L}\\p{N}][\\p{L}\\p{N}-]{0,62}\\.){1,8}(?:${TOP_LEVEL_DOMAINS}|${TOP_LEVEL_DOMAINS.toUpperCase()})|localhost)` +
        `(?![\\p{L}\\p{N}_(-]|\\.[\\p{L}\\p{N}_])(?::\\d{1,5})?(?:\\/[^\\s<>"'\`|{}]*)?`,
      'uy',
    ),
    accept: (matched) => trimEnd(matched).length,
  },
  {
    frequency: 'F_CODE',
    pattern: /[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![\p{L}\p{N}_-])/uy,
  },
  {
    frequency: 'F_TEMP',
    pattern:
      /\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?(?![\p{L}\p{N}_]|[-/:]\d)/uy,
    accept: (matched) =>
      when(isDate(matched.slice(0, 4), matched.slice(5, 7), matched.slice(8, 10)), matched),
  },
  {
    frequency: 'F_TEMP',
    pattern: /\d{1,2}\/\d{1,2}\/\d{4}(?![\p{L}\p{N}_/]|[-:]\d)/uy,
    accept: (matched) => {
      const [first = '', second = '', year = ''] = matched.split('/')
      return when(isDate(year, first, second) || isDate(year, second, first), matched)
    },
  },
  {
    frequency: 'F_TEMP',
    pattern:
      /(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:[AaPp][Mm])?(?![\p{L}\p{N}_]|[:/-]\d)/uy,
  },
  { frequency: 'F_TEMP', pattern: /(?:0?[1-9]|1[0-2])[AaPp][Mm](?![\p{L}\p{N}_])/uy },
  // Paths: C:\logs, /etc/hosts, ./run, src/main.ts, but neither and/or nor 24/7.
  { frequency: 'F_CODE', pattern: /[A-Za-z]:\\[^\s"'<>|]+/y, accept: (matched) => trimEnd(matched).length },
  {
    frequency: 'F_CODE',
    pattern: /(?<![\p{L}\p{N}_)\]}])(?:~|\.{1,2})?\/[\p{L}\p{N}_.@+~-][\p{L}\p{N}_.@+~:/-]*/uy,
    accept: (matched) => trimEnd(matched).length,
  },
  {
    frequency: 'F_CODE',
    pattern: /[\p{L}\p{N}_@][\p{L}\p{N}_.@+-]{0,100}\/[\p{L}\p{N}_.@+/-]{1,300}/uy,
    accept: (matched) => {
      const path = trimEnd(matched)
      const isPath =
        path.includes('/') && (/\.[A-Za-z][A-Za-z0-9]{0,7}$/.test(path) || /[_@]|\p{Ll}\p{Lu}/u.test(path))
      return when(isPath, path)
    },
  },
  { frequency: 'F_CODE', pattern: /(?<!\S)--[A-Za-z][\w-]*(?:=[^\s]+)?/y },
  {
    frequency: 'F_CODE',
    pattern: /(?<![\p{L}\p{N}_])[@#][\p{L}\p{N}_][\p{L}\p{N}_.-]*/uy,
    accept: (matched) => trimEnd(matched).length,
  },
  { frequency: 'F_CODE', pattern: /[vV]\d+(?:\.\d+)+(?![\p{L}\p{N}_])/uy },
  // T-1042, ERR-404, gpt-4o: letters, hyphens and somewhere a digit or an underscore.
  {
    frequency: 'F_CODE',
    pattern: /\p{L}[\p{L}\p{N}_]*(?:-[\p{L}\p{N}_]+)+/uy,
    accept: (matched) => when(/[_\p{N}]/u.test(matched), matched),
  },
  {
    frequency: 'F_CODE',
    pattern: /[\p{L}_$][\p{L}\p{M}\p{N}_$]*(?:(?:\.|::|->)[\p{L}_$][\p{L}\p{M}\p{N}_$]*){0,30}(?:\(\))?/uy,
    accept: acceptIdentifier,
  },
  { frequency: 'F_CODE', pattern: /\p{Nd}+[\p{L}_][\p{L}\p{N}_]*/uy },
  { frequency: 'F_NUM', pattern: /\p{Nd}+(?:[.,]\p{Nd}+)*/uy },
]

export const WORD = /[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*/uy
let punctuation: RegExp | undefined
/**
 * An emoji of several characters stays one token; otherwise a character and what is combined with it. Made when it is first
 * needed: the list of all emoji takes 20 ms, for which every start would wait.
 */
export function punctuationPattern(): RegExp {
  punctuation ??= /\p{RGI_Emoji}|[\s\S]\p{M}*/vy
  return punctuation
}

/** Joined names are taken as a whole where each begins small or is one by itself, else only the first: `done.Next`. */
function acceptIdentifier(matched: string): number {
  if (matched.endsWith('()') || isIdentifier(matched)) return matched.length
  const names = matched.split(/\.|::|->/)
  if (names.length > 1 && names.every((name) => isIdentifier(name) || /^[\p{Ll}_$]/u.test(name)))
    return matched.length
  return isIdentifier(names[0]!) ? names[0]!.length : 0
}

/** A plain word is none, be it capitalised or in capitals: what marks an identifier is how its parts are joined. */
function isIdentifier(name: string): boolean {
  if (/[.:>]/.test(name)) return false
  return /[_$\p{N}]|\p{Ll}\p{Lu}|\p{Lu}{2}\p{Ll}/u.test(name) || ERROR_NAMES.test(name)
}

/** Without the punctuation of the sentence that it stands in, but with a bracket that was opened inside. */
function trimEnd(matched: string): string {
  let end = matched.length
  while (end > 1 && '.,;:!?…)]*'.includes(matched[end - 1]!)) end--
  const text = matched.slice(0, end)
  const closing = matched[end]
  const isOpened = (closing === ')' && text.includes('(')) || (closing === ']' && text.includes('['))
  return isOpened ? text + closing : text
}

export function isDate(year: string, month: string, day: string): boolean {
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
}
