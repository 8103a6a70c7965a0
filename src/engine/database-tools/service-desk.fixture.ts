import type { Database } from '../../store/database.ts'
import { seedTickets } from '../tickets/seed-tickets.ts'

/** A Wednesday at noon. */
export const NOON = new Date('2026-03-04T12:00:00Z')

const ORDERS = [
  ['order_a1', '120.50', 'EUR', 'ACME', '2026-03-04T08:00:00Z'],
  ['order_b2', '80', 'EUR', 'Hotel Supplies', '2026-03-02T10:00:00Z'],
  ['order_c3', '40', 'USD', 'ACME', '2026-02-10T10:00:00Z'],
  ['order_d4', '300', 'EUR', null, '2026-01-15T10:00:00Z'],
] as const

/**
 * The example tickets of a tenant as they stand at noon, one of them updated this morning, and four orders. Another
 * tenant has the same ids with other contents: whoever sees its rows by mistake sees the word "foreign".
 */
export async function fillServiceDesk(database: Database, tenantId: string, foreign: string): Promise<void> {
  for (const tenant of [tenantId, foreign]) {
    await database.transaction(tenant, async (session) => {
      await seedTickets(session, tenant, NOON)
      await session.query("UPDATE tickets SET updated_at = '2026-03-04T10:00:00Z' WHERE id = 'T-7'")
      for (const [id, amount, currency, merchant, at] of ORDERS)
        await session.query(
          `INSERT INTO purchase_orders (tenant_id, order_id, idempotency_key, amount, currency, merchant, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7)`,
          [tenant, id, `key of ${id}`, amount, currency, merchant, at],
        )
    })
  }
  await database.transaction(foreign, async (session) => {
    await session.query(
      "UPDATE tickets SET subject = 'foreign', description = 'foreign', guest_name = 'foreign'",
    )
    await session.query("UPDATE ticket_comments SET body = 'foreign', author = 'foreign'")
    await session.query(
      `INSERT INTO purchase_orders (tenant_id, order_id, idempotency_key, amount, currency, merchant, created_at)
       VALUES ($1, 'order_ff', 'key', 999999, 'EUR', 'foreign', now())`,
      [foreign],
    )
  })
}
