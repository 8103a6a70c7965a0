import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import type { Kernel } from '../kernel/context.ts'
import { DEFAULT_TENANT } from '../kernel/schema.ts'

type Counted = { used: number; reset_ms: number }
export type LimiterOptions = { keyPrefix: string; points: number; duration: number }

/**
 * The PostgreSQL limiter of rate-limiter-flexible over `sign_in_attempts`, for servers that share a database. Its own table
 * has no tenant, so that no row-level security would bind it, and is read by the clock of each server; here its two
 * questions to the store are put to ours, which counts by the clock of the database. Who is over the limit is remembered here, so that they no longer ask the database.
 * While it does not answer, this process counts for itself.
 */
export class AttemptLimiter extends RateLimiterPostgres {
  readonly #database: Pick<Kernel['database'], 'transaction'>

  constructor(database: Pick<Kernel['database'], 'transaction'>, options: LimiterOptions) {
    super({
      ...options,
      storeClient: database,
      storeType: 'client',
      tableCreated: true,
      clearExpiredByTimeout: false,
      inMemoryBlockOnConsumed: options.points + 1,
      insuranceLimiter: new RateLimiterMemory(options),
    })
    this.#database = database
  }

  async _upsert(key: string, points: number, durationMs: number): Promise<Counted> {
    const [row] = await this.#database.transaction(DEFAULT_TENANT, (session) =>
      session.query<Counted>(COUNT, [DEFAULT_TENANT, key, points, durationMs]),
    )
    return row!
  }

  _getRateLimiterRes(_key: string, _points: number, { used, reset_ms }: Counted): RateLimiterRes {
    return new RateLimiterRes(Math.max(this.points - used, 0), Math.max(reset_ms, 0), used)
  }
}

const COUNT = `
  WITH over AS (DELETE FROM sign_in_attempts WHERE resets_at < now() - interval '10 minutes')
  INSERT INTO sign_in_attempts AS a (tenant_id, address, attempts, resets_at)
    VALUES ($1, $2, $3, now() + $4 * interval '1 millisecond')
    ON CONFLICT (tenant_id, address) DO UPDATE SET
      attempts = CASE WHEN a.resets_at <= now() THEN EXCLUDED.attempts ELSE a.attempts + EXCLUDED.attempts END,
      resets_at = CASE WHEN a.resets_at <= now() THEN EXCLUDED.resets_at ELSE a.resets_at END
    RETURNING attempts AS used, (extract(epoch FROM resets_at - now()) * 1000)::float8 AS reset_ms`
