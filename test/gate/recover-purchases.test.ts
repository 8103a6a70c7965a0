import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConnectorAnswer, PurchaseConnector } from '../../src/engine/purchase/connector.ts'
import { executePurchase, recoverPurchases } from '../../src/engine/purchase/execute-purchase.ts'
import { localAdministrator } from '../../src/http/authenticate.ts'
import { contextOf } from '../../src/http/http-context.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { expectError, expectStatus, type PurchaseClient, purchaseClient } from './purchase-client.ts'

describe.each(DATABASES)('recovering what a process left open on %s', (database) => {
  let server: TestServer
  let client: PurchaseClient
  beforeAll(async () => {
    server = await startTestServer({ database })
    client = purchaseClient(server)
  })
  afterAll(() => server.close())

  /** An execution whose process is gone: the connector was asked, and nobody heard the answer. */
  async function leaveOpen() {
    const { kernel, http } = server.app
    const { token, runId, decisionId } = await client.mintedPurchase()
    await new Promise<void>((resolve) => {
      const connector: PurchaseConnector = {
        ...http.purchaseConnector,
        perform() {
          resolve()
          return new Promise(() => {})
        },
      }
      const context = contextOf(kernel, localAdministrator())
      void executePurchase(context, connector, `Bearer ${token}`, { amount: 250, currency: 'EUR' })
    })
    return { runId, decisionId }
  }

  function connectorThatKnows(answer: ConnectorAnswer) {
    const calls: string[] = []
    const connector: PurchaseConnector = {
      name: 'book',
      perform: async () => {
        calls.push('perform')
        return answer
      },
      query: async () => {
        calls.push('query')
        return answer
      },
    }
    return { connector, calls }
  }

  test.each([
    ['done', { outcome: 'done', result: { order_id: 'order_1' } }, 'completed'],
    ['not done', { outcome: 'not-done', error: 'never arrived' }, 'failed'],
    ['unknown', { outcome: 'unknown', reason: 'nobody knows' }, 'in_doubt'],
  ] as const)(
    'what the connector says is %s is recorded so; it is asked once and never told to do it',
    async (_name, answer, status) => {
      const { runId, decisionId } = await leaveOpen()
      expect(expectStatus(await client.decision(decisionId), 200).execution.status).toBe('intended')
      const { connector, calls } = connectorThatKnows(answer as ConnectorAnswer)
      const { kernel } = server.app
      await Promise.all([
        recoverPurchases(kernel, [connector], Date.now() + 1000),
        recoverPurchases(kernel, [connector], Date.now() + 1000),
      ])
      await recoverPurchases(kernel, [connector], Date.now() + 1000)
      expect(calls).not.toContain('perform')
      expect(expectStatus(await client.decision(decisionId), 200).execution.status).toBe(status)
      const kinds = (await client.events(runId)).map(({ kind }: { kind: string }) => kind)
      expect(kinds.filter((kind: string) => /^effect_(completed|failed|in_doubt)$/.test(kind))).toHaveLength(
        1,
      )
    },
  )

  test('an effect that is younger than the limit is left to whoever is at work', async () => {
    const { decisionId } = await leaveOpen()
    const { connector, calls } = connectorThatKnows({ outcome: 'not-done', error: 'x' })
    await recoverPurchases(server.app.kernel, [connector], Date.now() - 60_000)
    expect(calls).toEqual([])
    expect(expectStatus(await client.decision(decisionId), 200).execution.status).toBe('intended')
  })

  test('what is still under way cannot be settled by hand; in doubt it can', async () => {
    const { decisionId } = await leaveOpen()
    const { execution_id } = expectStatus(await client.decision(decisionId), 200).execution
    const settle = () =>
      client.post(`/v1/executions/${execution_id}/settle`, { outcome: 'failed', reason: 'it never arrived' })
    expectError(await settle(), 409, 'EFFECT_UNDER_WAY')
    expect(expectStatus(await client.decision(decisionId), 200).execution.status).toBe('intended')
    const { connector } = connectorThatKnows({ outcome: 'unknown', reason: 'nobody knows' })
    await recoverPurchases(server.app.kernel, [connector], Date.now() + 1000)
    expect(expectStatus(await settle(), 200).status).toBe('failed')
  })

  test('an effect of a connector that is no longer configured is in doubt', async () => {
    const { decisionId } = await leaveOpen()
    await recoverPurchases(server.app.kernel, [], Date.now() + 1000)
    expect(expectStatus(await client.decision(decisionId), 200).execution).toMatchObject({
      status: 'in_doubt',
      result: { reason: expect.stringContaining("'book'") },
    })
  })
})
