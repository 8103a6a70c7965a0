import type { Session } from '../../store/database.ts'
import { type JsonObject, ToolError } from '../tools/tool-handler.ts'
import { nextId } from './next-id.ts'
import { presentTicket, TICKET_COLUMNS, TICKET_FIELDS, type TicketRow } from './ticket.ts'

/** The open tickets of a tenant, of one hotel where one is named; the oldest first, since they waited longest. */
export async function listOpenTickets(
  session: Session,
  tenantId: string,
  { hotelId, limit }: { hotelId: string | null; limit: number },
): Promise<JsonObject[]> {
  const rows = await session.query<TicketRow>(
    `SELECT ${TICKET_COLUMNS} FROM tickets
     WHERE tenant_id = $1 AND status = 'open' AND ($2::text IS NULL OR hotel_id = $2)
     ORDER BY created_at, id LIMIT $3`,
    [tenantId, hotelId, limit],
  )
  return rows.map(presentTicket)
}

export async function createTicket(
  session: Session,
  tenantId: string,
  fields: JsonObject,
  now: Date,
): Promise<JsonObject> {
  const id = await nextId(session, tenantId, 'tickets')
  const [row] = await session.query<TicketRow>(
    `INSERT INTO tickets (tenant_id, id, ${TICKET_FIELDS.join(', ')}, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) RETURNING ${TICKET_COLUMNS}`,
    [tenantId, id, ...TICKET_FIELDS.map((name) => fields[name] ?? (name === 'status' ? 'open' : null)), now],
  )
  return presentTicket(row!)
}

/**
 * Sets what is named of one ticket and leaves the rest.
 *
 * @throws ToolError ticket_not_found, also for a ticket of another tenant.
 */
export async function updateTicket(
  session: Session,
  tenantId: string,
  id: string,
  fields: JsonObject,
  now: Date,
): Promise<JsonObject> {
  const names = TICKET_FIELDS.filter((name) => Object.hasOwn(fields, name))
  if (names.length === 0)
    throw new ToolError(
      'invalid_value',
      `nothing to change: name at least one of ${TICKET_FIELDS.join(', ')}`,
    )
  const sets = names.map((name, index) => `${name} = $${index + 4}`)
  const [row] = await session.query<TicketRow>(
    `UPDATE tickets SET ${[...sets, 'updated_at = $3'].join(', ')}
     WHERE tenant_id = $1 AND id = $2 RETURNING ${TICKET_COLUMNS}`,
    [tenantId, id, now, ...names.map((name) => fields[name])],
  )
  if (!row) throw new ToolError('ticket_not_found', `there is no ticket ${id}: list tickets to find its id`)
  return presentTicket(row)
}
