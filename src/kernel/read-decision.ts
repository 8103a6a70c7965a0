import type { Session } from '../store/database.ts'
import type { PayloadOf } from './ledger/event-kinds.ts'
import { openCanon } from './ledger/seal-event.ts'

/** A decision as `authorize` recorded it, with the run that holds it. */
export type RecordedDecision = PayloadOf<'decision_recorded'> & {
  runId: string
  recordedAt: string
  actor: string
}

type Row = { canon: Buffer; prev_hash: Buffer; hash: Buffer }

/** The latest record of each decision that was asked for and exists. */
export async function readDecisions(
  session: Session,
  tenantId: string,
  decisionIds: string[],
): Promise<Map<string, RecordedDecision>> {
  const rows = await session.query<Row>(
    `SELECT canon, prev_hash, hash FROM events
     WHERE tenant_id = $1 AND decision_id = ANY ($2) AND kind = 'decision_recorded' ORDER BY recorded_at, seq`,
    [tenantId, decisionIds],
  )
  const decisions = new Map<string, RecordedDecision>()
  for (const row of rows) {
    const event = openCanon(row.canon, row.prev_hash, row.hash)
    if (event.kind !== 'decision_recorded') continue
    decisions.set(event.payload.decision_id, {
      ...event.payload,
      runId: event.runId,
      recordedAt: event.recordedAt,
      actor: event.actor,
    })
  }
  return decisions
}
