import { AppError, storageReadError } from '../../lib/errors.ts'
import { fromNanoseconds } from '../../lib/timestamp.ts'
import type { Context } from '../context.ts'
import { type Gate, type RunState, stateAt } from './run-state.ts'
import type { RunStatus } from './schema.ts'

export type RunSummary = {
  runId: string
  status: RunStatus | 'inconsistent'
  eventCount: number
  startedAt: string
  newestEventAt: string
  gate: Gate | null
}

type Row = { run_id: string; seq: number; started_at: Date; newest_ns: string; folded: RunState }

/** The runs of the tenant, youngest first, `limit` at a time; `cursor` is what the page before gave. */
export async function listRuns(
  { database, principal, clock }: Context,
  query: { limit: number; cursor: string | null; status: RunSummary['status'] | null; search: string | null },
): Promise<{ runs: RunSummary[]; nextCursor: string | null }> {
  const after = query.cursor ? readCursor(query.cursor) : null
  const { tenantId } = principal
  try {
    const rows = await database.transaction(tenantId, (session) =>
      session.query<Row>(
        `SELECT run_id, seq, started_at, newest_ns::text, folded FROM run_heads
         WHERE tenant_id = $1
           AND ($2::timestamptz IS NULL OR (started_at, run_id) < ($2, $3))
           AND ($4::text IS NULL OR CASE WHEN $4 = 'inconsistent' THEN inconsistent ELSE status = $4 AND NOT inconsistent END)
           -- What was done to the installation is no run: it is shown to those who look for it.
           AND CASE WHEN $5::text IS NULL THEN NOT (starts_with(run_id, 'audit:') OR starts_with(run_id, 'passkey:')) ELSE strpos(run_id, $5) > 0 END
         ORDER BY started_at DESC, run_id DESC LIMIT $6`,
        [tenantId, after?.startedAt ?? null, after?.runId ?? '', query.status, query.search, query.limit + 1],
      ),
    )
    const page = rows.slice(0, query.limit)
    const last = page.at(-1)
    return {
      runs: page.map((row) => {
        const state = stateAt(row.folded, clock.now())
        return {
          runId: row.run_id,
          status: state.inconsistency ? 'inconsistent' : state.status,
          eventCount: row.seq,
          startedAt: row.started_at.toISOString(),
          newestEventAt: fromNanoseconds(BigInt(row.newest_ns)).iso,
          gate: state.gate,
        }
      }),
      nextCursor: rows.length > query.limit && last ? writeCursor(last) : null,
    }
  } catch (error) {
    throw error instanceof AppError ? error : storageReadError(error)
  }
}

const writeCursor = (row: Row) =>
  Buffer.from(JSON.stringify([row.started_at.toISOString(), row.run_id])).toString('base64url')

function readCursor(cursor: string): { startedAt: Date; runId: string } {
  try {
    const [startedAt, runId] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    const date = new Date(startedAt)
    if (typeof runId === 'string' && !runId.includes('\0') && !Number.isNaN(date.getTime()))
      return { startedAt: date, runId }
  } catch {
    // Falls through to the one answer for every cursor that we did not write.
  }
  const message = 'expected the next_cursor of an earlier page'
  throw new AppError({
    code: 'REQUEST_VALIDATION_ERROR',
    status: 422,
    message: 'Request failed validation',
    details: [{ path: 'cursor', message, type: 'value_error', code: 'REQUEST_VALIDATION_ERROR' }],
  })
}
