import type { Token } from './token.ts'

/** The text that tokens stand for: their values in the order of their phases. */
export function project(tokens: readonly Token[]): string {
  return tokens
    .toSorted((one, other) => one.phase - other.phase)
    .map(({ value }) => value)
    .join('')
}
