import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import type { LedgerEvent } from '../../kernel/ledger/seal-event.ts'
import { readTraceParent, traceIdOf } from '../../lib/trace-id.ts'
import type { TellText } from './describe-calls.ts'
import {
  beginSpan,
  endSpan,
  NOTHING_USED,
  note,
  type RunTrace,
  rememberDecision,
  runSpanId,
  stepSpanId,
} from './run-trace.ts'
import { type EndedSpan, known, type OpenSpan, type SpanLink } from './span.ts'
import { beginModelCall, beginToolCall, endModelCall, endToolCall } from './take-call.ts'
import { takeDecision } from './take-decision.ts'

type Of<K extends LedgerEvent['kind']> = Extract<LedgerEvent, { kind: K }>

/**
 * Takes one more event of a run in and answers the spans that it ends. Ids come from the log and times from the events,
 * so that whoever reads the same events makes the same spans. Texts are told where `tell` tells them.
 */
export function takeEvent(trace: RunTrace, event: LedgerEvent, tell: TellText): EndedSpan[] {
  trace.seq = event.seq
  switch (event.kind) {
    case 'run_started':
      beginRun(trace, event)
      return []
    case 'run_resumed':
      if (trace.rootId && !trace.root) beginAgain(trace, event)
      note(trace, null, event, event.kind, { 'countersign.cause': event.payload.cause })
      return []
    case 'run_paused':
      pauseRun(trace, event)
      return []
    case 'run_modified':
      note(trace, null, event, event.kind, { 'countersign.decision_id': event.payload.decision_id })
      return []
    case 'event_received':
      note(trace, null, event, event.kind, { 'countersign.event_name': event.payload.name })
      return []
    case 'error': {
      const { error_type, reason, limit, actual } = event.payload
      const attributes = { 'error.type': error_type, 'countersign.reason': reason }
      note(
        trace,
        null,
        event,
        event.kind,
        known({ ...attributes, 'countersign.limit': limit, 'countersign.actual': actual }),
      )
      return []
    }
    case 'run_completed':
      return endRun(trace, event, 'completed', null)
    case 'run_cancelled':
      return endRun(trace, event, 'cancelled', null)
    case 'run_failed': {
      const { error, error_type } = event.payload
      return endRun(trace, event, 'failed', { type: error_type, text: error })
    }
    case 'step_started':
      beginStep(trace, event)
      return []
    case 'step_completed':
      return endStep(trace, event, null)
    case 'step_failed':
      return failStep(trace, event)
    case 'route_chosen': {
      const { step_id, target_node, by } = event.payload
      note(
        trace,
        step_id,
        event,
        event.kind,
        known({ 'countersign.target_node': target_node, 'countersign.by': by }),
      )
      return endAgents(trace, step_id, event, null)
    }
    case 'child_run_started':
      beginChild(trace, event)
      return []
    case 'child_run_ended': {
      const { step_id, run_id, status } = event.payload
      note(trace, step_id, event, event.kind, {
        'countersign.child_run_id': run_id,
        'countersign.status': status,
      })
      return []
    }
    case 'llm_call_intended':
      beginModelCall(trace, event)
      return []
    case 'llm_call':
      return endModelCall(trace, event, tell)
    case 'tool_call_intended':
      beginToolCall(trace, event)
      return []
    case 'tool_call':
      return endToolCall(trace, event, tell)
    default:
      return takeDecision(trace, event)
  }
}

function beginRun(trace: RunTrace, event: Of<'run_started'>): void {
  const { payload } = event
  trace.times = 1
  trace.rootId = runSpanId(trace.tenantId, trace.runId)
  trace.begun = {
    name: `invoke_workflow ${payload.workflow_name}`,
    attributes: known({
      'gen_ai.operation.name': 'invoke_workflow',
      'gen_ai.workflow.name': payload.workflow_name,
      'countersign.workflow_id': payload.workflow_id,
      'countersign.workflow_version': payload.workflow_version,
      'countersign.mode': payload.mode,
      'countersign.app_id': payload.app_id,
    }),
  }
  trace.root = beginSpan(trace, event, { spanId: trace.rootId, parentId: null, ...trace.begun })
  trace.root.links.push(...linksOf(trace.tenantId, payload))
}

/** The traces that a run stands beside: of the run that started it, of the one it was forked from, of whoever asked. */
function linksOf(tenantId: string, payload: PayloadOf<'run_started'>): SpanLink[] {
  const { parent, forked_from: source, traceparent } = payload
  const link = (runId: string, spanId: string, why: string): SpanLink => ({
    traceId: traceIdOf(runId),
    spanId,
    attributes: { 'countersign.link': why, 'countersign.run_id': runId },
  })
  const caller = traceparent === undefined ? null : readTraceParent(traceparent)
  return [
    ...(caller ? [{ ...caller, attributes: { 'countersign.link': 'caller' } }] : []),
    ...(parent ? [link(parent.run_id, stepSpanId(tenantId, parent.run_id, parent.step_id), 'parent')] : []),
    ...(source ? [link(source.run_id, runSpanId(tenantId, source.run_id), 'forked_from')] : []),
  ]
}

