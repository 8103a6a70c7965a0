import type { EventContent } from './event-kinds.ts'
import type { ExecutionState } from './execution-state.ts'
import type { Receipt, RunStatus } from './schema.ts'

/** The gate a run waits at, with all that a list of pending approvals shows. */
export type Gate = {
  event_id: string
  decision_id: string | null
  requested_by: string | null
  requested_at: string
  reason: string
  title: string
  details: string
  risk_level: string | null
  expires_at: string | null
}

/** What is wrong with a stream, in the words of the 409 that status, journal and the pending list answer. */
export type Inconsistency = { path: string; message: string; code: string }

/** A run folded in order of time: enough to check the next event and to answer status without reading the log. */
export type RunState = {
  status: RunStatus
  gate: Gate | null
  /** The newest event in time ends the run: nothing may be added. */
  terminal: boolean
  inconsistency: Inconsistency | null
  /** Present when the engine drives this run: then only the engine and the gate write into it. */
  execution?: ExecutionState
}

export const initialRunState: RunState = {
  status: 'running',
  gate: null,
  terminal: false,
  inconsistency: null,
}

/** What an event means for the state of its run. */
export type RunSignal =
  | { type: 'work' }
  | { type: 'note' }
  | { type: 'gate'; gate: Gate }
  | { type: 'resolution'; status: string; resolvedBy: string | null; resolvedAt: string | null }
  | { type: 'end'; status: 'completed' | 'stopped' | 'expired' }
  /** The engine says how its run goes on or ends; it knows what went before, so none of it contradicts. */
  | { type: 'engine'; status: 'running' | 'completed' | 'stopped' | 'expired' }

/** Reads an event's meaning. `note` is a record of the ledger itself, which changes no state. */
export function signalOf(content: EventContent, eventId: string, occurredAt: string): RunSignal {
  switch (content.kind) {
    case 'receipt_ingested':
    case 'receipt_recorded':
      return signalOfReceipt(content.payload)
    case 'approval_requested': {
      const { decision_id, requested_by, reason, title, details, risk_level, expires_at } = content.payload
      return {
        type: 'gate',
        gate: {
          event_id: eventId,
          decision_id,
          requested_by,
          requested_at: occurredAt,
          reason: reason ?? details,
          title,
          details,
          risk_level,
          expires_at,
        },
      }
    }
    case 'approval_resolved':
      if (content.payload.status === 'rejected') return { type: 'end', status: 'stopped' }
      return {
        type: 'resolution',
        status: 'approved',
        resolvedBy: content.payload.resolved_by,
        resolvedAt: content.payload.resolved_at,
      }
    case 'approval_expired':
      return content.payload.closes_run ? { type: 'end', status: 'expired' } : { type: 'note' }
    case 'effect_intended':
      return { type: 'work' }
    // How an effect ended must always be recordable, in a run that others ended meanwhile too.
    case 'effect_completed':
    case 'effect_failed':
    case 'effect_in_doubt':
    case 'decision_recorded':
    case 'approval_vote_cast':
    case 'execution_token_minted':
    case 'passkey_registered':
    case 'passkey_removed':
    case 'audit_recorded':
      return { type: 'note' }
    case 'run_started':
    case 'run_resumed':
      return { type: 'engine', status: 'running' }
    case 'run_completed':
      return { type: 'engine', status: 'completed' }
    case 'run_failed': {
      const expired = content.payload.error_type === 'approval_expired'
      return { type: 'engine', status: expired ? 'expired' : 'stopped' }
    }
    case 'run_cancelled':
      return { type: 'engine', status: 'stopped' }
    case 'run_paused':
    case 'run_modified':
    case 'step_started':
    case 'step_completed':
    case 'step_failed':
    case 'tool_call_intended':
    case 'tool_call':
    case 'outside_read':
    case 'llm_call_intended':
    case 'llm_call':
    case 'route_chosen':
    case 'child_run_started':
    case 'child_run_spent':
    case 'child_run_ended':
    case 'event_received':
    case 'error':
      return { type: 'note' }
  }
}

/** Steps that end a run, whatever the type of the event that carries them. */
const ENDING_STEPS: Record<string, 'stopped' | 'expired'> = {
  run_stopped: 'stopped',
  approval_rejected: 'stopped',
  run_expired: 'expired',
  approval_expired: 'expired',
}

