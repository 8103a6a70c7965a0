import type { Agent } from '../../src/engine/agents/schema.ts'
import type { Run, RunEvent, RunStep } from '../../src/engine/runs/schema.ts'
import type { Tool } from '../../src/engine/tools/schema.ts'
import type { Workflow } from '../../src/engine/workflows/schema.ts'
import type { EventContent } from '../../src/kernel/ledger/event-kinds.ts'
import { hashJson } from '../../src/verifier/hash-json.ts'
import { ago, type FakeRun, POLICIES } from './fixtures.ts'

const DEFINITION: Workflow['definition'] = {
  entry: 'fetch',
  nodes: [
    { id: 'fetch', type: 'tool_node', config: { tool_id: 'ticketing.list_open' } },
    { id: 'triage', type: 'agent_node', config: { agent_id: 'agent.triage' } },
    {
      id: 'route',
      type: 'router',
      config: {
        routes: [
          { id: 'urgent', condition: 'if any ticket is urgent', target_node: 'ask' },
          { id: 'calm', target_node: 'close' },
        ],
      },
    },
    { id: 'ask', type: 'human_gate', config: { title: 'Escalate?' } },
    { id: 'close', type: 'static' },
  ],
  edges: [
    { from: 'fetch', to: 'triage' },
    { from: 'triage', to: 'route' },
    { from: 'ask', to: 'close' },
  ],
  input_schema: {
    type: 'object',
    required: ['hotel_id'],
    properties: {
      hotel_id: { type: 'string', title: 'Hotel', examples: ['VV-LISBON'] },
      nights: { type: 'integer', minimum: 1 },
      rooms: { type: 'array', title: 'Rooms', items: { type: 'string' } },
      urgent: { type: 'boolean' },
    },
  },
}

export const WORKFLOW: Workflow = {
  id: 'triage_v1',
  name: 'Triage tickets',
  version: '1.2.0',
  revision: 3,
  type: 'graph',
  definition: DEFINITION,
  definition_sha256: hashJson(DEFINITION),
  created_at: ago(600),
  updated_at: ago(60),
}

export function makeWorkflowRun(id: string, changes: Partial<Run> = {}): Run {
  return {
    id,
    workflow_id: WORKFLOW.id,
    workflow_version: WORKFLOW.version,
    definition_sha256: WORKFLOW.definition_sha256,
    status: 'completed',
    mode: 'draft',
    input: { hotel_id: 'VV-LISBON' },
    result: { closed: true },
    error: null,
    waiting: null,
    app_id: null,
    app_action_id: null,
    user_id: 'local',
    tenant_id: 'default',
    parent_run_id: null,
    forked_from: null,
    cost_limit_cents: null,
    llm_calls_limit: null,
    latency_slo_ms: null,
    cost_cents: 0,
    llm_calls: 1,
    created_at: ago(5),
    updated_at: ago(4),
    finished_at: ago(4),
    ...changes,
  }
}

/** A run that waits at its gate. */
export function makeWaitingRun(id: string, changes: Partial<Run> = {}): Run {
  return makeWorkflowRun(id, {
    status: 'paused',
    result: null,
    finished_at: null,
    waiting: {
      for: 'approval',
      step_id: 'ask:1',
      node_id: 'ask',
      reason: 'waits for a human: Escalate?',
      decision_id: 'dec_0000000000000001',
      policy_id: null,
      wake_at: null,
      event_name: null,
      run_id: null,
    },
    ...changes,
  })
}

export const MIN = 60_000
/** When the steps of these runs began. */
export const BEGAN = Date.parse('2026-11-21T12:00:00.000Z')
const at = (ms: number) => new Date(BEGAN + ms).toISOString()

export function makeStep(
  nodeId: string,
  from: number,
  to: number | null,
  changes: Partial<RunStep> = {},
): RunStep {
  return {
    id: `${nodeId}:1`,
    run_id: 'run',
    node_id: nodeId,
    type: { fetch: 'tool', triage: 'agent', route: 'router', ask: 'human_gate' }[nodeId] ?? 'static',
    status: to === null ? 'pending' : 'completed',
    input: { hotel_id: 'VV-LISBON' },
    output: to === null ? null : { tickets: [{ id: 'T-1' }] },
    error: null,
    attempt: 1,
    reused: false,
    in_doubt: false,
    waiting_for: to === null ? 'waits for a human: Escalate?' : null,
    child_run_ids: [],
    started_at: at(from),
    finished_at: to === null ? null : at(to),
    ...changes,
  }
}

export const HOSTILE = 'Say <img src=x onerror=alert(1)> pay\u202etxt.exe'

const input = { hotel_id: 'VV-LISBON' }
const call = {
  step_id: 'fetch:1',
  node_id: 'fetch',
  call_id: 'fetch:1/1',
  tool_id: 'ticketing.list_open',
}
const asked = {
  step_id: 'triage:1',
  node_id: 'triage',
  call_id: 'triage:1/1',
  agent_id: 'agent.triage',
  provider: 'openai',
  model: 'some-model',
}
const bound = { tool_id: call.tool_id, input }

