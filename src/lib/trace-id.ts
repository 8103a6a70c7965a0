import { sha256 } from './hash.ts'

/** The trace of a run: the first 16 bytes of the SHA-256 of its id, in hex, so that whoever knows the run finds it. */
export const traceIdOf = (runId: string): string => sha256(runId).toString('hex', 0, 16)

/** The span that these names make up. The same names make the same span, in any process. */
export const spanIdOf = (...names: string[]): string => sha256(names.join('\n')).toString('hex', 0, 8)

/** Reads a `traceparent` (W3C Trace Context); null for anything that is not one of version 00. */
export function readTraceParent(header: string): { traceId: string; spanId: string } | null {
  const found = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(header)
  if (!found || /^0+$/.test(found[1]!) || /^0+$/.test(found[2]!)) return null
  return { traceId: found[1]!, spanId: found[2]! }
}
