import { canonicalJson, type Json } from '../lib/canonical-json.ts'
import { AppError } from '../lib/errors.ts'

type Facts = Record<string, Json>

const sizeOf = (value: Json | undefined) =>
  value === undefined ? 0 : Buffer.byteLength(canonicalJson(value))

/**
 * Facts are stored with every decision, so that it can be explained and asked again: what somebody else sends must not
 * fill the ledger.
 *
 * @throws AppError 413 FACTS_TOO_LARGE, with what was sent by part.
 */
export function refuseLargeFacts(facts: Facts, limit: number, path = 'facts'): void {
  const size = sizeOf(facts)
  if (size <= limit) return
  const parts = Object.entries(facts)
    .map(([name, part]) => ({ name, size: sizeOf(part) }))
    .sort((a, b) => b.size - a.size)
    .slice(0, 5)
    .map((part) => `${part.name} ${part.size}`)
  throw factsTooLarge(
    path,
    `expected facts of at most ${limit} bytes in canonical form, got ${size}: ${parts.join(', ')}`,
  )
}

/** A batch shares members, so that a small body may stand for a lot: it stores no more than so many decisions may. */
const MAX_BATCH_FACTS = 16

/**
 * Refuses a batch whole, where one of it or all together are too large.
 *
 * @throws AppError 413 FACTS_TOO_LARGE
 */
export function refuseLargeBatch(batch: Facts[], limit: number): void {
  const most = limit * MAX_BATCH_FACTS
  let size = 0
  for (const [index, facts] of batch.entries()) {
    refuseLargeFacts(facts, limit, `evaluations.${index}`)
    size += sizeOf(facts)
  }
  if (size <= most) return
  throw factsTooLarge(
    'evaluations',
    `expected at most ${most} bytes of facts in all, in canonical form, got ${size} in ${batch.length} evaluations: what stands at the top counts for each`,
  )
}

function factsTooLarge(path: string, message: string): AppError {
  const code = 'FACTS_TOO_LARGE'
  return new AppError({
    code,
    status: 413,
    message: 'The facts of a decision are too large to be stored with it',
    details: [{ path, message, type: 'value_error', code }],
  })
}