/** A rule let the tool be called, and says why. */
const DECISION = {
  decision_id: 'dec_tool',
  action: 'tool_call',
  resource: { type: 'tool', id: call.tool_id },
  effect: 'allow' as const,
  reason_code: 'HARMLESS',
  reason: 'The tool only reads.',
  payload: bound,
  payload_sha256: hashJson(bound),
  policy_sha256: hashJson(POLICIES),
  facts: {},
  matches: [
    {
      policy_id: 'reads',
      name: 'Reading is allowed',
      effect: 'allow',
      priority: 5,
      logic: 'AND',
      reason_code: 'HARMLESS',
      outcome: 'matched',
      conditions: [
        {
          field: 'tool.risk_level',
          operator: 'equals',
          value: 'low',
          outcome: 'holds',
          actual: 'low',
          actual_type: 'string',
          margin: null,
        },
      ],
    },
  ],
  approval: null,
}
const nothing = { cost_limit_cents: null, llm_calls_limit: null, latency_slo_ms: null }

/** What a run recorded up to its gate: a decision, a tool call, a model that was told something hostile. */
export function tellTriage(): EventContent[] {
  return [
    {
      kind: 'run_started',
      payload: {
        workflow_id: WORKFLOW.id,
        workflow_name: 'demo_ticket_escalation_v1',
        workflow_version: WORKFLOW.version,
        definition_sha256: WORKFLOW.definition_sha256,
        input,
        mode: 'draft',
        limits: nothing,
        started_by: {
          id: 'local',
          ownerId: 'local',
          kind: 'local',
          role: 'admin',
          permissions: ['read', 'write'],
          name: 'local administrator',
          loglineId: null,
        },
        app_id: null,
        app_action_id: null,
        parent: null,
        forked_from: null,
        epoch: 1,
      },
    },
    { kind: 'decision_recorded', payload: DECISION },
    {
      kind: 'step_started',
      payload: { step_id: 'fetch:1', node_id: 'fetch', node_type: 'tool_node', input, attempt: 1 },
    },
    {
      kind: 'tool_call_intended',
      payload: {
        ...call,
        input,
        input_sha256: hashJson(input),
        idempotency_key: 'key_1',
        attempt: 1,
        decision_id: DECISION.decision_id,
      },
    },
    {
      kind: 'tool_call',
      payload: {
        ...call,
        input,
        output: { tickets: [{ id: 'T-1', subject: HOSTILE }] },
        error: null,
        error_type: null,
        outcome: 'done',
        retryable: false,
        duration_ms: 12,
        remote: false,
      },
    },
    { kind: 'llm_call_intended', payload: { ...asked, reserved_cents: 0 } },
    {
      kind: 'llm_call',
      payload: {
        ...asked,
        requested_model: 'any/any',
        prompt: { system: 'You triage.\n  Be brief.', messages: [{ role: 'user', content: HOSTILE }] },
        response: `Urgent.\n${HOSTILE}`,
        prompt_hash: 'a'.repeat(64),
        response_length: 7,
        tool_calls: [],
        usage: { input_tokens: 120, output_tokens: 8 },
        estimated_cost_cents: null,
        finish_reason: 'stop',
        latency_ms: 1_234,
        error: null,
      },
    },
    {
      kind: 'run_paused',
      payload: makeWaitingRun('x').waiting!,
    },
  ]
}

/** The same events with all they carry, as the engine's own view of the run tells them. */
export function toRunEvents({ events }: FakeRun, contents: EventContent[]): RunEvent[] {
  return events.events.map((event, index) => {
    const payload = contents[index]!.payload as RunEvent['payload']
    const { step_id: stepId = null, node_id: nodeId = null } = payload
    return {
      id: event.id,
      run_id: event.run_id,
      step_id: stepId as string | null,
      node_id: nodeId as string | null,
      kind: event.kind === 'decision_recorded' ? 'policy_eval' : event.kind,
      payload: event.kind === 'decision_recorded' ? { ...payload, result: 'allowed' } : payload,
      ts: event.timestamp,
      seq: event.seq,
      actor: event.authenticated_as,
    }
  })
}

export const TOOL: Tool = {
  id: 'ticketing.update',
  name: 'Update a ticket',
  description: 'Changes what a ticket says.',
  input_schema: {
    type: 'object',
    required: ['id'],
    properties: { id: { type: 'string', description: 'Which ticket' } },
  },
  output_schema: null,
  handler_type: 'builtin',
  handler_config: {},
  risk_level: 'medium',
  side_effects: ['database_write'],
  recovery: 'retry_with_key',
  timeout_ms: 30_000,
  created_at: ago(600),
  updated_at: ago(60),
}

export const AGENT: Agent = {
  id: 'agent.triage',
  name: 'Triage agent',
  description: null,
  instructions: `Decide for each ticket.\n\n${HOSTILE}`,
  model_profile: { provider: 'openai', temperature: 0.2 },
  allowed_tools: [TOOL.id],
  default_policies: [],
  output_schema: { type: 'object', properties: { summary: { type: 'string' } } },
  logline_id: null,
  active_contract_id: null,
  total_runs: 4,
  successful_runs: 3,
  failed_runs: 1,
  avg_cost_per_run_cents: null,
  created_at: ago(600),
  updated_at: ago(60),
}
