import { randomUUID } from 'node:crypto'
import type { Json } from '../../lib/canonical-json.ts'
import { newUuid } from '../../lib/ids.ts'
import type { EngineContext } from '../runs/engine.ts'
import { type ExchangeInput, listExchanges } from './conversation.ts'
import { describeAgentRun } from './describe-agent-run.ts'
import { requireAgent, runExchange } from './run-agent-alone.ts'

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
  const after = known ? await exchangesBefore(context, agentId, known) : []
  const runId = newUuid()
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
    const input: ExchangeInput = { conversation_id: conversationId, after, context: about, message }
    await runExchange(context, agentId, input, {
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

const exchangesBefore = ({ engine, principal }: EngineContext, agentId: string, conversationId: string) =>
  engine.kernel.database.transaction(principal.tenantId, (session) =>
    listExchanges(session, principal.tenantId, agentId, principal.id, conversationId),
  )