function signalOfReceipt(receipt: Receipt): RunSignal {
  const { approval, requires_approval: gated } = receipt
  const step = receipt.meta?.step ?? ''
  if (receipt.type === 'summary') return { type: 'end', status: 'completed' }
  if (Object.hasOwn(ENDING_STEPS, step)) return { type: 'end', status: ENDING_STEPS[step]! }
  if (receipt.type === 'approval_requested' || (gated && approval.status === 'pending')) {
    return {
      type: 'gate',
      gate: {
        event_id: receipt.id,
        decision_id: approval.decision_id,
        requested_by: approval.requested_by,
        requested_at: receipt.timestamp,
        reason: approval.reason ?? receipt.details,
        title: receipt.title,
        details: receipt.details,
        risk_level: receipt.risk_level,
        expires_at: null,
      },
    }
  }
  if (
    receipt.type === 'approval_resolved' ||
    (gated && (approval.status === 'approved' || approval.status === 'rejected'))
  ) {
    return {
      type: 'resolution',
      status: approval.status,
      resolvedBy: approval.resolved_by,
      resolvedAt: approval.resolved_at,
    }
  }
  return { type: 'work' }
}

/**
 * The state after one more event in order of time. The first inconsistency stays; the log accepts late events, so an
 * old stream may become inconsistent, which status and journal then say.
 */
export function evolveRun(state: RunState, signal: RunSignal): RunState {
  if (signal.type === 'note') return state
  const { execution } = state
  return { ...evolveStatus(state, signal), ...(execution && { execution }) }
}

function evolveStatus(state: RunState, signal: Exclude<RunSignal, { type: 'note' }>): RunState {
  if (signal.type === 'engine') return evolveByEngine(state, signal.status)
  const terminal = signal.type === 'end'
  if (state.inconsistency) return { ...state, terminal, gate: null }
  const broken = (code: string, path: string, message: string): RunState => ({
    status: state.status,
    gate: null,
    terminal,
    inconsistency: { code, path, message },
  })
  const ended = state.status === 'completed' || state.status === 'stopped' || state.status === 'expired'
  if (ended) {
    return broken(
      'TERMINAL_STATE_CONFLICT',
      'workflow_status',
      `event encountered after terminal status '${state.status}'`,
    )
  }
  if (signal.type === 'end') return { status: signal.status, gate: null, terminal, inconsistency: null }
  if (state.status === 'rejected') {
    return broken('REJECTED_STATE_CONFLICT', 'workflow_status', "event encountered after status 'rejected'")
  }
  switch (signal.type) {
    case 'gate':
      if (state.gate) {
        return broken(
          'DUPLICATE_PENDING_APPROVAL',
          'approval',
          'a second approval was requested while one is pending',
        )
      }
      return { status: 'paused', gate: signal.gate, terminal, inconsistency: null }
    case 'resolution':
      if (signal.status !== 'approved' && signal.status !== 'rejected') {
        return broken(
          'INVALID_APPROVAL_TRANSITION',
          'approval.status',
          "approval_resolved must use approval.status='approved' or 'rejected'",
        )
      }
      if (!state.gate) {
        return broken(
          'NO_PENDING_APPROVAL',
          'approval',
          'approval_resolved encountered without pending approval',
        )
      }
      if (!signal.resolvedBy?.trim()) {
        return broken(
          'MISSING_APPROVER_ID',
          'approval.resolved_by',
          'approval_resolved encountered without approver',
        )
      }
      if (!signal.resolvedAt) {
        return broken(
          'MISSING_APPROVAL_TIMESTAMP',
          'approval.resolved_at',
          'approval_resolved encountered without a resolution time',
        )
      }
      return { status: signal.status, gate: null, terminal, inconsistency: null }
    case 'work':
      return { ...state, status: state.gate ? 'paused' : 'running', terminal }
  }
}

function evolveByEngine(state: RunState, status: 'running' | 'completed' | 'stopped' | 'expired'): RunState {
  if (status === 'running') {
    // A timer may wake a run that also waits for a human: the gate stays open.
    return { status: state.gate ? 'paused' : status, gate: state.gate, terminal: false, inconsistency: null }
  }
  // A rejected or expired gate has ended the run already; the engine's own end follows it.
  const ended = state.status === 'stopped' || state.status === 'expired'
  return { status: ended ? state.status : status, gate: null, terminal: true, inconsistency: null }
}

/** The state as a reader sees it now: an overdue gate has expired although no sweep has said so yet. */
export function stateAt(state: RunState, nowMs: number): RunState {
  const { gate } = state
  if (gate?.expires_at && Date.parse(gate.expires_at) <= nowMs) {
    return { status: 'expired', gate: null, terminal: true, inconsistency: state.inconsistency }
  }
  return state
}
