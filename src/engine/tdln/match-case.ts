export type CaseStyle = 'upper' | 'capitalised' | 'lower'

/** A single capital letter is a capitalised word ("A file"), not one in capitals. */
export function caseStyleOf(word: string): CaseStyle {
  const letters = [...word].filter((character) => /\p{L}/u.test(character))
  const [first] = letters
  if (first === undefined || first === first.toLowerCase()) return 'lower'
  return letters.length > 1 && letters.every((letter) => letter === letter.toUpperCase())
    ? 'upper'
    : 'capitalised'
}

/** Writes a word in a style. What the dictionary itself capitalises (I, Monday) stays so in small text. */
export function writeInCase(word: string, style: CaseStyle): string {
  if (style === 'upper') return word.toUpperCase()
  if (style === 'lower') return word
  const [first = '', ...rest] = word
  return first.toUpperCase() + rest.join('')
}
