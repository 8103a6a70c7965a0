import type { Json } from '../../lib/canonical-json.ts'
import { type AppError, notFound } from '../../lib/errors.ts'
import type { EngineContext } from '../runs/engine.ts'
import type { RunRequest } from '../runs/start-run.ts'
import { startRunOf } from '../runs/start-run.ts'
import { definitionHash } from '../workflows/save-workflow.ts'
import { findWorkflow, insertVersion, insertWorkflow, type WorkflowRow } from '../workflows/workflow-rows.ts'
import { readAgent } from './agent-rows.ts'
import { aloneWorkflowId, conversationWorkflowId } from './alone-workflow-id.ts'
import { type ExchangeInput, exchangeInputSchema } from './conversation.ts'
import type { Agent } from './schema.ts'

/** The agent, or 404. */
export async function requireAgent({ engine, principal }: EngineContext, agentId: string): Promise<Agent> {
  const agent = await readAgent(engine.kernel.database, principal.tenantId, agentId)
  if (agent) return agent
  throw agentUnknown(agentId)
}

export function agentUnknown(agentId: string): AppError {
  return notFound(
    'AGENT_NOT_FOUND',
    'Agent not found',
    'agent_id',
    `No agent has the id '${agentId}'; GET /agents lists them`,
  )
}

/**
 * Puts one agent to work outside any workflow of the builder's. It is a run like every other, of a workflow with this
 * one node, so that policies, budgets and the ledger hold for it too. The input is data, whatever it looks like.
 */
export const runAgentAlone = (context: EngineContext, agentId: string, input: Json): Promise<string> =>
  runAlone(context, agentId, { id: aloneWorkflowId(agentId) }, { input })

/** The same for what is said to an agent in a conversation. */
export const runExchange = (
  context: EngineContext,
  agentId: string,
  input: ExchangeInput,
  more: Pick<RunRequest, 'onText' | 'runId'>,
): Promise<string> =>
  runAlone(
    context,
    agentId,
    { id: conversationWorkflowId(agentId), inputSchema: exchangeInputSchema() },
    { input, ...more },
  )

type OneNode = { id: string; inputSchema?: Record<string, Json> }

async function runAlone(
  context: EngineContext,
  agentId: string,
  node: OneNode,
  request: Pick<RunRequest, 'input' | 'onText' | 'runId'>,
): Promise<string> {
  await requireAgent(context, agentId)
  const workflow = await oneNodeWorkflow(context, agentId, node)
  const { runId, driving } = await startRunOf(context, workflow, {
    mode: 'draft',
    limits: { cost_limit_cents: null, llm_calls_limit: null, latency_slo_ms: null },
    app: null,
    parent: null,
    ...request,
  })
  await driving.settled
  return runId
}

/** Kept out of the list of workflows; its id cannot be one that a builder gives, though a name can be. */
async function oneNodeWorkflow(
  { engine, principal }: EngineContext,
  agentId: string,
  { id, inputSchema }: OneNode,
): Promise<WorkflowRow> {
  const { database, clock } = engine.kernel
  const { tenantId } = principal
  return database.transaction(tenantId, async (session) => {
    const known = await findWorkflow(session, tenantId, id)
    if (known?.id === id) return known
    const definition: Json = {
      entry: 'agent',
      nodes: [{ id: 'agent', type: 'agent_node', config: { agent_id: agentId } }],
      edges: [],
      ...(inputSchema && { input_schema: inputSchema }),
    }
    const at = new Date(clock.now())
    const row: WorkflowRow = {
      id,
      name: id,
      version: '1.0.0',
      revision: 1,
      type: 'linear',
      definition,
      definition_sha256: definitionHash(definition),
      archived: true,
      created_at: at,
      updated_at: at,
    }
    if (await insertWorkflow(session, tenantId, row))
      await insertVersion(session, tenantId, row, principal.id)
    return row
  })
}
