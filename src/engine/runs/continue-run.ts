import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import { type ExecutionState, evolveExecution } from '../../kernel/ledger/execution-state.ts'
import { readEventsAfter } from '../../kernel/ledger/read-run.ts'
import type { LedgerEvent } from '../../kernel/ledger/seal-event.ts'
import { type Principal, SYSTEM_ACTOR } from '../../kernel/schema.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { loadGraph } from '../workflows/load-workflow.ts'
import { driveInBackground } from './drive-run.ts'
import { type Driving, drivingKey, type Engine } from './engine.ts'
import { evolveProgress } from './evolve-progress.ts'
import { initialProgress } from './progress.ts'
import { openSegment, type Segment } from './segment.ts'
import { appOf, contextOfRun } from './start-run.ts'

export type Cause = PayloadOf<'run_resumed'>['cause']

/** A run as its events tell it: what a segment can go on from. */
export type LoadedRun = Omit<Parameters<typeof openSegment>[0], 'execution'> & {
  execution: ExecutionState
  events: LedgerEvent[]
}

const PAGE = 5_000

/** Reads a run whole; null when there is none, or none that a workflow drives. */
export async function loadRun(engine: Engine, tenantId: string, runId: string): Promise<LoadedRun | null> {
  const { database } = engine.kernel
  const events: LedgerEvent[] = []
  for (let read = PAGE; read === PAGE; ) {
    const page = await readEventsAfter(database, tenantId, runId, events.at(-1)?.seq ?? 0, PAGE)
    read = page.length
    events.push(...page)
  }
  const started = events.find((event) => event.kind === 'run_started')
  if (started?.kind !== 'run_started') return null
  const { payload } = started
  const graph = await loadGraph(engine, tenantId, payload.workflow_id, payload.definition_sha256)
  const progress = initialProgress()
  let execution: ExecutionState | null = null
  for (const event of events) {
    evolveProgress(graph, progress, event, event.occurredAt)
    execution = evolveExecution(execution, event, event.occurredAt)
  }
  const principal: Principal = { ...payload.started_by, tenantId }
  const app = appOf(payload)
  return {
    engine,
    tenantId,
    runId,
    principal,
    graph,
    progress,
    context: contextOfRun(runId, principal, execution!.mode, app),
    execution: execution!,
    seq: events.at(-1)!.seq,
    events,
  }
}

/**
 * Goes on with a run that waited or whose process is gone. The first commit carries the next epoch: of several who try,
 * one wins, and who held the run before is fenced off.
 */
export function continueRun(
  run: LoadedRun,
  cause: Cause,
  by: string = SYSTEM_ACTOR,
  approvalInput: Json | null = null,
  onText?: (text: string) => void,
): Driving {
  const already = run.engine.driving.get(drivingKey(run.tenantId, run.runId))
  if (already) return already
  const segment: Segment = openSegment(run)
  segment.onText = onText ?? null
  segment.record({
    kind: 'run_resumed',
    payload: { cause, by, approval_input: approvalInput, epoch: run.execution.epoch + 1 },
  })
  // A run that takes its process down with it must leave a trace each time it is taken up, or it never ends.
  return driveInBackground(segment, { commitFirst: cause === 'recovery' })
}

/**
 * So often in a row is a run taken up without getting anywhere. Five was too few: servers that are restarted within a
 * second each gave up runs that were sound.
 */
const MAX_RECOVERIES = 20

/** Whether a run was taken up again and again and nothing came of it: it may be what ends its processes. */
export function isPoisonous({ events }: LoadedRun): boolean {
  let recoveries = 0
  for (const { kind, payload } of events) {
    if (kind === 'run_resumed' && payload.cause === 'recovery') recoveries++
    else if (PROGRESS.has(kind)) recoveries = 0
  }
  return recoveries >= MAX_RECOVERIES
}

const PROGRESS = new Set(['step_completed', 'tool_call', 'llm_call', 'run_paused'])

/** Ends a run that cannot be driven. A person may still retry it. */
export async function giveUp(run: LoadedRun): Promise<void> {
  const segment = openSegment(run)
  const error = `taken up ${MAX_RECOVERIES} times after its process ended, without getting anywhere; look at the step under way, then retry the run`
  segment.record(
    {
      kind: 'run_resumed',
      payload: { cause: 'recovery', by: SYSTEM_ACTOR, approval_input: null, epoch: run.execution.epoch + 1 },
    },
    { kind: 'run_failed', payload: { error, error_type: 'recovered_too_often', node_id: null } },
  )
  await segment.commit()
}
