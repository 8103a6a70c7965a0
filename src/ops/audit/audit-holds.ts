import { appendAudit } from '../../kernel/audit/record-audit.ts'
import type { Context } from '../../kernel/context.ts'
import { notFound } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { Session } from '../../store/database.ts'
import type { AuditHold, AuditHoldInput } from './schema.ts'

type Row = {
  id: string
  reason: string
  from_at: Date | null
  until_at: Date | null
  created_at: Date
  created_by: string
  released_at: Date | null
  released_by: string | null
}

const COLUMNS = 'id, reason, from_at, until_at, created_at, created_by, released_at, released_by'

const present = ({ from_at: from, until_at: until, ...row }: Row): AuditHold => ({
  ...row,
  from: from?.toISOString() ?? null,
  until: until?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
  released_at: row.released_at?.toISOString() ?? null,
})

/** From now on rows of this span are kept, however old they get. */
export function createAuditHold(
  context: Context,
  { reason, from, until }: AuditHoldInput,
): Promise<AuditHold> {
  const { ledger, principal, clock } = context
  const { tenantId } = principal
  return ledger.transaction(tenantId, async (transaction) => {
    const [row] = await transaction.query<Row>(
      `INSERT INTO audit_holds (tenant_id, id, reason, from_at, until_at, created_at, created_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${COLUMNS}`,
      [tenantId, newId('hold'), reason, from ?? null, until ?? null, new Date(clock.now()), principal.id],
    )
    const hold = present(row!)
    await appendAudit(transaction, context, {
      action: 'create',
      resourceType: 'audit_hold',
      resourceId: hold.id,
      changes: { reason, from: hold.from, until: hold.until },
    })
    return hold
  })
}

/** Ends a hold; releasing it again changes nothing. What is old by then goes with the next pruning. */
export function releaseAuditHold(context: Context, id: string): Promise<AuditHold> {
  const { ledger, principal, clock } = context
  const { tenantId } = principal
  return ledger.transaction(tenantId, async (transaction) => {
    const released = await transaction.query<Row>(
      `UPDATE audit_holds SET released_at = $3, released_by = $4
       WHERE tenant_id = $1 AND id = $2 AND released_at IS NULL RETURNING ${COLUMNS}`,
      [tenantId, id, new Date(clock.now()), principal.id],
    )
    if (released[0]) {
      await appendAudit(transaction, context, {
        action: 'update',
        resourceType: 'audit_hold',
        resourceId: id,
        changes: { released: true },
      })
    }
    const hold = (await readHolds(transaction, tenantId)).find((one) => one.id === id)
    if (!hold) throw notFound('AUDIT_HOLD_NOT_FOUND', 'Hold not found', 'id', `No hold has the id '${id}'`)
    return hold
  })
}

export function listAuditHolds({ database, principal }: Context): Promise<AuditHold[]> {
  return database.transaction(principal.tenantId, (session) => readHolds(session, principal.tenantId))
}

async function readHolds(session: Session, tenantId: string): Promise<AuditHold[]> {
  const rows = await session.query<Row>(
    `SELECT ${COLUMNS} FROM audit_holds WHERE tenant_id = $1 ORDER BY created_at DESC, id LIMIT 1000`,
    [tenantId],
  )
  return rows.map(present)
}
