import type { AuditLog } from '../../ops/audit/schema.ts'
import { text } from '../text.ts'

/** One member of what changed, its values as text. Null: there was, or is, none. */
export type Change = { member: string; from: string | null; to: string | null }

/** What changed, member by member; what is no pair of values was told as one fact. */
export function describeChanges(changes: NonNullable<AuditLog['changes']>): Change[] {
  return Object.entries(changes).map(([member, value]) =>
    isPair(value)
      ? { member, from: sayValue(value.from), to: sayValue(value.to) }
      : { member, from: null, to: sayValue(value) ?? text.common.nothing },
  )
}

type Pair = { from?: unknown; to?: unknown }

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function isPair(value: unknown): value is Pair {
  if (!isObject(value)) return false
  const names = Object.keys(value)
  return names.length > 0 && names.every((name) => name === 'from' || name === 'to')
}

function sayValue(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value === '' ? text.common.emptyText : value
  // A secret, or what is too long to be told.
  if (isObject(value) && Object.keys(value).join() === 'sha256')
    return text.audit.hashed(String(value.sha256))
  return JSON.stringify(value)
}
