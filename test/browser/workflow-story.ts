import type { Run, RunEvent, RunStep } from '../../src/engine/runs/schema.ts'
import type { EventContent } from '../../src/kernel/ledger/event-kinds.ts'
import { hashJson } from '../../src/verifier/hash-json.ts'
import type { TestSigner } from '../../src/verifier/test-bundle.ts'
import type { FakeState } from './fake-server.ts'
import { type FakeRun, makeRun, POLICIES } from './fixtures.ts'
import { HOSTILE, makeWaitingRun, WORKFLOW } from './workflow-fixtures.ts'

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
function tellTriage(): EventContent[] {
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
function toRunEvents({ events }: FakeRun, contents: EventContent[]): RunEvent[] {
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

/** A run of the workflow, known to the server by its journal, its steps and its events. */
export async function addRun(
  { workflows, stories }: FakeState,
  run: Run,
  steps: RunStep[],
  signer: TestSigner,
): Promise<void> {
  const told = tellTriage()
  const story = await makeRun(run.id, told, signer)
  stories.set(run.id, story)
  workflows.workflows = [WORKFLOW]
  workflows.runs = [run, ...workflows.runs.filter(({ id }) => id !== run.id)]
  workflows.steps.set(run.id, steps)
  workflows.events.set(run.id, toRunEvents(story, told))
}
