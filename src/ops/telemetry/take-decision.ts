import type { LedgerEvent } from '../../kernel/ledger/seal-event.ts'
import { beginSpan, endSpan, note, type RunTrace, rememberDecision, spanIdIn } from './run-trace.ts'
import { type Attributes, addSpanEvent, type EndedSpan, known } from './span.ts'

type Of<K extends LedgerEvent['kind']> = Extract<LedgerEvent, { kind: K }>

/**
 * What is decided, answered and executed. In the run of a workflow that is noted on its spans. Outside of one a decision
 * and the answer of people to it are spans, and the execution stands below; they may be in different runs.
 */
export function takeDecision(trace: RunTrace, event: LedgerEvent): EndedSpan[] {
  switch (event.kind) {
    case 'decision_recorded':
      return trace.rootId ? noteDecision(trace, event) : tellDecision(trace, event)
    case 'approval_requested':
      if (trace.rootId) noteRequest(trace, event)
      else beginApproval(trace, event)
      return []
    case 'approval_vote_cast': {
      const { decision_id, votes, required_approvals } = event.payload
      noteAnswer(trace, event, decision_id, {
        'countersign.votes': votes,
        'countersign.required_approvals': required_approvals,
      })
      return []
    }
    case 'approval_resolved': {
      const { decision_id, status } = event.payload
      noteAnswer(trace, event, decision_id, { 'countersign.status': status })
      return endApproval(trace, event, decision_id, status)
    }
    case 'approval_expired': {
      const { decision_id } = event.payload
      noteAnswer(trace, event, decision_id, {})
      return endApproval(trace, event, decision_id, 'expired')
    }
    case 'effect_intended':
      beginEffect(trace, event)
      return []
    case 'effect_completed':
      return endEffect(trace, event, null)
    case 'effect_failed':
      return endEffect(trace, event, { type: 'effect_failed', text: event.payload.error })
    case 'effect_in_doubt':
      return endEffect(trace, event, { type: 'in_doubt', text: event.payload.reason })
    default:
      return []
  }
}

const describeDecision = ({ payload }: Of<'decision_recorded'>): Attributes => ({
  'countersign.decision_id': payload.decision_id,
  'countersign.action': payload.action,
  'countersign.effect': payload.effect,
  'countersign.reason_code': payload.reason_code,
  'countersign.policy_sha256': payload.policy_sha256,
})

function noteDecision(trace: RunTrace, event: Of<'decision_recorded'>): EndedSpan[] {
  const { decision_id, step_id: stepId = null, resource, effect } = event.payload
  rememberDecision(trace, decision_id, { stepId, spanId: null, span: null })
  if (stepId !== null && resource?.type === 'agent' && effect !== 'deny') {
    beginAgent(trace, event, stepId, String(resource.id))
  }
  note(trace, stepId, event, 'decision', describeDecision(event))
  return []
}

/** An agent is at work from the decision that lets it until its step, its attempt or its choice is done. */
function beginAgent(trace: RunTrace, event: LedgerEvent, stepId: string, agentId: string): void {
  const step = trace.steps.get(stepId)
  if (!step || step.agents.has(agentId)) return
  const span = beginSpan(trace, event, {
    spanId: spanIdIn(trace.tenantId, trace.runId, ['agent', event.eventId]),
    parentId: step.spanId,
    name: `invoke_agent ${agentId}`,
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.id': agentId,
      'gen_ai.agent.name': agentId,
      'countersign.step_id': stepId,
    },
  })
  step.agents.set(agentId, span)
}

function noteRequest(trace: RunTrace, event: Of<'approval_requested'>): void {
  const { decision_id } = event.payload
  const attributes = describeRequest(event)
  if (trace.decisions.has(decision_id)) noteAnswer(trace, event, decision_id, attributes)
  else trace.asked = { decisionId: decision_id, at: event.occurredNs, attributes }
}

const describeRequest = ({ payload }: Of<'approval_requested'>): Attributes => ({
  'countersign.decision_id': payload.decision_id,
  'countersign.risk_level': payload.risk_level,
  'countersign.required_approvals': payload.required_approvals,
})

function tellDecision(trace: RunTrace, event: Of<'decision_recorded'>): EndedSpan[] {
  const { decision_id, action } = event.payload
  const span = beginSpan(trace, event, {
    spanId: spanIdIn(trace.tenantId, trace.runId, ['decision', decision_id]),
    parentId: null,
    name: `authorize ${action}`,
    attributes: describeDecision(event),
  })
  rememberDecision(trace, decision_id, { stepId: null, spanId: span.spanId, span: null })
  return [endSpan(trace, span, event)]
}

function beginApproval(trace: RunTrace, event: Of<'approval_requested'>): void {
  const { decision_id, action } = event.payload
  const span = beginSpan(trace, event, {
    spanId: spanIdIn(trace.tenantId, trace.runId, ['approval', event.eventId]),
    parentId: trace.decisions.get(decision_id)?.spanId ?? null,
    name: action === null ? 'approve' : `approve ${action}`,
    attributes: describeRequest(event),
  })
  rememberDecision(trace, decision_id, { stepId: null, spanId: span.spanId, span })
}

function noteAnswer(
  trace: RunTrace,
  event: LedgerEvent,
  decisionId: string | null,
  attributes: Attributes,
): void {
  const decision = decisionId === null ? undefined : trace.decisions.get(decisionId)
  const told = known({ ...attributes, 'countersign.decision_id': decisionId })
  if (decision?.span) addSpanEvent(decision.span, `countersign.${event.kind}`, event.occurredNs, told)
  else note(trace, decision?.stepId ?? null, event, event.kind, told)
}

function endApproval(
  trace: RunTrace,
  event: LedgerEvent,
  decisionId: string | null,
  status: string,
): EndedSpan[] {
  const decision = decisionId === null ? undefined : trace.decisions.get(decisionId)
  if (!decision?.span) return []
  const ended = endSpan(trace, decision.span, event, { 'countersign.status': status })
  decision.span = null
  return [ended]
}

function beginEffect(trace: RunTrace, event: Of<'effect_intended'>): void {
  const { effect_id, decision_id, action, connector } = event.payload
  trace.effects.set(
    effect_id,
    beginSpan(trace, event, {
      spanId: spanIdIn(trace.tenantId, trace.runId, ['effect', effect_id]),
      parentId: trace.decisions.get(decision_id)?.spanId ?? trace.rootId,
      name: `execute_tool ${action}`,
      kind: 'client',
      attributes: {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': action,
        'gen_ai.tool.call.id': effect_id,
        'countersign.decision_id': decision_id,
        'countersign.connector': connector,
      },
    }),
  )
}

/** One that was in doubt and is settled by hand has been told of: its span ended in doubt. */
function endEffect(
  trace: RunTrace,
  event: Of<'effect_completed' | 'effect_failed' | 'effect_in_doubt'>,
  fault: Parameters<typeof endSpan>[4],
): EndedSpan[] {
  const span = trace.effects.get(event.payload.effect_id)
  trace.effects.delete(event.payload.effect_id)
  // What is done once is over; within a workflow, others may still stand below it.
  const decisionId = span?.attributes['countersign.decision_id']
  if (event.kind === 'effect_completed' && !trace.rootId) trace.decisions.delete(String(decisionId))
  return span ? [endSpan(trace, span, event, {}, fault)] : []
}
