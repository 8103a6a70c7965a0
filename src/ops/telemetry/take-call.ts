import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import type { LedgerEvent } from '../../kernel/ledger/seal-event.ts'
import {
  describeModelCall,
  describeModelIntent,
  describeToolCall,
  describeToolIntent,
  type TellText,
} from './describe-calls.ts'
import { beginSpan, endSpan, parentIn, type RunTrace, spanIdIn } from './run-trace.ts'
import type { EndedSpan, OpenSpan } from './span.ts'

type Of<K extends LedgerEvent['kind']> = Extract<LedgerEvent, { kind: K }>

export function beginModelCall(trace: RunTrace, event: Of<'llm_call_intended'>): void {
  const { step_id, call_id, agent_id, model } = event.payload
  trace.calls.set(
    call_id,
    beginSpan(trace, event, {
      spanId: spanIdIn(trace.tenantId, trace.runId, ['call', event.eventId]),
      parentId: parentIn(trace, step_id, agent_id),
      name: `chat ${model}`,
      kind: 'client',
      attributes: { ...describeModelIntent(event.payload), 'countersign.step_id': step_id },
    }),
  )
}

export function endModelCall(trace: RunTrace, event: Of<'llm_call'>, tell: TellText): EndedSpan[] {
  const { payload } = event
  const { used } = trace
  used.calls++
  const cost = payload.estimated_cost_cents
  used.cents = used.cents === null || cost === null ? null : used.cents + cost
  used.input += payload.usage.input_tokens
  used.output += payload.usage.output_tokens
  const span = takeCall(trace, payload)
  if (!span) return []
  // A failed request is told of in words alone, which may hold content; `_OTHER` is what the conventions have for that.
  const type = payload.finish_reason === 'error' ? '_OTHER' : payload.finish_reason
  const fault = payload.error === null ? null : { type, text: payload.error }
  return [endSpan(trace, span, event, describeModelCall(payload, tell), fault)]
}

export function beginToolCall(trace: RunTrace, event: Of<'tool_call_intended'>): void {
  const { step_id, call_id, tool_id } = event.payload
  trace.calls.set(
    call_id,
    beginSpan(trace, event, {
      spanId: spanIdIn(trace.tenantId, trace.runId, ['call', event.eventId]),
      parentId: parentIn(trace, step_id),
      name: `execute_tool ${tool_id}`,
      attributes: { ...describeToolIntent(event.payload), 'countersign.step_id': step_id },
    }),
  )
}

export function endToolCall(trace: RunTrace, event: Of<'tool_call'>, tell: TellText): EndedSpan[] {
  const { payload } = event
  const span = takeCall(trace, payload) ?? callAgain(trace, event)
  const fault =
    payload.error === null ? null : { type: payload.error_type ?? 'tool_failed', text: payload.error }
  return [endSpan(trace, span, event, describeToolCall(payload, tell), fault)]
}

/** A call that was in doubt is made again, or answered by a human, under its first intent. */
function callAgain(trace: RunTrace, event: Of<'tool_call'>): OpenSpan {
  const { step_id, tool_id, duration_ms } = event.payload
  const span = beginSpan(trace, event, {
    spanId: spanIdIn(trace.tenantId, trace.runId, ['call', event.eventId]),
    parentId: parentIn(trace, step_id),
    name: `execute_tool ${tool_id}`,
    attributes: { 'countersign.step_id': step_id },
  })
  span.startedAt -= BigInt(Math.round(duration_ms * 1e6))
  return span
}

function takeCall(trace: RunTrace, { call_id }: PayloadOf<'llm_call' | 'tool_call'>): OpenSpan | undefined {
  const span = trace.calls.get(call_id)
  trace.calls.delete(call_id)
  return span
}
