import type { Receipt } from './schema.ts'

type Given = Partial<Omit<Receipt, 'approval'>> & { approval?: Partial<Receipt['approval']> }

/** A second of the test's day, as receipts write time. */
export const second = (count: number) =>
  new Date(Date.parse('2026-03-01T12:00:00Z') + count * 1000).toISOString().replace('.000Z', 'Z')

/** A receipt of plain work, except for what the test says of it. */
export function receipt(given: Given = {}): Receipt {
  const { approval, ...rest } = given
  return {
    id: 'evt_1',
    run_id: 'run_1',
    timestamp: second(0),
    type: 'observation',
    actor: 'agent',
    title: 'Read the inbox',
    details: 'Three messages',
    confidence: null,
    risk_level: null,
    requires_approval: false,
    approval: {
      status: 'not_required',
      decision_id: null,
      requested_by: null,
      resolved_by: null,
      resolved_at: null,
      reason: null,
      ...approval,
    },
    evidence: [],
    meta: null,
    ...rest,
  }
}

/** A receipt that opens a gate. */
export const request = (given: Given = {}) =>
  receipt({
    type: 'approval_requested',
    requires_approval: true,
    ...given,
    approval: { status: 'pending', ...given.approval },
  })

/** A receipt that answers a gate. */
export const answer = (status: Receipt['approval']['status'], given: Given = {}) =>
  receipt({
    type: 'approval_resolved',
    actor: 'human',
    requires_approval: true,
    ...given,
    approval: { status, resolved_by: 'ana', resolved_at: second(60), ...given.approval },
  })

/** A receipt that carries a step of some workflow, e.g. `run_stopped`. */
export const step = (name: string, given: Given = {}) =>
  receipt({ meta: { workflow: 'triage', step: name }, ...given })
