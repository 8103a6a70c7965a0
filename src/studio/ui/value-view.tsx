import { JsonText } from './json-text.tsx'
import { LinesText } from './lines-text.tsx'

/** A value of any kind: a text as its lines, everything else as JSON. */
export function ValueView({ value, what }: { value: unknown; what: string }) {
  return typeof value === 'string' ? <LinesText value={value} what={what} /> : <JsonText value={value} />
}
