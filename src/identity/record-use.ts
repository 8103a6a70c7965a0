import type { Identity } from './context.ts'

export const USE_PRECISION_MS = 60_000

const UPDATES = {
  api_keys:
    'UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)',
  sessions:
    'UPDATE sessions SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)',
} as const

/** Writes when a credential was last used, at most once a minute: a write on each call would cost more than the look-up. */
export async function recordUse(
  { database, clock }: Identity,
  table: keyof typeof UPDATES,
  { tenantId, id, lastUsedAt }: { tenantId: string; id: string; lastUsedAt: Date | null },
): Promise<void> {
  const now = clock.now()
  if (lastUsedAt && now - lastUsedAt.getTime() < USE_PRECISION_MS) return
  const stale = new Date(now - USE_PRECISION_MS).toISOString()
  await database.transaction(tenantId, (transaction) =>
    transaction.query(UPDATES[table], [id, new Date(now).toISOString(), stale]),
  )
}
