import { notFound, storageReadError } from '../../lib/errors.ts'
import type { Database, Session } from '../../store/database.ts'
import { type LedgerEvent, openCanon } from './seal-event.ts'

type EventRow = { canon: Buffer; prev_hash: Buffer; hash: Buffer }

/** The events of a run in the order shown: time, then order of appending. */
export function readEventsByTime(
  database: Database,
  tenantId: string,
  runId: string,
): Promise<LedgerEvent[]> {
  return read(
    database,
    tenantId,
    'SELECT canon, prev_hash, hash FROM events WHERE tenant_id = $1 AND run_id = $2 ORDER BY occurred_ns, seq',
    [tenantId, runId],
  )
}

/** The next events of a run behind a number, in the order of the chain. */
export async function readEventsAfter(
  database: Database,
  tenantId: string,
  runId: string,
  seq: number,
  limit: number,
): Promise<LedgerEvent[]> {
  try {
    const rows = await database.statement<EventRow>(
      'SELECT canon, prev_hash, hash FROM read_run_events($1, $2, $3, $4)',
      [tenantId, runId, seq, limit],
      'read_run_events',
    )
    return rows.map((row) => openCanon(row.canon, row.prev_hash, row.hash))
  } catch (error) {
    throw storageReadError(error)
  }
}

async function read(
  database: Database,
  tenantId: string,
  text: string,
  values: unknown[],
): Promise<LedgerEvent[]> {
  try {
    const rows = await database.transaction(tenantId, (session) => session.query<EventRow>(text, values))
    return rows.map((row) => openCanon(row.canon, row.prev_hash, row.hash))
  } catch (error) {
    throw storageReadError(error)
  }
}

/** The gates, resolutions and endings of a run in order of time: all that tells whether a gate is open. */
export async function readSignals(session: Session, tenantId: string, runId: string): Promise<LedgerEvent[]> {
  const rows = await session.query<EventRow>(
    `SELECT canon, prev_hash, hash FROM events WHERE tenant_id = $1 AND run_id = $2 AND signal IS NOT NULL
     ORDER BY occurred_ns, seq`,
    [tenantId, runId],
    'read_signals',
  )
  return rows.map((row) => openCanon(row.canon, row.prev_hash, row.hash))
}

export function runNotFound(runId: string) {
  return notFound('RUN_NOT_FOUND', 'Run not found', 'run_id', `No events found for run '${runId}'`)
}
