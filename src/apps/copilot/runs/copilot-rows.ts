import type { Database, Session } from '../../../store/database.ts'
import type { CreateRunInput, SubmittedTransaction, TxState } from './schema.ts'

/** What a run was made from. */
export type CopilotRow = {
  run_id: string
  intent: string
  wallet_address: `0x${string}`
  chain_id: number
  conversation_id: string | null
  created_by: string
  created_by_owner: string
  created_at: Date
}

const COLUMNS =
  'run_id, intent, wallet_address, chain_id, conversation_id, created_by, created_by_owner, created_at'

export async function insertCopilotRun(
  session: Session,
  tenantId: string,
  row: Pick<CreateRunInput, 'intent' | 'walletAddress' | 'chainId' | 'conversationId'> & {
    runId: string
    createdBy: string
    createdByOwner: string
    createdAt: Date
  },
): Promise<void> {
  await session.query(
    `INSERT INTO copilot_runs (tenant_id, run_id, intent, wallet_address, chain_id, conversation_id, created_by,
       created_by_owner, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant_id, run_id) DO NOTHING`,
    [
      tenantId,
      row.runId,
      row.intent,
      row.walletAddress,
      row.chainId,
      row.conversationId ?? null,
      row.createdBy,
      row.createdByOwner,
      row.createdAt,
    ],
  )
}

export async function findCopilotRun(
  session: Session,
  tenantId: string,
  runId: string,
): Promise<CopilotRow | undefined> {
  const [row] = await session.query<CopilotRow>(
    `SELECT ${COLUMNS} FROM copilot_runs WHERE tenant_id = $1 AND run_id = $2`,
    [tenantId, runId],
  )
  return row
}

/** Whether an id belongs to a run of the copilot, which alone may begin it. */
export const makeIsCopilotRun =
  (database: Database) =>
  async (tenantId: string, runId: string): Promise<boolean> => {
    const find = (session: Session) => findCopilotRun(session, tenantId, runId)
    return (await database.transaction(tenantId, find)) !== undefined
  }

/** How long a start may take to write its first event before somebody else may try. */
const CLAIM = "interval '30 seconds'"

/** True for one of all who try to start a run. */
export async function claimStart(
  session: Session,
  tenantId: string,
  runId: string,
  at: Date,
): Promise<boolean> {
  const rows = await session.query(
    `UPDATE copilot_runs c SET claimed_at = $3 WHERE c.tenant_id = $1 AND c.run_id = $2
       AND (c.claimed_at IS NULL OR c.claimed_at < $3::timestamptz - ${CLAIM})
       AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.tenant_id = $1 AND r.run_id = c.run_id::text)
     RETURNING run_id`,
    [tenantId, runId, at],
  )
  return rows.length > 0
}

/** Makes a claim void whose start was refused before anything was written. */
export async function releaseStart(session: Session, tenantId: string, runId: string): Promise<void> {
  await session.query('UPDATE copilot_runs SET claimed_at = NULL WHERE tenant_id = $1 AND run_id = $2', [
    tenantId,
    runId,
  ])
}

type TransactionRow = Omit<SubmittedTransaction, 'txRequestId' | 'batch' | 'submitted_at' | 'updated_at'> & {
  tx_request_id: string
  batch_position: number
  batch_size: number | null
  submitted_at: Date
  updated_at: Date
}

/** In the order in which they were submitted, those of a batch in the order in which the wallet made them. */
export async function listTransactions(
  session: Session,
  tenantId: string,
  runId: string,
): Promise<SubmittedTransaction[]> {
  const rows = await session.query<TransactionRow>(
    `SELECT tx_request_id, hash, state, submitted_by, batch_position, batch_size, calls_id, detail, submitted_at, updated_at
     FROM copilot_transactions WHERE tenant_id = $1 AND run_id = $2 ORDER BY submitted_at, batch_position, tx_request_id`,
    [tenantId, runId],
  )
  return rows.map(({ tx_request_id, batch_position, batch_size, ...row }) => ({
    ...row,
    txRequestId: tx_request_id,
    batch: batch_size === null ? null : { position: batch_position, size: batch_size },
    submitted_at: row.submitted_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }))
}

