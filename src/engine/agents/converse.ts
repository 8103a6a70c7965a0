import { randomUUID } from 'node:crypto'
import type { Json } from '../../lib/canonical-json.ts'
import type { EngineContext } from '../runs/engine.ts'
import { aloneWorkflowId } from './alone-workflow-id.ts'
import { describeAgentRun } from './describe-agent-run.ts'
import { requireAgent, runAgentAlone } from './run-agent-alone.ts'

/** So many earlier exchanges are shown to the agent. */
const MAX_HISTORY = 20

export type ConversationPart =
  | { name: 'connected'; data: { conversation_id: string; run_id: string } }
  | { name: 'text'; data: { text: string } }
  | { name: 'tool_call'; data: { tool_id: string; input: Json; output: Json; error: string | null } }
  | { name: 'complete'; data: Awaited<ReturnType<typeof describeAgentRun>> & { conversation_id: string } }

export type Message = { message: string; context: Json; conversationId: string | null }

/**
 * One exchange with an agent, told as it comes. What was said before comes from our own runs and never from the caller,
 * who could otherwise put words into the agent's mouth.
 *
 * @throws AppError 404 AGENT_NOT_FOUND
 */
export async function converse(
  context: EngineContext,
  agentId: string,
  { message, context: about, conversationId: known }: Message,
  tell: (part: ConversationPart) => void,
): Promise<void> {
  await requireAgent(context, agentId)
  const conversationId = known ?? randomUUID()
  const history = known ? await readHistory(context, agentId, known) : []
  const runId = randomUUID()
  tell({ name: 'connected', data: { conversation_id: conversationId, run_id: runId } })
  const { ledger } = context.engine.kernel
  const unsubscribe = ledger.subscribe((events) => {
    for (const event of events) {
      if (event.runId !== runId || event.kind !== 'tool_call') continue
      const { tool_id, input, output, error } = event.payload
      tell({ name: 'tool_call', data: { tool_id, input, output, error } })
    }
  })
  try {
    const input = { conversation_id: conversationId, history, context: about, message }
    await runAgentAlone(context, agentId, input, {
      runId,
      onText: (text) => tell({ name: 'text', data: { text } }),
    })
  } finally {
    unsubscribe()
  }
  tell({
    name: 'complete',
    data: { ...(await describeAgentRun(context, agentId, runId)), conversation_id: conversationId },
  })
}

type Row = { input: { message?: Json }; result: Json }

/** What this person and the agent said to each other before, oldest first. */
async function readHistory(
  { engine, principal }: EngineContext,
  agentId: string,
  conversationId: string,
): Promise<Json[]> {
  const { tenantId } = principal
  const rows = await engine.kernel.database.transaction(tenantId, (session) =>
    session.query<Row>(
      `SELECT input, result FROM runs
       WHERE tenant_id = $1 AND workflow_id = $2 AND user_id = $3 AND status = 'completed' AND input->>'conversation_id' = $4
       ORDER BY created_at DESC LIMIT $5`,
      [tenantId, aloneWorkflowId(agentId), principal.id, conversationId, MAX_HISTORY],
    ),
  )
  return rows
    .reverse()
    .map(({ input, result }) => ({ message: input.message ?? null, answer: answerOf(result) }))
}

const answerOf = (result: Json): Json =>
  typeof result === 'object' && result !== null && !Array.isArray(result) && 'text' in result
    ? result.text!
    : result
