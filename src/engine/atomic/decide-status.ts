import type { Json } from '../../lib/canonical-json.ts'
import type { AtomStatus } from './schema.ts'

export type RunMode = 'draft' | 'auto'

const DENYING_KIND = /(^|_)(error|failed|denied|rejected|cancelled|expired)$/
const DOUBTFUL_KIND = /(^|_)in_doubt$/
/** Members in which an event says how it came out, and what they say when it must not or did not happen. */
const TELLING_MEMBERS = ['result', 'effect', 'decision', 'outcome', 'status']
const DENYING_WORDS = new Set(['deny', 'denied', 'failed', 'error', 'rejected', 'refused'])
const DOUBTFUL_WORDS = new Set(['unknown', 'in_doubt', 'require_approval', 'requires_approval'])

/**
 * What an atom's header says. A failure or a denial wins over the mode, and so does a doubt, which nothing may approve by
 * itself; of the rest, drafts are for review.
 */
export function decideStatus(kind: string, payload: Json, mode: RunMode): AtomStatus {
  const told = wordsOf(kind, payload)
  if (DENYING_KIND.test(kind) || told.some((word) => DENYING_WORDS.has(word))) return 'DENY'
  if (DOUBTFUL_KIND.test(kind) || told.some((word) => DOUBTFUL_WORDS.has(word))) return 'REVIEW'
  return mode === 'draft' ? 'REVIEW' : 'APPROVE'
}

/** Looks at the members of the payload itself and not deeper: what a tool found may well be a ticket that failed. */
function wordsOf(kind: string, payload: Json): string[] {
  if (payload === null || typeof payload !== 'object' || Array.isArray(payload)) return []
  // The result of a run is whatever its author made it, not a word of ours.
  const members = kind === 'run_completed' ? [] : TELLING_MEMBERS
  const told = members.map((name) => payload[name]).filter((value) => typeof value === 'string')
  if (isError(payload.error)) told.push('error')
  if (payload.approved === false || payload.allowed === false) told.push('denied')
  return told.map((word) => word.toLowerCase())
}

/** Null, false and an empty text are no error. */
function isError(error: Json | undefined): boolean {
  return error !== undefined && error !== null && error !== false && error !== ''
}
