import { parseTimestamp } from '../../lib/timestamp.ts'
import type { EventContent, PayloadOf } from './event-kinds.ts'
import type { RunLimits, RunMode, Waiting } from './schema.ts'

export type ExecutionStatus = 'running' | 'paused' | 'completed' | 'failed' | 'cancelled'

/** What was used of a budget. */
export type Usage = { llm_calls: number; cost_cents: number }

/**
 * How far a workflow's run is, kept with the head of its chain: a budget or an epoch is thereby checked in the same
 * atomic step as the event that depends on it. Steps and their outputs are not in here; they are read from the events.
 */
export type ExecutionState = {
  status: ExecutionStatus
  mode: RunMode
  epoch: number
  waiting: Waiting | null
  limits: RunLimits
  llm_calls: number
  cost_cents: number
  /** Calls whose price is not known: then what the run cost is not known either. */
  unpriced_calls: number
  /** Set aside for model calls that have not answered yet, by call. */
  reserved: Record<string, number>
  /**
   * What each child has drawn on the limits of this run or of one above it, in all, and what of that stands in the
   * numbers above already. Absent until there is one.
   */
  children?: Record<string, ChildUsage>
  /** How many events told of it. To whoever drives the run they are no news. */
  draws?: number
  /** Milliseconds at work until `active_since`, and since when it is at work again. */
  active_ms: number
  active_since: string | null
}

type ChildUsage = { drawn: Usage; counted: Usage }

const NOTHING: Usage = { llm_calls: 0, cost_cents: 0 }

/** What children have drawn and the run's own numbers do not hold yet. */
export function drawnByChildren({ children = {} }: ExecutionState): Usage {
  const sum = { ...NOTHING }
  for (const { drawn, counted } of Object.values(children)) {
    sum.llm_calls += Math.max(0, drawn.llm_calls - counted.llm_calls)
    sum.cost_cents += Math.max(0, drawn.cost_cents - counted.cost_cents)
  }
  return sum
}

/** What stands against the limits of the run: used, set aside, and drawn by its children. */
export function usageOf(state: ExecutionState): Usage {
  const drawn = drawnByChildren(state)
  const reserved = Object.values(state.reserved).reduce((sum, cents) => sum + cents, 0)
  return {
    llm_calls: state.llm_calls + drawn.llm_calls,
    cost_cents: state.cost_cents + reserved + drawn.cost_cents,
  }
}

/** The state with what a child has drawn by now, whatever it had drawn before. */
export function withDrawn(state: ExecutionState, childId: string, drawn: Usage): ExecutionState {
  const counted = state.children?.[childId]?.counted ?? NOTHING
  return { ...state, children: { ...state.children, [childId]: { drawn, counted } } }
}

/** The state after one more event; events of other things leave it as it is. */
export function evolveExecution(
  state: ExecutionState | null,
  content: EventContent,
  occurredAt: string,
): ExecutionState | null {
  if (content.kind === 'run_started') {
    const { mode, limits, epoch } = content.payload
    return {
      status: 'running',
      mode,
      epoch,
      waiting: null,
      limits,
      llm_calls: 0,
      cost_cents: 0,
      unpriced_calls: 0,
      reserved: {},
      active_ms: 0,
      active_since: occurredAt,
    }
  }
  if (!state) return null
  switch (content.kind) {
    case 'run_paused':
      return { ...atRest(state, occurredAt), status: 'paused', waiting: content.payload }
    case 'run_resumed':
      return {
        ...atRest(state, occurredAt),
        status: 'running',
        waiting: null,
        epoch: content.payload.epoch,
        active_since: occurredAt,
      }
    case 'run_modified':
      return { ...state, mode: content.payload.mode, limits: content.payload.limits }
    case 'run_completed':
      return { ...atRest(state, occurredAt), status: 'completed', waiting: null }
    case 'run_failed':
      return { ...atRest(state, occurredAt), status: 'failed', waiting: null }
    case 'run_cancelled':
      return { ...atRest(state, occurredAt), status: 'cancelled', waiting: null }
    case 'llm_call_intended': {
      const { call_id: callId, reserved_cents: cents } = content.payload
      return { ...state, llm_calls: state.llm_calls + 1, reserved: { ...state.reserved, [callId]: cents } }
    }
    case 'llm_call': {
      const { call_id: callId, estimated_cost_cents: cost } = content.payload
      const { [callId]: reserved = 0, ...others } = state.reserved
      const { finish_reason: reason } = content.payload
      // What was never answered or has no price: the worst case is what the budget must bear.
      const unpriced = cost === null && reason !== 'error' && reason !== 'interrupted'
      return {
        ...state,
        reserved: others,
        cost_cents: state.cost_cents + (cost ?? reserved),
        unpriced_calls: state.unpriced_calls + (unpriced ? 1 : 0),
      }
    }
    case 'child_run_ended': {
      const { llm_calls: calls, cost_cents: cost } = content.payload
      return {
        ...withCounted(state, content.payload),
        llm_calls: state.llm_calls + calls,
        cost_cents: state.cost_cents + (cost ?? 0),
        unpriced_calls: state.unpriced_calls + (cost === null ? 1 : 0),
      }
    }
    case 'child_run_spent': {
      const { run_id: childId, ...drawn } = content.payload
      return { ...withDrawn(state, childId, drawn), draws: (state.draws ?? 0) + 1 }
    }
    default:
      return state
  }
}

/**
 * What a child used takes the place of what it had drawn. One that did not complete may be given another try and draw
 * again, in all: what is counted of it already is kept.
 */
function withCounted(state: ExecutionState, ended: PayloadOf<'child_run_ended'>): ExecutionState {
  const { [ended.run_id]: child, ...others } = state.children ?? {}
  if (ended.status === 'completed') return child ? { ...state, children: others } : state
  const { llm_calls: calls, cost_cents: cents } = child?.counted ?? NOTHING
  const counted = { llm_calls: calls + ended.llm_calls, cost_cents: cents + (ended.cost_cents ?? 0) }
  return { ...state, children: { ...others, [ended.run_id]: { drawn: counted, counted } } }
}

function atRest(state: ExecutionState, occurredAt: string): ExecutionState {
  return { ...state, active_ms: activeMs(state, occurredAt), active_since: null }
}

/** Milliseconds the run was at work until then. */
export function activeMs(state: ExecutionState, at: string): number {
  if (state.active_since === null) return state.active_ms
  return state.active_ms + Math.max(0, millisecondsOf(at) - millisecondsOf(state.active_since))
}

function millisecondsOf(at: string): number {
  const timestamp = parseTimestamp(at)
  return typeof timestamp === 'object' ? Number(timestamp.ns / 1_000_000n) : 0
}
