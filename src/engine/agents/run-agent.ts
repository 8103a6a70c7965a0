import { authorizeInRun } from '../../kernel/authorize.ts'
import type { Json } from '../../lib/canonical-json.ts'
import type { ModelMessage, ModelTool } from '../models/send-request.ts'
import { askHuman } from '../runs/ask-human.ts'
import { factsOf } from '../runs/facts-of.ts'
import { askedAnew, findDecision, voidedBecause } from '../runs/find-decision.ts'
import type { Step } from '../runs/progress.ts'
import type { Segment } from '../runs/segment.ts'
import type { StepOutcome } from '../runs/step-outcome.ts'
import { tightenRun } from '../runs/tighten.ts'
import { callTool, type ToolResult } from '../tools/call-tool.ts'
import { findTool } from '../tools/find-tool.ts'
import { readAgent } from './agent-rows.ts'
import { type Answer, askModel } from './ask-model.ts'
import { buildPrompt } from './build-prompt.ts'
import { type AgentDefinition, describeChange, describeDefinition } from './describe-definition.ts'
import type { Agent } from './schema.ts'

const MAX_TURNS = 5

export type AgentAnswer = {
  type: 'answered'
  agentId: string
  text: string
  toolCalls: { tool_id: string; input: Json }[]
  finishReason: string
  costCents: number | null
}

/**
 * Lets an agent work on an input: policy, then the model and the tools it asks for, turn by turn. What it has already
 * said and done in this step is taken from the log, so that it goes on where it stood.
 */
export async function runAgent(
  segment: Segment,
  step: Step,
  agentId: string,
  input: Json,
): Promise<AgentAnswer | Exclude<StepOutcome, { type: 'completed' }>> {
  const agent = await readAgent(segment.engine.kernel.database, segment.tenantId, agentId)
  if (!agent) return agentNotFound(agentId)
  const refused = await authorizeAgent(segment, step, agent)
  if (refused) return refused
  const { tools, names } = await offerTools(segment, agent)
  const prompt = await buildPrompt(segment, step, agent, input)
  if (prompt.type === 'failed') return prompt
  const { system, messages } = prompt
  const called: AgentAnswer['toolCalls'] = []
  let costCents: number | null = 0
  for (let turn = 1; turn <= MAX_TURNS; turn++) {
    const answer = await askModel(segment, step, {
      callId: `${step.stepId}/${step.attempt}/${turn}`,
      agentId,
      profile: agent.model_profile,
      system,
      messages,
      tools,
      responseSchema: agent.output_schema,
    })
    if (answer.type === 'failed') return answer
    costCents = costCents === null || answer.costCents === null ? null : costCents + answer.costCents
    if (answer.toolCalls.length === 0) {
      const { text, finishReason } = answer
      return { type: 'answered', agentId, text, toolCalls: called, finishReason, costCents }
    }
    messages.push(asMessage(answer))
    for (const [index, call] of answer.toolCalls.entries()) {
      const toolId = names.get(call.name) ?? call.name
      called.push({ tool_id: toolId, input: call.input })
      const result = await callTool(segment, step, {
        callId: `${step.stepId}/${step.attempt}/${turn}.${index + 1}`,
        toolId,
        input: { exact: call.input },
        agent: { id: agent.id, defaultPolicies: agent.default_policies, allowedTools: agent.allowed_tools },
        timeoutMs: null,
      })
      if (result.type === 'parked') return result.outcome
      if (result.type === 'failed' && endsRun(result.code)) {
        return { type: 'failed', error: result.message, errorType: result.code, retryable: false, toolId }
      }
      messages.push({ role: 'tool', toolCallId: call.id, toolName: call.name, output: outputFor(result) })
    }
    // Whoever listens is told of calls as they go on the record: before the words that follow them.
    if (segment.onText) await segment.commit()
  }
  return {
    type: 'failed',
    error: `agent '${agentId}' asked for tools in ${MAX_TURNS} turns and gave no answer; simplify its task or its tools`,
    errorType: 'too_many_turns',
    retryable: false,
  }
}

/** What policy, the scopes of an app or a human refuses ends the run; what went wrong in a tool the model may work around. */
const endsRun = (code: string) =>
  [
    'policy_denied',
    'scope_denied',
    'approval_rejected',
    'approval_expired',
    'approval_void',
    'payload_changed',
    'policy_changed',
    'budget_exceeded',
  ].includes(code)

