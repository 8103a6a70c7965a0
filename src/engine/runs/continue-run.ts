import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import type { ExecutionState } from '../../kernel/ledger/execution-state.ts'
import { readEventsAfter } from '../../kernel/ledger/read-run.ts'
import type { LedgerEvent } from '../../kernel/ledger/seal-event.ts'
import { type Principal, SYSTEM_ACTOR } from '../../kernel/schema.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { loadGraph } from '../workflows/load-workflow.ts'
import { driveInBackground } from './drive-run.ts'
import { type Driving, drivingKey, type Engine } from './engine.ts'
import { evolveProgress, initialProgress } from './progress.ts'
import { openSegment, type Segment } from './segment.ts'
import { contextOfRun } from './start-run.ts'

export type Cause = PayloadOf<'run_resumed'>['cause']

/** A run as its events tell it: what a segment can go on from. */
export type LoadedRun = Omit<Parameters<typeof openSegment>[0], 'execution'> & {
  execution: ExecutionState
  events: LedgerEvent[]
}

const PAGE = 5_000

/** Reads a run whole; null when there is none, or none that a workflow drives. */
export async function loadRun(engine: Engine, tenantId: string, runId: string): Promise<LoadedRun | null> {
  const { ledger, database } = engine.kernel
  const head = await ledger.readHead(tenantId, runId)
  if (!head?.state.execution) return null
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
  for (const event of events) evolveProgress(graph, progress, event, event.occurredAt)
  const principal: Principal = { ...payload.started_by, tenantId }
  const app = payload.app_id ? { id: payload.app_id, actionId: payload.app_action_id ?? '' } : null
  return {
    engine,
    tenantId,
    runId,
    principal,
    graph,
    progress,
    context: contextOfRun(runId, principal, head.state.execution.mode, app),
    execution: head.state.execution,
    // Appended between the two reads: then the first commit meets another head and somebody tries again.
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
  return driveInBackground(segment)
}
