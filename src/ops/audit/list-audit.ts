import type { Session } from '../../store/database.ts'
import type { AuditFilter, AuditLog } from './schema.ts'

type Row = Omit<AuditLog, 'created_at'> & { created_at: Date; leaf: number }

const COLUMNS = `id, tenant_id, user_id, actor, action, resource_type, resource_id, changes, ip_address, user_agent, created_at,
  run_id, seq, leaf`

const present = ({ leaf: _leaf, created_at, ...row }: Row): AuditLog => ({
  ...row,
  created_at: created_at.toISOString(),
})

/** Longer lists are told to be this long: counting a million rows takes longer than anybody waits. */
export const COUNTED_UP_TO = 10_000

/** Entries that fit, newest first, and how many there are, counted up to a limit. */
export async function listAudit(
  session: Session,
  tenantId: string,
  filter: AuditFilter,
  { offset, limit }: { offset: number; limit: number },
): Promise<{ logs: AuditLog[]; total: number }> {
  const { where, values } = conditionsOf(tenantId, filter)
  const next = values.length + 1
  const rows = await session.query<Row>(
    `SELECT ${COLUMNS} FROM audit_logs WHERE ${where} ORDER BY created_at DESC, leaf DESC LIMIT $${next} OFFSET $${next + 1}`,
    [...values, limit, offset],
  )
  const [count] = await session.query<{ total: number }>(
    `SELECT count(*)::int AS total FROM (SELECT FROM audit_logs WHERE ${where} LIMIT $${next}) counted`,
    [...values, COUNTED_UP_TO],
  )
  return { logs: rows.map(present), total: count!.total }
}

/** Where a reader of the list stands: behind this entry. */
export type AuditPlace = { createdAt: Date; leaf: number }

/** The next entries that fit behind a place, newest first. */
export async function readAuditPage(
  session: Session,
  tenantId: string,
  filter: AuditFilter,
  after: AuditPlace | null,
  limit: number,
): Promise<{ logs: AuditLog[]; last: AuditPlace | null }> {
  const { where, values } = conditionsOf(tenantId, filter)
  const next = values.length + 1
  const rows = await session.query<Row>(
    `SELECT ${COLUMNS} FROM audit_logs
     WHERE ${where} AND ($${next}::timestamptz IS NULL OR (created_at, leaf) < ($${next}, $${next + 1}))
     ORDER BY created_at DESC, leaf DESC LIMIT $${next + 2}`,
    [...values, after?.createdAt ?? null, after?.leaf ?? 0, limit],
  )
  const last = rows.at(-1)
  return { logs: rows.map(present), last: last ? { createdAt: last.created_at, leaf: last.leaf } : null }
}

/** Only what is asked for stands in the text, so that the planner sees which index fits. */
function conditionsOf(tenantId: string, filter: AuditFilter): { where: string; values: unknown[] } {
  const { user_id: userId, start_date: start, end_date: end } = filter
  const asked: [condition: string, value: unknown][] = [
    ['tenant_id =', tenantId],
    ['user_id =', userId?.replace(/^user:/, '')],
    ['resource_type =', filter.resource_type],
    ['resource_id =', filter.resource_id],
    ['action =', filter.action],
    ['created_at >=', start],
    ['created_at <=', end],
  ]
  const given = asked.filter(([, value]) => value !== undefined)
  return {
    where: given.map(([condition], index) => `${condition} $${index + 1}`).join(' AND '),
    values: given.map(([, value]) => value),
  }
}
