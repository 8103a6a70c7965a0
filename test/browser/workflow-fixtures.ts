import type { Agent } from '../../src/engine/agents/schema.ts'
import type { Run, RunStep } from '../../src/engine/runs/schema.ts'
import type { Tool } from '../../src/engine/tools/schema.ts'
import type { DefinedVersion, Workflow } from '../../src/engine/workflows/schema.ts'
import { hashJson } from '../../src/verifier/hash-json.ts'
import { ago } from './fixtures.ts'

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

const FIRST_DEFINITION: Workflow['definition'] = {
  entry: 'fetch',
  nodes: [
    { id: 'fetch', type: 'tool_node', config: { tool_id: 'ticketing.list_open' } },
    { id: 'triage', type: 'agent_node', config: { agent_id: 'agent.first' } },
  ],
  edges: [{ from: 'fetch', to: 'triage' }],
}

/** What the workflow was at first. */
export const FIRST_VERSION: DefinedVersion = {
  workflow_id: WORKFLOW.id,
  revision: 1,
  version: '1.0.0',
  definition: FIRST_DEFINITION,
  definition_sha256: hashJson(FIRST_DEFINITION),
  created_at: WORKFLOW.created_at,
  created_by: 'usr_ann',
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

/** Text from a model or a ticket that would do harm as anything but text. */
export const HOSTILE = 'Say <img src=x onerror=alert(1)> pay\u202etxt.exe'

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
