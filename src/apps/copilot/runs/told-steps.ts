import type { LedgerEvent } from '../../../kernel/ledger/seal-event.ts'
import type { Json } from '../../../lib/canonical-json.ts'
import { HANDED_OUT_EVENT, SETTLED_EVENT, SUBMITTED_EVENT } from '../workflow.ts'
import type { CopilotStep } from './schema.ts'

/** A step that somebody outside took: a human, a wallet, or who looks after transactions. */
export type ToldStep = Pick<CopilotStep, 'step_name' | 'status' | 'input' | 'output' | 'error'>

/** What an event tells of steps that are no node of the workflow. */
export function stepsToldBy(event: LedgerEvent): ToldStep[] {
  switch (event.kind) {
    case 'approval_vote_cast': {
      const { approver, reason, votes, required_approvals } = event.payload
      const output = { authenticated_as: event.actor, votes, required_approvals }
      return answered({ action: 'APPROVE', reviewer: approver, notes: reason }, output)
    }
    case 'approval_resolved': {
      const { status, resolved_by: reviewer, reason, authenticated_as } = event.payload
      const isYes = status === 'approved'
      return answered(
        isYes ? { action: 'APPROVE', reviewer, notes: reason } : { action: 'REJECT', reviewer, reason },
        { authenticated_as, status: isYes ? 'APPROVED_READY' : 'REJECTED' },
      )
    }
    case 'event_received':
      return toldAs(event.payload.name, event.payload.payload)
    default:
      return []
  }
}

const answered = (input: Json, output: Json): ToldStep[] => [
  { step_name: 'HUMAN_APPROVAL', status: 'STARTED', input, output: null, error: null },
  { step_name: 'HUMAN_APPROVAL', status: 'DONE', input, output, error: null },
]

function toldAs(name: string, payload: Json): ToldStep[] {
  const done = { status: 'DONE' as const, input: null, output: payload, error: null }
  if (name === HANDED_OUT_EVENT) return [{ ...done, step_name: 'EXECUTE_PREP' }]
  if (name === SUBMITTED_EVENT) return [{ ...done, step_name: 'TX_SUBMITTED', input: payload, output: null }]
  if (name !== SETTLED_EVENT) return []
  const { status, reason } = Object(payload) as { status: string; reason?: string }
  if (status !== 'VOID') return [{ ...done, step_name: `TX_${status}` }]
  return [{ ...done, step_name: 'EXECUTE_PREP', status: 'FAILED', output: null, error: reason ?? null }]
}
