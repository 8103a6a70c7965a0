import type { Address } from 'viem'
import type { Session } from '../../../store/database.ts'
import type { Pending } from './schema.ts'

/** What is remembered between two messages. */
export type Memory = { wallet: Address | null; chainId: number | null; pending: Pending | null }

/** It is one person's, under a name of their own. */
export type ConversationKey = { tenantId: string; principalId: string; conversationId: string }

export type Conversation = { memory: Memory; revision: number; expiresAt: number }

/** How long a conversation is remembered after its last message. */
export const KEPT_MS = 20 * 60_000
export const NOTHING: Memory = { wallet: null, chainId: null, pending: null }

type Row = {
  revision: number
  wallet_address: Address | null
  chain_id: number | null
  pending: Pending | null
  expires_at: Date
}

/** What is remembered of a conversation; nothing of one that is new or too old. */
export async function findConversation(
  session: Session,
  { tenantId, principalId, conversationId }: ConversationKey,
  now: number,
): Promise<Conversation> {
  const [row] = await session.query<Row>(
    `SELECT revision, wallet_address, chain_id, pending, expires_at FROM copilot_conversations
     WHERE tenant_id = $1 AND principal_id = $2 AND conversation_id = $3`,
    [tenantId, principalId, conversationId],
  )
  if (!row) return { memory: NOTHING, revision: 0, expiresAt: 0 }
  const { revision, wallet_address: wallet, chain_id: chainId, pending } = row
  const expiresAt = row.expires_at.getTime()
  return { memory: expiresAt > now ? { wallet, chainId, pending } : NOTHING, revision, expiresAt }
}

/**
 * Remembers this, if nobody wrote since `revision`, and forgets conversations that are too old. Null where somebody did.
 *
 * @returns what stands now.
 */
export async function keepConversation(
  session: Session,
  { tenantId, principalId, conversationId }: ConversationKey,
  memory: Memory,
  revision: number,
  now: number,
): Promise<Conversation | null> {
  const expiresAt = now + KEPT_MS
  const rows = await session.query(
    `INSERT INTO copilot_conversations AS c (tenant_id, principal_id, conversation_id, revision, wallet_address, chain_id, pending, expires_at)
     VALUES ($1, $2, $3, $4::int + 1, $5, $6, $7, $8)
     ON CONFLICT (tenant_id, principal_id, conversation_id) DO UPDATE SET revision = EXCLUDED.revision,
       wallet_address = EXCLUDED.wallet_address, chain_id = EXCLUDED.chain_id, pending = EXCLUDED.pending, expires_at = EXCLUDED.expires_at
       WHERE c.revision = $4 RETURNING revision`,
    [
      tenantId,
      principalId,
      conversationId,
      revision,
      memory.wallet,
      memory.chainId,
      memory.pending && JSON.stringify(memory.pending),
      new Date(expiresAt),
    ],
  )
  if (rows.length === 0) return null
  await session.query(
    `DELETE FROM copilot_conversations WHERE (tenant_id, principal_id, conversation_id) IN (
       SELECT tenant_id, principal_id, conversation_id FROM copilot_conversations
       WHERE tenant_id = $1 AND expires_at <= $2 ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED)`,
    [tenantId, new Date(now)],
  )
  return { memory, revision: revision + 1, expiresAt }
}

/** The newest run that somebody made in a conversation of theirs. */
export async function findLatestRun(
  session: Session,
  { tenantId, principalId, conversationId }: ConversationKey,
): Promise<string | null> {
  const [row] = await session.query<{ run_id: string }>(
    `SELECT run_id FROM copilot_runs WHERE tenant_id = $1 AND conversation_id = $2 AND created_by = $3
     ORDER BY created_at DESC, run_id DESC LIMIT 1`,
    [tenantId, conversationId, principalId],
  )
  return row?.run_id ?? null
}

/**
 * The runs that somebody made in a conversation of theirs and that were told something under this message's name. The name is
 * looked for in the bytes as they were sealed: elsewhere in an event it may stand by chance, so whoever asks looks closer.
 */
export async function findToldRuns(
  session: Session,
  { tenantId, principalId, conversationId }: ConversationKey,
  messageId: string,
): Promise<string[]> {
  const rows = await session.query<{ run_id: string }>(
    `SELECT run_id FROM copilot_runs c WHERE tenant_id = $1 AND conversation_id = $2 AND created_by = $3 AND EXISTS (
       SELECT FROM events e WHERE e.tenant_id = $1 AND e.run_id = c.run_id::text AND e.kind = 'event_received'
         AND position(convert_to($4, 'UTF8') IN e.canon) > 0)
     ORDER BY created_at DESC, run_id DESC`,
    [tenantId, conversationId, principalId, `"message_id":${JSON.stringify(messageId)}`],
  )
  return rows.map(({ run_id }) => run_id)
}
