import { sha256 } from '../../../lib/hash.ts'
import type { CopilotContext } from '../copilot.ts'
import { findCopilotRun } from '../runs/copilot-rows.ts'
import { type CopilotState, readCopilotRun } from '../runs/read-copilot-run.ts'
import { ANSWERS_EVENT } from '../workflow.ts'
import { type ConversationKey, findToldRuns } from './conversation-rows.ts'

/** The id of the run that a message makes: the same whenever the message comes, so that it can make only one (UUID version 8). */
export function runIdOf(
  { tenantId, principalId, conversationId }: ConversationKey,
  messageId: string,
): string {
  const digest = sha256(JSON.stringify(['copilot-run', tenantId, principalId, conversationId, messageId]))
  digest[6] = (digest[6]! & 0x0f) | 0x80
  digest[8] = (digest[8]! & 0x3f) | 0x80
  const hex = digest.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  )
}

/** The run that this very message made or answered before, however long ago; null where it did neither. */
export async function findRunOfMessage(
  context: CopilotContext,
  key: ConversationKey,
  messageId: string,
): Promise<CopilotState | null> {
  const made = runIdOf(key, messageId)
  const [isMade, told] = await context.engine.kernel.database.transaction(key.tenantId, async (session) => [
    (await findCopilotRun(session, key.tenantId, made)) !== undefined,
    await findToldRuns(session, key, messageId),
  ])
  if (isMade) return readCopilotRun(context, made)
  for (const runId of told) {
    const run = await readCopilotRun(context, runId)
    const isAnswered = run.progress?.received.some(
      ({ event }) => event.name === ANSWERS_EVENT && Object(event.payload).message_id === messageId,
    )
    if (isAnswered) return run
  }
  return null
}