/** A run that had ended and is retried is another span of the same trace. */
function beginAgain(trace: RunTrace, event: Of<'run_resumed'>): void {
  const before = trace.rootId!
  trace.times++
  trace.rootId = runSpanId(trace.tenantId, trace.runId, trace.times)
  trace.used = { ...NOTHING_USED }
  trace.root = beginSpan(trace, event, { spanId: trace.rootId, parentId: null, ...trace.begun! })
  trace.root.links.push({
    traceId: traceIdOf(trace.runId),
    spanId: before,
    attributes: { 'countersign.link': 'retry_of' },
  })
  for (const [stepId, { cut }] of trace.steps) if (cut) openStep(trace, event, stepId, cut)
}

function pauseRun(trace: RunTrace, event: Of<'run_paused'>): void {
  const { for: what, step_id, decision_id } = event.payload
  if (decision_id !== null && !trace.decisions.has(decision_id)) {
    rememberDecision(trace, decision_id, { stepId: step_id, spanId: null, span: null })
  }
  const { asked } = trace
  trace.asked = null
  if (asked) note(trace, step_id, { occurredNs: asked.at }, 'approval_requested', asked.attributes)
  note(
    trace,
    null,
    event,
    event.kind,
    known({
      'countersign.for': what,
      'countersign.step_id': step_id,
      'countersign.decision_id': decision_id,
    }),
  )
}

type Fault = Parameters<typeof endSpan>[4]

function endRun(trace: RunTrace, event: LedgerEvent, status: string, fault: Fault): EndedSpan[] {
  // What was under way in other branches ends with the run; calls end when their answers are recorded.
  const over: Fault = { type: `run_${status}`, text: null }
  const ended = [...trace.steps].flatMap(([stepId, step]) => {
    step.cut = step.span
    return [...endAgents(trace, stepId, event, over), ...endStepSpan(trace, stepId, event, over)]
  })
  if (!trace.root) return ended
  const { calls, cents, input, output } = trace.used
  const attributes = known({
    'countersign.status': status,
    'countersign.llm_calls': calls,
    'countersign.cost_cents': cents,
    'gen_ai.usage.input_tokens': input,
    'gen_ai.usage.output_tokens': output,
  })
  const root = endSpan(trace, trace.root, event, attributes, fault)
  trace.root = null
  return [...ended, root]
}

function beginStep(trace: RunTrace, event: Of<'step_started'>): void {
  const { step_id, node_id, node_type, attempt } = event.payload
  if (trace.steps.get(step_id)?.span) {
    note(trace, step_id, event, event.kind, { 'countersign.attempt': attempt })
    return
  }
  openStep(trace, event, step_id, {
    name: `step ${node_id}`,
    attributes: {
      'countersign.step_id': step_id,
      'countersign.node_id': node_id,
      'countersign.node_type': node_type,
    },
  })
}

function openStep(
  trace: RunTrace,
  event: LedgerEvent,
  stepId: string,
  { name, attributes }: Pick<OpenSpan, 'name' | 'attributes'>,
): void {
  const times = (trace.steps.get(stepId)?.times ?? 0) + 1
  const spanId = stepSpanId(trace.tenantId, trace.runId, stepId, times)
  const span = beginSpan(trace, event, { spanId, parentId: trace.rootId, name, attributes })
  trace.steps.set(stepId, { spanId, span, cut: null, times, agents: new Map() })
}

function endStep(trace: RunTrace, event: Of<'step_completed' | 'step_failed'>, fault: Fault): EndedSpan[] {
  const { step_id } = event.payload
  const reused = event.kind === 'step_completed' && event.payload.reused
  const step = trace.steps.get(step_id)
  if (reused && step?.span) step.span.attributes['countersign.reused'] = true
  return [...endAgents(trace, step_id, event, fault), ...endStepSpan(trace, step_id, event, fault)]
}

function failStep(trace: RunTrace, event: Of<'step_failed'>): EndedSpan[] {
  const { step_id, attempt, error, error_type, retry_at } = event.payload
  const fault = { type: error_type, text: error }
  if (retry_at === null) return endStep(trace, event, fault)
  const agents = endAgents(trace, step_id, event, fault)
  note(trace, step_id, event, event.kind, {
    'error.type': error_type,
    'countersign.attempt': attempt,
    'countersign.retry_at': retry_at,
  })
  return agents
}

function endStepSpan(trace: RunTrace, stepId: string, event: LedgerEvent, fault: Fault): EndedSpan[] {
  const step = trace.steps.get(stepId)
  if (!step?.span) return []
  const ended = endSpan(trace, step.span, event, {}, fault)
  step.span = null
  return [ended]
}

function endAgents(trace: RunTrace, stepId: string, event: LedgerEvent, fault: Fault): EndedSpan[] {
  const step = trace.steps.get(stepId)
  if (!step) return []
  const ended = [...step.agents.values()].map((span) => endSpan(trace, span, event, {}, fault))
  step.agents.clear()
  return ended
}

function beginChild(trace: RunTrace, event: Of<'child_run_started'>): void {
  const { step_id, run_id } = event.payload
  const attributes = { 'countersign.child_run_id': run_id }
  note(trace, step_id, event, event.kind, attributes)
  trace.steps.get(step_id)?.span?.links.push({
    traceId: traceIdOf(run_id),
    spanId: runSpanId(trace.tenantId, run_id),
    attributes: { 'countersign.link': 'child', 'countersign.run_id': run_id },
  })
}
