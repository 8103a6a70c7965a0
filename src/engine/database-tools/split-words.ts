export type Word = {
  text: string
  /** In small letters and without accents, as the words of the catalogue are. */
  folded: string
  quoted: boolean
}

/** Quoted text, comparison signs, words with what may join their parts, and each other sign by itself. */
const TOKEN =
  /"([^"]*)"|“([^“”]*)”|'([^']*)'(?![\p{L}\p{N}])|(>=|<=|<>|!=|[<>=])|([\p{L}\p{N}_]+(?:(?:[-.@'’+/]|(?<=\p{N}),(?=\p{N}))[\p{L}\p{N}_]+)*)|(\S)/gu

export function foldText(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll('’', "'").toLowerCase()
}

export function splitWords(question: string): Word[] {
  const text = question.normalize('NFC').trim()
  // A mark at the end says that the question ends; anywhere else it says that there are two.
  return [...text.replace(/(?<![\s.?!])[\s.?!]+$/u, '').matchAll(TOKEN)].map((match) => {
    const quoted = match[1] ?? match[2] ?? match[3]
    return quoted === undefined
      ? { text: match[0], folded: foldText(match[0]), quoted: false }
      : { text: quoted, folded: foldText(quoted), quoted: true }
  })
}
