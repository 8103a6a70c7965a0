import { type AppError, stateConflict } from '../../lib/errors.ts'
import type { Context } from '../context.ts'
import type { LedgerEvent, RunHead } from './seal-event.ts'
import type { Decide } from './stage-events.ts'

/**
 * Whether an id was given out for a run whose first event the program writes itself. Such ids are UUIDs. Until that event is
 * there nothing in the ledger tells of it.
 */
export type IsPromised = (tenantId: string, runId: string) => Promise<boolean>

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** @throws AppError 409 RUN_OWNED_BY_ENGINE */
export async function refusePromised({ isPromised, principal }: Context, runId: string): Promise<void> {
  if (UUID.test(runId) && (await isPromised?.(principal.tenantId, runId))) throw ownedByEngine(runId)
}

/**
 * Appends for somebody outside. Only the first event of a run can take a promised id away, so only then is it looked up, and
 * the many events that follow cost nothing more.
 *
 * @param decide is told whether the run is promised to somebody else.
 */
export async function appendFromOutside(
  { ledger, principal, isPromised }: Context,
  runId: string,
  decide: (head: RunHead, promised: boolean) => ReturnType<Decide>,
): Promise<LedgerEvent[]> {
  const { tenantId } = principal
  let promised = isPromised && UUID.test(runId) ? null : false
  const guarded: Decide = (head) => {
    if (promised === null && head.seq === 0) throw NOT_LOOKED_UP
    return decide(head, promised ?? false)
  }
  try {
    return await ledger.append(tenantId, runId, guarded)
  } catch (error) {
    if (error !== NOT_LOOKED_UP) throw error
    promised = await isPromised!(tenantId, runId)
    return ledger.append(tenantId, runId, guarded)
  }
}

/** Never leaves this file: the ledger passes on what refuses in its own terms. */
const NOT_LOOKED_UP = stateConflict('NOT_LOOKED_UP', 'Not looked up yet', { path: 'run_id' })

/** What a workflow did is told by what did it: evidence from outside belongs into a run of its own. */
export function ownedByEngine(runId: string): AppError {
  return stateConflict('RUN_OWNED_BY_ENGINE', 'This run belongs to a workflow', {
    path: 'run_id',
    message: `run '${runId}' is driven by a workflow, which alone writes into it; use a run_id of your own`,
  })
}