const outputFor = (result: Exclude<ToolResult, { type: 'parked' }>): Json =>
  result.type === 'done' ? result.output : { error: result.message, error_type: result.code }

const asMessage = (answer: Answer): ModelMessage => ({
  role: 'assistant',
  content: answer.text,
  toolCalls: answer.toolCalls,
})

export function agentNotFound(agentId: string): Extract<StepOutcome, { type: 'failed' }> {
  return {
    type: 'failed',
    error: `expected the id of an agent, got '${agentId}'; GET /agents lists them`,
    errorType: 'agent_not_found',
    retryable: false,
  }
}

/**
 * The policies' word on this agent at work; null when it may. What is decided and approved is the agent as it is: where it
 * was changed since, both are void, and it is decided about anew.
 */
export async function authorizeAgent(
  segment: Segment,
  step: Step,
  agent: Agent,
): Promise<Exclude<StepOutcome, { type: 'completed' }> | null> {
  const definition = describeDefinition(agent)
  const payload = { agent_id: agent.id, input: step.input, definition }
  const found = findDecision(segment, step, `agent ${agent.id} ${step.attempt}`, payload)
  const { decisionId, voided } = found
  const change =
    voided && describeChange(voided.payload?.definition as AgentDefinition | undefined, definition)
  let { decision } = found
  if (!decision) {
    const { event, modify } = authorizeInRun(
      segment.principal,
      await segment.policySet(),
      {
        decisionId,
        action: 'workflow_execution',
        resource: { type: 'agent', id: agent.id },
        payload,
        facts: factsOf(segment, { agent: { id: agent.id, default_policies: agent.default_policies } }),
        step: { stepId: step.stepId, nodeId: step.nodeId },
      },
      segment.engine.kernel.settings,
    )
    decision = event.payload
    if (voided) segment.record(voidedBecause(step, voided, agent.id, change!))
    segment.record(event)
    tightenRun(segment, modify, decisionId)
  }
  if (decision.effect === 'deny') {
    return {
      type: 'failed',
      error: `policy denied agent ${agent.id}: ${decision.reason} (${decision.reason_code})`,
      errorType: 'policy_denied',
      retryable: false,
    }
  }
  // Who was asked before is asked again, also where policy would have it no more.
  if (decision.effect === 'allow' && !voided) return null
  const matches = decision.matches as { policy_id?: string; effect?: string }[]
  const details = agent.description ?? agent.instructions.slice(0, 1000)
  const answer = await askHuman(segment, step, {
    decisionId,
    title: `${segment.progress.started!.workflow_name} wants to put ${agent.name} to work`,
    details: change ? `${details}\n\n${askedAnew(change)}` : details,
    reason:
      decision.effect === 'allow'
        ? `${agent.id} was changed after somebody was asked about it`
        : decision.reason,
    requestedBy: segment.progress.started!.workflow_name,
    riskLevel: 'medium',
    action: 'workflow_execution',
    payload,
    policyId: matches.find(({ effect }) => effect === 'require_approval')?.policy_id ?? null,
    policySha256: decision.policy_sha256,
    requiredApprovals: decision.approval?.required_approvals ?? 1,
    forbidSelfApproval: decision.approval?.forbid_self_approval ?? false,
    requireFreshAuthentication: decision.approval?.require_fresh_authentication,
    expiresInSeconds: decision.approval?.expires_in_seconds ?? null,
    decision: { ...decision, runId: segment.runId, recordedAt: step.startedAt, actor: segment.principal.id },
  })
  if (answer.approved) return null
  if (answer.outcome.type === 'completed') throw new TypeError('a question has no output')
  return answer.outcome
}

/** The agent's tools in the form models take, whose names hold no dots; and which tool each name means. */
async function offerTools(
  segment: Segment,
  agent: Agent,
): Promise<{ tools: ModelTool[]; names: Map<string, string> }> {
  const names = new Map<string, string>()
  const tools: ModelTool[] = []
  for (const id of agent.allowed_tools) {
    const tool = await findTool(segment, id)
    if (!tool) continue
    const name = tool.row.id.replace(/[^A-Za-z0-9_-]/g, '_')
    names.set(name, tool.row.id)
    tools.push({
      name,
      description: tool.row.description ?? tool.row.name,
      inputSchema: tool.row.input_schema,
    })
  }
  return { tools, names }
}
