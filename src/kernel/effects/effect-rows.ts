import type { Json } from '../../lib/canonical-json.ts'
import type { Session } from '../../store/database.ts'

export type EffectStatus = 'intended' | 'completed' | 'failed' | 'in_doubt'

/** A row of `effects`: one execution of one decision. */
export type EffectRow = {
  effect_id: string
  decision_id: string
  jti: string
  run_id: string
  action: string
  connector: string
  payload: Record<string, Json>
  payload_sha256: string
  status: EffectStatus
  /** The process that began it, for whoever looks into a case. Nobody knows if it lives, so recovery goes by age. */
  owner: string
  result: Json
  intended_at: Date
  finished_at: Date | null
}

const COLUMNS = `effect_id, decision_id, jti, run_id, action, connector, payload, payload_sha256, status, owner, result,
  intended_at, finished_at`

export async function readEffectOfDecision(
  session: Session,
  tenantId: string,
  decisionId: string,
): Promise<EffectRow | null> {
  const rows = await session.query<EffectRow>(
    `SELECT ${COLUMNS} FROM effects WHERE tenant_id = $1 AND decision_id = $2`,
    [tenantId, decisionId],
  )
  return rows[0] ?? null
}

export async function lockEffect(
  session: Session,
  tenantId: string,
  effectId: string,
): Promise<EffectRow | null> {
  const rows = await session.query<EffectRow>(
    `SELECT ${COLUMNS} FROM effects WHERE tenant_id = $1 AND effect_id = $2 FOR UPDATE`,
    [tenantId, effectId],
  )
  return rows[0] ?? null
}

export async function listEffects(
  session: Session,
  tenantId: string,
  status: EffectStatus | null,
): Promise<EffectRow[]> {
  return session.query<EffectRow>(
    `SELECT ${COLUMNS} FROM effects WHERE tenant_id = $1 AND ($2::text IS NULL OR status = $2)
     ORDER BY intended_at DESC, effect_id LIMIT 500`,
    [tenantId, status],
  )
}

/** False when the decision has an execution already. */
export async function insertEffect(session: Session, tenantId: string, row: EffectRow): Promise<boolean> {
  const rows = await session.query(
    `INSERT INTO effects (tenant_id, ${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     ON CONFLICT (tenant_id, decision_id) DO NOTHING RETURNING effect_id`,
    [
      tenantId,
      row.effect_id,
      row.decision_id,
      row.jti,
      row.run_id,
      row.action,
      row.connector,
      JSON.stringify(row.payload),
      row.payload_sha256,
      row.status,
      row.owner,
      row.result === null ? null : JSON.stringify(row.result),
      row.intended_at,
      row.finished_at,
    ],
  )
  return rows.length === 1
}

export async function setEffectStatus(
  session: Session,
  tenantId: string,
  effectId: string,
  status: EffectStatus,
  result: unknown,
  finishedAt: Date | null,
): Promise<void> {
  await session.query(
    'UPDATE effects SET status = $3, result = $4, finished_at = $5 WHERE tenant_id = $1 AND effect_id = $2',
    [tenantId, effectId, status, result === null ? null : JSON.stringify(result), finishedAt],
  )
}
