import { resolveApproval } from '../../kernel/approvals/resolve-approval.ts'
import type { EventContent } from '../../kernel/ledger/event-kinds.ts'
import type { NewEvent, RunHead } from '../../kernel/ledger/seal-event.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { AppError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { timestampNotBefore } from '../../lib/timestamp.ts'
import type { Session } from '../../store/database.ts'
import { continueRun, loadRun } from './continue-run.ts'
import { drivingKey, type EngineContext } from './engine.ts'
import type { OutsideReading } from './perform-function.ts'
import { takeUp } from './place-runs.ts'
import { conflict, runNotFound } from './run-errors.ts'
import { readRunRow } from './run-rows.ts'
import type { Run } from './schema.ts'

/** @throws AppError 404 RUN_NOT_FOUND */
export async function requireRun({ engine, principal }: EngineContext, runId: string): Promise<Run> {
  const run = await readRunRow(engine.kernel.database, principal.tenantId, runId)
  if (!run) throw runNotFound(runId)
  return run
}

/** The answer that a run waits for. */
function decisionAwaitedBy(runId: string, { state: { execution } }: RunHead): string {
  if (!execution) throw runNotFound(runId)
  const { status, waiting } = execution
  if (status !== 'paused' || !waiting) {
    throw conflict('RUN_NOT_PAUSED', `expected a paused run, run '${runId}' is ${status}`)
  }
  if (waiting.decision_id === null) {
    throw conflict('RUN_WAITS_FOR_SOMETHING_ELSE', `run '${runId}' waits for no answer: it ${waiting.reason}`)
  }
  return waiting.decision_id
}

/**
 * Waits until a run that this process drives waits or has ended, but no longer than callers are kept waiting.
 *
 * @throws AppError when the run could not be written at all.
 */
export async function waitForRun({ engine, principal }: EngineContext, runId: string): Promise<void> {
  const driving = engine.driving.get(drivingKey(principal.tenantId, runId))
  if (!driving) return
  let timer: NodeJS.Timeout | undefined
  const enough = new Promise<'enough'>((resolve) => {
    timer = setTimeout(() => resolve('enough'), engine.settings.runWaitMs)
  })
  const end = await Promise.race([driving.settled, enough])
  clearTimeout(timer)
  // Whoever is told of a run that is still at work must find it.
  const failure = end === 'enough' ? await driving.commit().catch((error) => error) : end
  if (failure instanceof AppError) throw failure
}

/**
 * Answers the gate that a run waits at, and goes on with it. It is the same function as in the inbox that decides: who
 * may, how many, and for which payload. The label is what the answer says of who gives it; the credential is what counts.
 *
 * @throws AppError 404; 409 RUN_NOT_PAUSED, RUN_WAITS_FOR_SOMETHING_ELSE, or whatever approving refuses with.
 */
export async function resumeRun(
  context: EngineContext,
  runId: string,
  approvalInput: { approved: boolean; reason?: string | undefined; [member: string]: unknown },
  label: string | null = null,
): Promise<void> {
  const { engine, principal } = context
  const { approved, reason, ...more } = approvalInput
  const input = Object.keys(more).length > 0 ? (more as Record<string, Json>) : undefined
  await resolveApproval(
    { ...engine.kernel, principal },
    { runId, decisionOf: (head) => decisionAwaitedBy(runId, head), input },
    {
      decision: approved ? 'approved' : 'rejected',
      approver_id: label ?? principal.name,
      reason: reason ?? null,
    },
  )
  await takeUp(engine, principal.tenantId, runId)
  await waitForRun(context, runId)
}

export type Telling = {
  /** The newest event that whoever tells it has seen: with any other the run has moved, and is told nothing. */
  atSeq?: number | undefined
  /** What was read outside to come to it. */
  readings?: OutsideReading[]
  /** May throw: it looks while the run is locked, so that what it looks at is as it was when the run was told. */
  refuse?: (session: Session) => Promise<void>
}

/**
 * Tells a run something it may wait for. Kept even when nothing waits for it yet.
 *
 * @throws AppError 404; 409 RUN_ENDED, RUN_MOVED
 */
export async function receiveEvent(
  { engine, principal }: EngineContext,
  runId: string,
  name: string,
  payload: Json,
  { atSeq, readings = [], refuse }: Telling = {},
): Promise<void> {
  const { ledger } = engine.kernel
  const decide = (head: RunHead): NewEvent[] => {
    const { execution } = head.state
    if (!execution) throw runNotFound(runId)
    if (execution.status !== 'running' && execution.status !== 'paused') {
      throw conflict('RUN_ENDED', `expected a run that is under way, run '${runId}' is ${execution.status}`)
    }
    if (atSeq !== undefined && head.seq !== atSeq) {
      throw conflict('RUN_MOVED', `something happened to run '${runId}' meanwhile; look at it again`)
    }
    const received: EventContent = { kind: 'event_received', payload: { name, payload, by: principal.id } }
    return toEvents({ engine, principal }, head, [...readingsOf(head, readings), received])
  }
  if (!refuse) {
    await ledger.append(principal.tenantId, runId, decide)
    return
  }
  await ledger.transaction(principal.tenantId, async (transaction) => {
    await transaction.lockHead(runId)
    await refuse(transaction)
    await transaction.append(runId, decide)
  })
}

/**
 * Puts on the record of a run that waits what was read outside for it meanwhile. Whoever goes on with it is not to be kept from
 * it by that: where the run has moved from what was seen of it, nothing is written.
 *
 * @returns false where it has moved.
 */
export async function recordReadings(
  { engine, principal }: EngineContext,
  runId: string,
  readings: OutsideReading[],
  atSeq: number,
): Promise<boolean> {
  if (readings.length === 0) return true
  const written = await engine.kernel.ledger.append(principal.tenantId, runId, (head) =>
    head.seq === atSeq ? toEvents({ engine, principal }, head, readingsOf(head, readings)) : [],
  )
  return written.length > 0
}

function toEvents({ engine, principal }: EngineContext, head: RunHead, contents: EventContent[]): NewEvent[] {
  const occurredAt = timestampNotBefore(engine.kernel.clock.now(), head.newestNs).iso
  return contents.map((content) => ({
    ...content,
    eventId: newId('evt'),
    occurredAt,
    actor: principal.id,
  }))
}

/** They stand at the step that waits. Where none does by now, the run has moved without them. */
function readingsOf({ state: { execution } }: RunHead, readings: OutsideReading[]): EventContent[] {
  if (execution?.status !== 'paused' || !execution.waiting) return []
  const { step_id, node_id } = execution.waiting
  return readings.map(({ startedAt: started_at, endedAt: ended_at, ...reading }) => ({
    kind: 'outside_read',
    payload: { step_id, node_id, ...reading, started_at, ended_at },
  }))
}

/** Gives a failed run another try from the step that failed; completed steps are not done again. */
export async function retryRun(context: EngineContext, runId: string): Promise<void> {
  const { engine, principal } = context
  const run = await loadRun(engine, principal.tenantId, runId)
  if (!run) throw runNotFound(runId)
  if (run.execution.status !== 'failed') {
    throw conflict('RUN_NOT_FAILED', `expected a failed run, run '${runId}' is ${run.execution.status}`)
  }
  // Whoever drove it may still be clearing up behind it.
  await engine.driving.get(drivingKey(principal.tenantId, runId))?.settled
  continueRun(run, 'retry', principal.id)
  await waitForRun(context, runId)
}
