import { sha256 } from '../../../lib/hash.ts'
import type { CopilotContext } from '../copilot.ts'
import { findCopilotRun } from '../runs/copilot-rows.ts'
import { type CopilotState, readCopilotRun } from '../runs/read-copilot-run.ts'
import { ANSWERS_EVENT } from '../workflow.ts'
import { type ConversationKey, findLatestRun } from './conversation-rows.ts'

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

/** The run that this very message made or answered before; null where it did neither. */
export async function findRunOfMessage(
  context: CopilotContext,
  key: ConversationKey,
  messageId: string,
): Promise<CopilotState | null> {
  const made = runIdOf(key, messageId)
  const [isMade, latest] = await context.engine.kernel.database.transaction(key.tenantId, async (session) => [
    (await findCopilotRun(session, key.tenantId, made)) !== undefined,
    await findLatestRun(session, key),
  ])
  if (isMade) return readCopilotRun(context, made)
  if (!latest) return null
  const run = await readCopilotRun(context, latest)
  const isAnswered = run.progress?.received.some(
    ({ event }) => event.name === ANSWERS_EVENT && Object(event.payload).message_id === messageId,
  )
  return isAnswered ? run : null
}
