import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { executePurchase } from '../../src/engine/purchase/execute-purchase.ts'
import { localAdministrator } from '../../src/http/authenticate.ts'
import { contextOf } from '../../src/http/http-context.ts'
import { AppError } from '../../src/lib/errors.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { countRows, type PurchaseClient, purchaseClient } from './purchase-client.ts'

const CALLERS = 1000

describe.each(DATABASES)('a token redeemed by many at once on %s', (database) => {
  // One session serves the embedded database, so its rounds prove less and cost more.
  const rounds = database === 'postgres' ? 5 : 1
  let server: TestServer
  let client: PurchaseClient
  beforeAll(async () => {
    server = await startTestServer({ database })
    client = purchaseClient(server)
  })
  afterAll(() => server.close())

  test(`${CALLERS} redemptions × ${rounds}: exactly one buys each time, all others are told it was used`, {
    timeout: 120_000,
  }, async () => {
    const { kernel, http } = server.app
    const context = contextOf(kernel, localAdministrator())
    for (let round = 0; round < rounds; round++) {
      const { token, runId } = await client.mintedPurchase()
      const before = await countRows(server)
      const outcomes = await Promise.all(
        Array.from({ length: CALLERS }, () =>
          executePurchase(context, http.purchaseConnector, `Bearer ${token}`, {
            amount: 250,
            currency: 'EUR',
          }).then(
            ({ status }) => status,
            (error: unknown) => (error instanceof AppError ? error.code : String(error)),
          ),
        ),
      )
      const counted = Object.groupBy(outcomes, (outcome) => outcome)
      expect(Object.fromEntries(Object.entries(counted).map(([name, list]) => [name, list?.length]))).toEqual(
        {
          completed: 1,
          EXECUTION_TOKEN_REPLAYED: CALLERS - 1,
        },
      )
      const after = await countRows(server)
      expect(after.purchase_orders! - before.purchase_orders!).toBe(1)
      expect(after.effects! - before.effects!).toBe(1)
      expect(after.events! - before.events!).toBe(2)
      const kinds = (await client.events(runId)).map(({ kind }: { kind: string }) => kind)
      expect(kinds.slice(-2)).toEqual(['effect_intended', 'effect_completed'])
    }
  })
})
