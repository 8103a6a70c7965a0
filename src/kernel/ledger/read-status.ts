import { AppError } from '../../lib/errors.ts'
import type { Context } from '../context.ts'
import { runNotFound } from './read-run.ts'
import { type Gate, type Inconsistency, stateAt } from './run-state.ts'
import type { RunStatus } from './schema.ts'
import type { RunHead } from './seal-event.ts'

export type RunStatusResult = { status: RunStatus; gate: Gate | null; head: RunHead }

/**
 * Where a run stands, read from its head alone.
 *
 * @throws AppError 404 RUN_NOT_FOUND; 409 INCONSISTENT_RUN_STATE when its events, in order of time, contradict each other.
 */
export async function readRunStatus(
  { ledger, principal, clock }: Context,
  runId: string,
): Promise<RunStatusResult> {
  const head = await ledger.readHead(principal.tenantId, runId)
  if (!head) throw runNotFound(runId)
  const state = stateAt(head.state, clock.now())
  if (state.inconsistency) throw inconsistentRun(state.inconsistency)
  return { status: state.status, gate: state.gate, head }
}

/** `runId` is named only where the caller did not name it. */
export function inconsistentRun(inconsistency: Inconsistency, runId?: string): AppError {
  const { path, message, code } = inconsistency
  return new AppError({
    code: 'INCONSISTENT_RUN_STATE',
    status: 409,
    message: 'Run events contain inconsistent approval state',
    details: [
      { path, message: runId ? `${message} (run '${runId}')` : message, type: 'state_conflict', code },
    ],
  })
}
