import type { Clock } from '../../lib/clock.ts'
import { newId } from '../../lib/ids.ts'
import type { Database } from '../../store/database.ts'
import type { ConnectorAnswer, PurchaseConnector, PurchaseOrder } from './connector.ts'

/** Writes the order into our own books, once per idempotency key. */
export function createBookConnector(database: Database, clock: Clock): PurchaseConnector {
  const find = async ({ tenantId, idempotencyKey }: PurchaseOrder): Promise<ConnectorAnswer | null> => {
    const [row] = await database.transaction(tenantId, (session) =>
      session.query<{ order_id: string }>(
        'SELECT order_id FROM purchase_orders WHERE tenant_id = $1 AND idempotency_key = $2',
        [tenantId, idempotencyKey],
      ),
    )
    return row ? { outcome: 'done', result: { order_id: row.order_id, connector: 'book' } } : null
  }
  return {
    name: 'book',
    async perform(order) {
      const { tenantId, idempotencyKey, purchase } = order
      try {
        await database.transaction(tenantId, (session) =>
          session.query(
            `INSERT INTO purchase_orders (tenant_id, order_id, idempotency_key, amount, currency, merchant, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, idempotency_key) DO NOTHING`,
            [
              tenantId,
              newId('order'),
              idempotencyKey,
              purchase.amount,
              purchase.currency,
              purchase.merchant,
              new Date(clock.now()),
            ],
          ),
        )
        return (await find(order))!
      } catch {
        return { outcome: 'unknown', reason: 'the order book did not answer' }
      }
    },
    async query(order) {
      return (
        (await find(order)) ?? {
          outcome: 'not-done',
          error: 'the process ended before the order was written',
        }
      )
    },
  }
}
