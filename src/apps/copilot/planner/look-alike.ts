/** Letters of other alphabets that are drawn as these are. Capitals come by themselves, except where they are drawn otherwise. */
const DRAWN_LIKE: Record<string, string> = {
  a: 'аα',
  b: 'ВΒь',
  c: 'сϲ',
  d: 'ԁ',
  e: 'еε',
  h: 'НΗһ',
  i: 'іιɩı',
  j: 'јϳ',
  k: 'кκ',
  l: 'ӏ',
  m: 'МΜм',
  n: 'ΝпΠ',
  o: 'оοօ',
  p: 'рρ',
  q: 'ԛ',
  s: 'ѕ',
  t: 'ТΤт',
  u: 'υՍս',
  v: 'ѵν',
  w: 'ԝѡ',
  x: 'хχ',
  y: 'уγΥ',
  z: 'Ζ',
}

const LATIN: ReadonlyMap<string, string> = new Map(
  Object.entries(DRAWN_LIKE).flatMap(([latin, others]) =>
    [...others]
      .flatMap((other) => [other, other.toUpperCase(), other.toLowerCase()])
      .map((other) => [other, latin] as const),
  ),
)

const FOREIGN = /[\p{L}\p{Cf}]/u
const LATIN_SCRIPT = /[a-zà-öø-ÿ]/iu
const INVISIBLE = /[\p{Cf}\p{M}]/u
const SCRIPTS: [string, RegExp][] = [
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Greek', /\p{Script=Greek}/u],
  ['Armenian', /\p{Script=Armenian}/u],
  ['invisible', /\p{Cf}/u],
]

/** The word as it looks in plain Latin letters, in lower case. */
export const plainLetters = (word: string): string =>
  [...word.normalize('NFKD')]
    .filter((letter) => !INVISIBLE.test(letter))
    .map((letter) => LATIN.get(letter) ?? letter)
    .join('')
    .toLowerCase()

/** Names the letters that are not what they look like: `Ѕ (U+0405, Cyrillic)`. Empty for a word of plain letters. */
export function nameOddLetters(word: string): string[] {
  const odd = [...new Set(word)].filter((letter) => FOREIGN.test(letter) && !LATIN_SCRIPT.test(letter))
  return odd.map((letter) => {
    const code = letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
    const script = SCRIPTS.find(([, pattern]) => pattern.test(letter))?.[0]
    const shown = script === 'invisible' ? '' : `“${letter}” `
    return `${shown}(U+${code}${script ? `, ${script}` : ''})`
  })
}
