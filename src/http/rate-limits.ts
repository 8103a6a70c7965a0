import type { Kernel } from '../kernel/context.ts'
import { DEFAULT_TENANT, type Principal } from '../kernel/schema.ts'
import { AppError } from '../lib/errors.ts'

/** How many a minute; 0 is no limit. */
export type RateLimitSettings = {
  /** Sign-ins, registrations and whatever else tries a password or a one-time token, from one address. */
  attempt: number
  /** Requests from one address without a valid credential. */
  address: number
  user: number
  apiKey: number
  tenant: number
}

/** What is left of the limit that is nearest to its end. */
export type Allowance = { limit: number; remaining: number; resetSeconds: number }

export type RateLimits = {
  /** @throws AppError RATE_LIMITED */
  countAttempt(address: string): Promise<Allowance | null>
  /** @throws AppError RATE_LIMITED */
  countRequest(principal: Principal | null, address: string): Promise<Allowance | null>
}

/** Counts one more under this key, and says how many there were and when counting begins anew. */
type Counter = (key: string) => Promise<{ used: number; resetMs: number }>

const WINDOW_MS = 60_000

/**
 * Counts requests by who sends them. Attempts to sign in are counted for the whole installation when several servers
 * may share its database (`shared`). All others are counted by each server for itself: a write for each request
 * would cost more than what the limit protects.
 */
export function createRateLimits(
  settings: RateLimitSettings,
  shared: Pick<Kernel['database'], 'transaction'> | null,
  now: () => number = () => performance.now(),
): RateLimits {
  const counters = {
    attempt: shared ? countInDatabase(shared, countInMemory(now)) : countInMemory(now),
    address: countInMemory(now),
    user: countInMemory(now),
    apiKey: countInMemory(now),
    tenant: countInMemory(now),
  }
  const count = async (name: keyof RateLimitSettings, key: string): Promise<Allowance | null> => {
    const limit = settings[name]
    if (limit === 0) return null
    const { used, resetMs } = await counters[name](key)
    const resetSeconds = Math.max(1, Math.ceil(resetMs / 1000))
    if (used > limit) throw rateLimited(limit, resetSeconds)
    return { limit, remaining: limit - used, resetSeconds }
  }
  return {
    countAttempt: (address) => count('attempt', address),
    async countRequest(principal, address) {
      if (!principal) return count('address', address)
      if (principal.kind === 'local') return null
      const own = await count(principal.kind === 'agent' ? 'apiKey' : 'user', principal.id)
      const tenant = await count('tenant', principal.tenantId)
      return own && tenant ? (tenant.remaining < own.remaining ? tenant : own) : (own ?? tenant)
    },
  }
}

function countInMemory(now: () => number): Counter {
  const windows = new Map<string, { used: number; resetsAt: number }>()
  let sweepAt = now() + WINDOW_MS
  return async (key) => {
    const at = now()
    if (at >= sweepAt) {
      for (const [name, { resetsAt }] of windows) if (resetsAt <= at) windows.delete(name)
      sweepAt = at + WINDOW_MS
    }
    let window = windows.get(key)
    if (!window || window.resetsAt <= at) {
      window = { used: 0, resetsAt: at + WINDOW_MS }
      windows.set(key, window)
    }
    window.used++
    return { used: window.used, resetMs: window.resetsAt - at }
  }
}

/** By the clock of the database, which all servers share. While it does not answer this process counts for itself. */
function countInDatabase(database: Pick<Kernel['database'], 'transaction'>, fallback: Counter): Counter {
  return async (address) => {
    try {
      const [row] = await database.transaction(DEFAULT_TENANT, (session) =>
        session.query<{ used: number; reset_ms: number }>(COUNT_ATTEMPT, [
          DEFAULT_TENANT,
          address,
          WINDOW_MS,
        ]),
      )
      return { used: row!.used, resetMs: row!.reset_ms }
    } catch {
      return fallback(address)
    }
  }
}

const COUNT_ATTEMPT = `
  WITH over AS (DELETE FROM sign_in_attempts WHERE resets_at < now() - interval '10 minutes')
  INSERT INTO sign_in_attempts AS a (tenant_id, address, attempts, resets_at)
    VALUES ($1, $2, 1, now() + $3 * interval '1 millisecond')
    ON CONFLICT (tenant_id, address) DO UPDATE SET
      attempts = CASE WHEN a.resets_at <= now() THEN 1 ELSE a.attempts + 1 END,
      resets_at = CASE WHEN a.resets_at <= now() THEN EXCLUDED.resets_at ELSE a.resets_at END
    RETURNING attempts AS used, (extract(epoch FROM resets_at - now()) * 1000)::float8 AS reset_ms`

function rateLimited(limit: number, seconds: number): AppError {
  const code = 'RATE_LIMITED'
  const message = `expected at most ${limit} requests a minute, got more: try again in ${seconds} s`
  return new AppError({
    code,
    status: 429,
    message,
    details: [{ path: '', message, type: 'rate_limited', code }],
    headers: { 'retry-after': String(seconds) },
  })
}
