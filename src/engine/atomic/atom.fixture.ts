import type { AtomInput } from './build-atom.ts'
import type { AtomicEvent, AtomicRun } from './event-to-atom.ts'
import type { AtomicStep } from './step-to-atom.ts'

export const run: AtomicRun = { id: 'run_1', tenant_id: 'tenant_1', mode: 'auto' }

export const event: AtomicEvent = {
  id: 'evt_1',
  kind: 'tool_call',
  payload: { tool_id: 'ticketing.list_open', input: {}, output: { count: 3 }, error: null, outcome: 'done' },
  ts: '2026-01-02T03:04:05.000Z',
  step_id: 'step_1',
  actor: { id: 'agent.triage', role: 'agent' },
}

export const step: AtomicStep = {
  id: 'step_1',
  node_id: 'fetch_tickets',
  type: 'tool',
  status: 'completed',
  input: {},
  output: { count: 3 },
  started_at: '2026-01-02T03:04:05.000Z',
  finished_at: '2026-01-02T03:04:05.250Z',
}

export const input: AtomInput = {
  kind: 'tool_call',
  body: { tool_id: 'ticketing.list_open', nested: { b: 2, a: [1, 'é', null] } },
  who: { id: 'agent.triage', role: 'agent' },
  did: 'tool_call',
  thisId: 'evt_1',
  when: { ts: '2026-01-02T03:04:05.000Z' },
  status: 'APPROVE',
  traceId: 'run_1',
  contextId: 'step_1',
  ownerId: 'tenant_1',
  ifOk: 'go on',
  metrics: { duration_ms: 12.5 },
}