/** The hash that stands there is said to be the same thing again, and not known to be none. */
const SAME = `t.hash = EXCLUDED.hash AND t.batch_position = EXCLUDED.batch_position
  AND t.batch_size IS NOT DISTINCT FROM EXCLUDED.batch_size AND t.state <> 'MISMATCH'`

/** Nothing of it can be mined any more, and it was not made together with something else or lost out of sight. */
const GIVEN_UP = `t.state IN ('MISMATCH', 'DROPPED', 'CANCELLED')
  AND NOT coalesce((t.detail->>'searched')::boolean, false) AND NOT coalesce((t.detail->>'did_planned')::boolean, false)`

/** Keeps a hash for a request. False when another one stands there that may still be right, and is not the one to go. */
export async function insertTransaction(
  session: Session,
  tenantId: string,
  runId: string,
  row: {
    txRequestId: string
    chainId: number
    hash: string
    /** What was found to count no longer. */
    insteadOf: string | null
    submittedBy: string
    batch: SubmittedTransaction['batch']
    callsId: string | null
    at: Date
  },
): Promise<boolean> {
  const rows = await session.query(
    `INSERT INTO copilot_transactions AS t (tenant_id, run_id, tx_request_id, chain_id, hash, submitted_by, state, detail, submitted_at,
       updated_at, batch_position, batch_size, calls_id)
     VALUES ($1, $2, $3, $4, $5, $6, 'PENDING', '{}', $7, $7, $9, $10, $11)
     ON CONFLICT (tenant_id, run_id, tx_request_id) DO UPDATE SET hash = EXCLUDED.hash, submitted_by = EXCLUDED.submitted_by,
       submitted_at = CASE WHEN ${SAME} THEN t.submitted_at ELSE EXCLUDED.submitted_at END,
       state = CASE WHEN ${SAME} THEN t.state ELSE 'PENDING' END,
       detail = CASE WHEN ${SAME} THEN t.detail ELSE '{}' END, updated_at = EXCLUDED.updated_at,
       batch_position = EXCLUDED.batch_position, batch_size = EXCLUDED.batch_size, calls_id = EXCLUDED.calls_id
       WHERE (${SAME}) OR t.hash = $8 OR (${GIVEN_UP})
     RETURNING tx_request_id`,
    [
      tenantId,
      runId,
      row.txRequestId,
      row.chainId,
      row.hash,
      row.submittedBy,
      row.at,
      row.insteadOf,
      row.batch?.position ?? 0,
      row.batch?.size ?? null,
      row.callsId,
    ],
  )
  return rows.length > 0
}

/**
 * Gives up what is left of a batch of which one request has another hash now: the chain does not know it, and should it be mined all
 * the same its requests may be paid.
 */
export async function giveUpBatch(
  session: Session,
  tenantId: string,
  runId: string,
  { hash, detail, at }: { hash: string; detail: Record<string, unknown>; at: Date },
): Promise<void> {
  await session.query(
    `UPDATE copilot_transactions SET state = 'DROPPED', detail = $4, updated_at = $5
     WHERE tenant_id = $1 AND run_id = $2 AND hash = $3 AND batch_size IS NOT NULL
       AND state IN ('PENDING', 'MINED', 'REPLACED')`,
    [tenantId, runId, hash, JSON.stringify(detail), at],
  )
}

/** Writes what the chain says of a hash. Does nothing where it was reported as something else meanwhile, or another hash was. */
export async function updateTransaction(
  session: Session,
  tenantId: string,
  runId: string,
  { txRequestId, hash, batch, submitted_at: submittedAt }: SubmittedTransaction,
  change: {
    newHash?: string | undefined
    state: TxState
    detail: Record<string, unknown>
    at: Date
  },
): Promise<void> {
  await session.query(
    `UPDATE copilot_transactions SET state = $5, detail = $6, updated_at = $7, hash = $8
     WHERE tenant_id = $1 AND run_id = $2 AND tx_request_id = $3 AND hash = $4
       AND batch_position = $9 AND batch_size IS NOT DISTINCT FROM $10 AND submitted_at = $11`,
    [
      tenantId,
      runId,
      txRequestId,
      hash,
      change.state,
      JSON.stringify(change.detail),
      change.at,
      change.newHash ?? hash,
      batch?.position ?? 0,
      batch?.size ?? null,
      new Date(submittedAt),
    ],
  )
}
