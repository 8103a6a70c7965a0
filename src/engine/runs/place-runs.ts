import { LEASE_MS } from '../../kernel/ledger/project-run-rows.ts'
import type { LedgerEvent } from '../../kernel/ledger/seal-event.ts'
import { pauseFor } from '../../lib/pause-for.ts'
import { type Cause, continueRun, giveUp, isPoisonous, type LoadedRun, loadRun } from './continue-run.ts'
import { drivingKey, type Engine } from './engine.ts'
import { eventWaitedFor } from './progress.ts'
import { readRunRow } from './run-rows.ts'
import { millisecondsOf } from './segment.ts'

const POLL_MS = 500
const RENEW_MS = 1_000
/** So many runs are taken up in one look; the next look takes more. */
const MAX_TAKEN = 200
/** How often a run that waits for another looks, in case nobody told it. */
const LOOK_AGAIN_MS = 60_000

/**
 * Takes up every run that is due: its process is gone, its time has come, or what it waited for came. Any process on the
 * same database may; the epoch in the log decides who does.
 */
export async function takeUpDueRuns(engine: Engine): Promise<number> {
  const { database, clock } = engine.kernel
  const due = await database.statement<{ tenant_id: string; run_id: string }>(
    'SELECT * FROM find_due_runs($1, $2)',
    [new Date(clock.now()), MAX_TAKEN],
  )
  for (const { tenant_id: tenantId, run_id: runId } of due) {
    await takeUp(engine, tenantId, runId).catch((error) =>
      engine.kernel.log.warn(
        { run_id: runId, error: (error as Error).message },
        'a run could not be taken up; it is tried again',
      ),
    )
  }
  return due.length
}

/** Goes on with one run if there is anything to go on with. It is looked at by one at a time. */
export function takeUp(engine: Engine, tenantId: string, runId: string): Promise<void> {
  const key = drivingKey(tenantId, runId)
  if (engine.driving.has(key) || engine.stopping.aborted) return Promise.resolve()
  const known = engine.takingUp.get(key)
  // What this caller knows of may be newer than what is being read: unless that moved the run, it is looked at again.
  if (known) return known.then(() => takeUp(engine, tenantId, runId))
  const looking = lookAt(engine, tenantId, runId).finally(() => engine.takingUp.delete(key))
  engine.takingUp.set(key, looking)
  return looking
}

async function lookAt(engine: Engine, tenantId: string, runId: string): Promise<void> {
  const lookedAt = engine.kernel.clock.now()
  const run = await loadRun(engine, tenantId, runId)
  if (!run) return
  const cause = await causeOf(run)
  if (!cause) return lookAgainLater(run, lookedAt)
  if (cause === 'recovery' && !(await isSilent(run))) return
  if (cause === 'recovery' && isPoisonous(run)) return giveUp(run)
  const gate = cause === 'approval' ? run.progress.gates.get(run.execution.waiting?.decision_id ?? '') : null
  continueRun(run, cause, gate?.answer?.by, gate?.answer?.input)
}

/** Why a run may go on now; null when it may not. */
async function causeOf(run: LoadedRun): Promise<Cause | null> {
  const { status, waiting } = run.execution
  const { database, clock } = run.engine.kernel
  if (status === 'running') return 'recovery'
  if (status !== 'paused' || !waiting) return null
  const gate = waiting.decision_id === null ? undefined : run.progress.gates.get(waiting.decision_id)
  if (gate && gate.status !== 'pending') return 'approval'
  // The row names one thing that is waited for; other branches may wait for more.
  const parked = [...run.progress.steps.values()].filter(
    (step) => step.status === 'running' || step.status === 'waiting',
  )
  const wanted = new Set(parked.map((step) => eventWaitedFor(run.graph, step)))
  const came = run.progress.received.some(({ event, takenBy }) => takenBy === null && wanted.has(event.name))
  if (came) return 'event'
  for (const childId of parked.flatMap(({ children }) => children.slice(-1))) {
    const row = await readRunRow(database, run.tenantId, childId)
    if (!row || row.finished_at) return 'run'
  }
  return waiting.wake_at && millisecondsOf(waiting.wake_at) <= clock.now() ? 'time' : null
}

