import { canonicalJson, type Json } from '../../lib/canonical-json.ts'
import { payloadHash } from '../../lib/hash.ts'

/** A value longer than this is told by its hash: the audit log says that it changed, not all it says. */
const LONGEST = 1_000

/**
 * What a change did, member by member, as `{ member: { from, to } }`; members that stayed are left out.
 *
 * @param told members that may be shown.
 * @param hashed members that may hold secrets: only their hash is told.
 * @param before null when it is new, `after` null when it is gone.
 */
export function describeChanges<T extends object>(
  before: T | null,
  after: T | null,
  { told, hashed = [] }: { told: (keyof T & string)[]; hashed?: (keyof T & string)[] },
): Record<string, Json> {
  const changes: Record<string, Json> = {}
  for (const member of [...told, ...hashed]) {
    const [from, to] = [before, after].map((side) => sayValue(side?.[member], hashed.includes(member)))
    if (canonicalJson(from!) !== canonicalJson(to!)) changes[member] = { from: from!, to: to! }
  }
  return changes
}

function sayValue(value: unknown, isSecret: boolean): Json {
  if (value === undefined || value === null) return null
  const json = JSON.parse(JSON.stringify(value)) as Json
  return isSecret || canonicalJson(json).length > LONGEST ? { sha256: payloadHash(json) } : json
}
