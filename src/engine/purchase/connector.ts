import type { Purchase } from './schema.ts'

export type PurchaseOrder = {
  tenantId: string
  /** The same for every attempt at the same effect; a shop that honours it never buys twice. */
  idempotencyKey: string
  purchase: Purchase
}

/** What a connector knows after it tried, or when it is asked later. `unknown`: it may or may not have happened. */
export type ConnectorAnswer =
  | { outcome: 'done'; result: Record<string, unknown> }
  | { outcome: 'not-done'; error: string }
  | { outcome: 'unknown'; reason: string }

/** Where a purchase is really made. Two exist: our own order book, and an HTTP endpoint. */
export type PurchaseConnector = {
  name: 'book' | 'http'
  perform(order: PurchaseOrder): Promise<ConnectorAnswer>
  /** What is known of an earlier attempt whose process is gone. Never repeats it. */
  query(order: PurchaseOrder): Promise<ConnectorAnswer>
}
