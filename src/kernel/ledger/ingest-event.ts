import { AppError } from '../../lib/errors.ts'
import { isReservedRun, reservedRun } from '../audit/audit-run.ts'
import type { Context } from '../context.ts'
import { checkIngestRules } from './check-ingest-rules.ts'
import { appendFromOutside, ownedByEngine } from './promised-runs.ts'
import { stateAt } from './run-state.ts'
import type { Receipt } from './schema.ts'
import type { LedgerEvent } from './seal-event.ts'

/**
 * Stores one receipt from outside, if the rules allow it in the run as it stands at that very moment. It is evidence:
 * a resolution that comes in here unlocks nothing.
 *
 * @throws AppError 409 BUSINESS_RULE_VIOLATION with every rule broken; 409 DUPLICATE_EVENT_ID; 500 STORAGE_WRITE_ERROR.
 */
export async function ingestEvent(context: Context, receipt: Receipt): Promise<LedgerEvent> {
  const { principal, clock } = context
  if (isReservedRun(receipt.run_id)) throw reservedRun(receipt.run_id)
  const [event] = await appendFromOutside(context, receipt.run_id, (head, promised) => {
    if (promised || head.state.execution) throw ownedByEngine(receipt.run_id)
    const details = checkIngestRules(stateAt(head.state, clock.now()), receipt)
    if (details.length > 0) {
      throw new AppError({
        code: 'BUSINESS_RULE_VIOLATION',
        status: 409,
        message: 'Event payload violates workflow governance rules',
        details,
      })
    }
    return [
      {
        kind: 'receipt_ingested',
        eventId: receipt.id,
        occurredAt: receipt.timestamp,
        actor: principal.id,
        payload: receipt,
      },
    ]
  })
  return event!
}
