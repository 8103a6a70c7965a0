import { Fragment, type ReactNode } from 'react'

/** A sentence of the catalogue with elements in its `{slots}`. */
export function Fill({ sentence, ...slots }: { sentence: string } & Record<string, ReactNode>) {
  return sentence.split(/\{(\w+)\}/).map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one fixed sentence never move
    <Fragment key={index}>{index % 2 === 0 ? part : slots[part]}</Fragment>
  ))
}
