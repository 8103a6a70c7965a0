import type { LedgerEvent } from '../../kernel/ledger/seal-event.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { isInDoubt, type Progress, type Step } from './progress.ts'
import type { RunEvent, RunStep } from './schema.ts'

type Decision = Extract<LedgerEvent, Record<'kind', 'decision_recorded'>>

/** An event of a run in the vocabulary of runs: decisions are `policy_eval`, everything else keeps its kind. */
export function presentRunEvent(event: LedgerEvent): RunEvent {
  const payload = event.payload as Record<string, Json>
  const { step_id: stepId = null, node_id: nodeId = null } = payload
  return {
    id: event.eventId,
    run_id: event.runId,
    step_id: typeof stepId === 'string' ? stepId : null,
    node_id: typeof nodeId === 'string' ? nodeId : null,
    kind: event.kind === 'decision_recorded' ? 'policy_eval' : event.kind,
    payload: event.kind === 'decision_recorded' ? tellDecision(event) : payload,
    ts: event.occurredAt,
    seq: event.seq,
    actor: event.actor,
  }
}

const RESULT = { allow: 'allowed', deny: 'denied', require_approval: 'requires_approval' }

function tellDecision(event: Decision): Record<string, Json> {
  const { payload } = event
  const { tool, agent, workflow, app, user, tenant } = payload.facts as Record<
    string,
    { id?: string } | undefined
  >
  const matches = payload.matches as { policy_id?: string; effect?: string; outcome?: string }[]
  // Allowed with changes: `run_modified` tells them.
  const modifier =
    payload.effect === 'allow'
      ? matches.find(({ effect, outcome }) => effect === 'modify' && outcome === 'matched')
      : undefined
  const decider = modifier ?? matches.find(({ effect }) => effect === payload.effect) ?? null
  const ids = Object.fromEntries(
    Object.entries({ tool, agent, workflow, app, user, tenant }).flatMap(([name, fact]) =>
      fact?.id === undefined ? [] : [[`${name}_id`, fact.id]],
    ),
  )
  return {
    action: payload.action,
    ...ids,
    effect: modifier ? 'modify' : payload.effect,
    result: RESULT[payload.effect],
    policy_id: decider?.policy_id ?? null,
    reason: payload.reason,
    reason_code: payload.reason_code,
    decision_id: payload.decision_id,
    policy_sha256: payload.policy_sha256,
    payload_sha256: payload.payload_sha256,
    matches: payload.matches as Json,
    ...(payload.node_id && { node_id: payload.node_id }),
  }
}

/** Node types as steps have them. */
const STEP_TYPE: Record<string, string> = { tool_node: 'tool', agent_node: 'agent' }

/** Steps as the events of a run tell them, in the order they began. */
export function presentSteps(runId: string, progress: Progress, ended: boolean): RunStep[] {
  return [...progress.steps.values()].map((step) => ({
    id: step.stepId,
    run_id: runId,
    node_id: step.nodeId,
    type: STEP_TYPE[step.nodeType] ?? step.nodeType,
    status: statusOf(step, ended),
    input: step.input,
    output: step.status === 'completed' ? step.output : null,
    error: step.error ?? (ended && wasCutShort(step) ? 'its run ended while it was at work' : null),
    attempt: step.attempt,
    reused: step.reused,
    in_doubt: step.status !== 'completed' && isInDoubt(step),
    waiting_for: step.waiting?.reason ?? (step.retryAt ? `is tried again at ${step.retryAt}` : null),
    child_run_ids: step.children,
    started_at: step.startedAt,
    finished_at: step.finishedAt,
  }))
}

function statusOf(step: Step, ended: boolean): RunStep['status'] {
  if (step.status === 'completed' || step.status === 'failed') return step.status
  // What was under way when the run ended will not be finished.
  if (ended) return wasCutShort(step) ? 'failed' : 'skipped'
  return step.status === 'waiting' ? 'pending' : 'running'
}

const wasCutShort = ({ status, calls }: Step) =>
  status !== 'completed' && status !== 'failed' && calls.length > 0
