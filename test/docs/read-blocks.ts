export type Block = { language: string; text: string; heading: string }

/** The fenced blocks of a text, in order, with the words that stand before each. */
export function readBlocks(markdown: string): Block[] {
  return [...markdown.matchAll(/([^\n]*)\n\n```(\w+)\n(.*?)\n```/gs)].map(([, heading, language, text]) => ({
    heading: heading!,
    language: language!,
    text: text!,
  }))
}