/** Whether nobody has renewed a run at work for so long that whoever drove it must be gone. */
async function isSilent({ engine, tenantId, runId }: LoadedRun): Promise<boolean> {
  const { database, clock } = engine.kernel
  const rows = await database.transaction(tenantId, (session) =>
    session.query('SELECT 1 FROM runs WHERE tenant_id = $1 AND run_id = $2 AND due_at <= $3', [
      tenantId,
      runId,
      new Date(clock.now()),
    ]),
  )
  return rows.length > 0
}

/** Due, and yet nothing to do: it is not looked at again at once, unless it became due since it was looked at. */
async function lookAgainLater(
  { engine, tenantId, runId, execution }: LoadedRun,
  lookedAt: number,
): Promise<void> {
  const { database, clock } = engine.kernel
  const wakeAt = execution.waiting?.wake_at ?? null
  const next = execution.waiting?.run_id
    ? clock.now() + LOOK_AGAIN_MS
    : wakeAt === null
      ? null
      : millisecondsOf(wakeAt)
  await database.transaction(tenantId, (session) =>
    session.query(
      "UPDATE runs SET due_at = $3 WHERE tenant_id = $1 AND run_id = $2 AND status <> 'running' AND due_at <= $4",
      [tenantId, runId, next === null ? null : new Date(next), new Date(lookedAt)],
    ),
  )
}

/** Renews what this process drives, so that nobody else takes it up. */
async function renewRuns({ kernel, driving }: Engine): Promise<void> {
  if (driving.size === 0) return
  await kernel.database.statement('SELECT renew_runs($1, $2, $3)', [
    kernel.settings.processId,
    [...driving.values()].map(({ runId }) => runId),
    new Date(kernel.clock.now() + LEASE_MS),
  ])
}

/**
 * Keeps runs going until told to stop: looks for due ones, renews the own ones, and goes on at once with what a gate,
 * an event or a child in this process has just moved.
 */
export async function placeRuns(engine: Engine): Promise<void> {
  const { kernel } = engine
  const unsubscribe = kernel.ledger.subscribe((events) => reactTo(engine, events))
  await Promise.all([
    repeat(engine, POLL_MS, () => takeUpDueRuns(engine)),
    repeat(engine, RENEW_MS, () => renewRuns(engine)),
  ])
  unsubscribe()
  await Promise.allSettled([...engine.driving.values()].map(({ settled }) => settled))
}

async function repeat(engine: Engine, intervalMs: number, work: () => Promise<unknown>): Promise<void> {
  const { kernel, stopping } = engine
  while (!stopping.aborted) {
    await work().catch((error) =>
      kernel.log.warn(
        { error: (error as Error).message },
        'runs could not be looked after; it is tried again',
      ),
    )
    await pauseFor(intervalMs, stopping).catch(() => {})
  }
}

/** What was committed in this process is acted upon at once; the poll finds what others committed. */
function reactTo(engine: Engine, events: LedgerEvent[]): void {
  for (const event of events) {
    const { tenantId, runId } = event
    const driven = engine.driving.get(drivingKey(tenantId, runId))
    if (event.kind === 'run_cancelled') driven?.abort('the run was cancelled')
    if (driven) continue
    const moves =
      event.kind === 'event_received' ||
      event.kind === 'approval_resolved' ||
      event.kind === 'approval_expired'
    if (!moves) continue
    takeUp(engine, tenantId, runId).catch((error) =>
      engine.kernel.log.warn(
        { run_id: runId, error: (error as Error).message },
        'a run could not be taken up at once; the next look finds it',
      ),
    )
  }
}
