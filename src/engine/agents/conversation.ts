import { z } from 'zod'
import type { Json } from '../../lib/canonical-json.ts'
import type { Session } from '../../store/database.ts'
import type { ModelMessage } from '../models/send-request.ts'
import { fenceData } from '../models/tasks.ts'
import type { Segment } from '../runs/segment.ts'
import type { StepOutcome } from '../runs/step-outcome.ts'
import { conversationWorkflowId } from './alone-workflow-id.ts'

/** So many earlier exchanges are shown to the agent. */
const MAX_HISTORY = 20

/**
 * What the run of an exchange is given. What was said before is named by the runs it was said in and read from them:
 * nobody who starts or forks such a run can put words into the agent's mouth.
 */
const ExchangeInput = z.strictObject({
  conversation_id: z.string(),
  /** Runs of the exchanges before, oldest first. */
  after: z.array(z.string()).max(MAX_HISTORY),
  context: z.json(),
  message: z.string(),
})
export type ExchangeInput = z.infer<typeof ExchangeInput>

/** What a fork of an exchange may be given instead, for the workflow that runs it. */
export const exchangeInputSchema = () => {
  const { $schema: _, ...schema } = z.toJSONSchema(ExchangeInput)
  return schema as Record<string, Json>
}

/** The runs of what this person and the agent said to each other before, oldest first. */
export async function listExchanges(
  session: Session,
  tenantId: string,
  agentId: string,
  userId: string,
  conversationId: string,
): Promise<string[]> {
  const rows = await session.query<{ run_id: string }>(
    `SELECT run_id FROM runs WHERE ${IS_EXCHANGE} ORDER BY created_at DESC, run_id LIMIT $5`,
    [tenantId, conversationWorkflowId(agentId), userId, conversationId, MAX_HISTORY],
  )
  return rows.map(({ run_id }) => run_id).reverse()
}

/** A fork is another way things might have gone, and no part of what was said. */
const IS_EXCHANGE = `tenant_id = $1 AND workflow_id = $2 AND user_id = $3 AND input->>'conversation_id' = $4
  AND status = 'completed' AND forked_from IS NULL`

/** The conversation as its agent is told it; what it is about stays data. A failure where the log knows no such words. */
export async function conversationMessages(
  segment: Segment,
  agentId: string,
  input: Json,
): Promise<ModelMessage[] | Extract<StepOutcome, { type: 'failed' }>> {
  const { conversation_id: conversationId, after, context, message } = ExchangeInput.parse(input)
  const { tenantId, progress, engine } = segment
  const said = await engine.kernel.database.transaction(tenantId, (session) =>
    readExchanges(session, [
      tenantId,
      conversationWorkflowId(agentId),
      progress.started!.started_by.id,
      conversationId,
      after,
    ]),
  )
  const unknown = after.find((runId) => !said.has(runId))
  if (unknown !== undefined) {
    return {
      type: 'failed',
      error: `expected runs of earlier exchanges of conversation '${conversationId}' with whoever started this one, got '${unknown}'`,
      errorType: 'exchange_not_found',
      retryable: false,
    }
  }
  const about = context === null ? '' : `${fenceData('about', context)}\n\n`
  return [...after.flatMap((runId) => said.get(runId)!), { role: 'user', content: `${about}${message}` }]
}

type Row = { run_id: string; input: { message?: Json }; result: Json }

async function readExchanges(session: Session, values: unknown[]): Promise<Map<string, ModelMessage[]>> {
  const rows = await session.query<Row>(
    `SELECT run_id, input, result FROM runs WHERE ${IS_EXCHANGE} AND run_id = ANY ($5)`,
    values,
  )
  return new Map(
    rows.map(({ run_id, input, result }) => [
      run_id,
      [
        { role: 'user', content: textOf(input.message ?? null) },
        { role: 'assistant', content: textOf(answerOf(result)) },
      ],
    ]),
  )
}

const answerOf = (result: Json): Json =>
  typeof result === 'object' && result !== null && !Array.isArray(result) && 'text' in result
    ? result.text!
    : result

const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))
