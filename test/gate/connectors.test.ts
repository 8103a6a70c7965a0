import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { PurchaseOrder } from '../../src/engine/purchase/connector.ts'
import { recoverPurchases } from '../../src/engine/purchase/execute-purchase.ts'
import { createHttpConnector } from '../../src/engine/purchase/http-connector.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import {
  countRows,
  expectError,
  expectStatus,
  fresh,
  type PurchaseClient,
  purchaseClient,
} from './purchase-client.ts'
import { openShop, type Shop } from './shop.ts'

describe.each(DATABASES)('the book connector on %s', (database) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ database })
  })
  afterAll(() => server.close())

  test('it writes one row per idempotency key, whoever asks and how often', async () => {
    const { purchaseConnector } = server.app.http
    const order: PurchaseOrder = {
      tenantId: 'default',
      idempotencyKey: fresh('exec'),
      purchase: { amount: 0.1, currency: 'EUR', merchant: null },
    }
    expect(await purchaseConnector.query(order)).toMatchObject({ outcome: 'not-done' })
    const answers = await Promise.all(Array.from({ length: 10 }, () => purchaseConnector.perform(order)))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(await purchaseConnector.query(order)).toEqual(answers[0])
    expect((await countRows(server)).purchase_orders).toBe(1)
    const rows = await server.app.kernel.database.asOwner((session) =>
      session.query('SELECT tenant_id, amount, currency, merchant FROM purchase_orders'),
    )
    expect(rows).toEqual([{ tenant_id: 'default', amount: '0.1', currency: 'EUR', merchant: null }])
  })
})

describe.each(DATABASES)('the http connector on %s', (database) => {
  let shop: Shop
  let server: TestServer
  let client: PurchaseClient
  beforeAll(async () => {
    shop = await openShop()
    server = await startTestServer({
      database,
      settings: {
        PURCHASE_WEBHOOK_URL: shop.url,
        PURCHASE_WEBHOOK_ALLOW_PRIVATE: 'true',
        PURCHASE_WEBHOOK_TIMEOUT_MS: '100',
      },
    })
    client = purchaseClient(server)
  })
  afterAll(async () => {
    await server.close()
    await shop.close()
  })
  beforeEach(() => {
    shop.orders.length = 0
  })

  const stepsOf = async (runId: string) =>
    (await client.events(runId)).map(({ kind }: { kind: string }) => kind).slice(-2)

  test('a purchase is posted once with its idempotency key, and the answer is kept', async () => {
    shop.answer((_request, response) => response.writeHead(201).end('{"order":"shop-7"}'))
    const { token, runId } = await client.mintedPurchase({ merchant: 'Acme' })
    const done = expectStatus(await client.execute(token, { amount: 250 }), 200)
    expect(shop.orders).toEqual([
      { key: done.execution_id, body: { amount: 250, currency: 'EUR', merchant: 'Acme' } },
    ])
    expect(done.result).toEqual({ connector: 'http', status: 201, answer: '{"order":"shop-7"}' })
    expect(await stepsOf(runId)).toEqual(['effect_intended', 'effect_completed'])
    expect((await countRows(server)).purchase_orders).toBe(0)
  })

  test.each([400, 402, 422])(
    'an answer %i means it was not done, and the decision is not run again',
    async (status) => {
      shop.answer((_request, response) => response.writeHead(status).end('no money'))
      const { token, runId, decisionId } = await client.mintedPurchase()
      const failed = expectStatus(await client.execute(token, { amount: 250 }), 502)
      expect(failed).toMatchObject({ status: 'failed', decision_id: decisionId })
      expect(failed.result.error).toContain(`HTTP ${status}: no money`)
      expect(await stepsOf(runId)).toEqual(['effect_intended', 'effect_failed'])
      expectError(await client.execute(token, { amount: 250 }), 403, 'EXECUTION_TOKEN_REPLAYED')
      expectError(await client.mint(decisionId), 409, 'EXECUTION_DECISION_ALREADY_EXECUTED')
      expect(shop.orders).toHaveLength(1)
    },
  )

  const doubts: [string, Parameters<Shop['answer']>[0]][] = [
    ['an answer 500', (_request, response) => response.writeHead(500).end()],
    ['an answer 503', (_request, response) => response.writeHead(503).end()],
    ['an answer 409', (_request, response) => response.writeHead(409).end()],
    ['a redirect', (_request, response) => response.writeHead(307, { location: '/elsewhere' }).end()],
    ['no answer in time', () => {}],
    ['a connection that breaks off', (request) => request.socket.destroy()],
    [
      'an answer that breaks off',
      (request, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{')
        setImmediate(() => request.socket.destroy())
      },
    ],
  ]
  test.each(doubts)(
    '%s leaves the purchase in doubt everywhere, and it is never sent again',
    async (_name, handler) => {
      shop.answer(handler)
      const { token, runId, decisionId } = await client.mintedPurchase()
      const doubtful = expectStatus(await client.execute(token, { amount: 250 }), 202)
      expect(doubtful).toMatchObject({ status: 'in_doubt', decision_id: decisionId, executed_at: null })
      const { execution_id } = doubtful

      const last = (await client.journal(runId)).at(-1)
      expect(last).toMatchObject({ event_type: 'error', title: 'purchase.create is in doubt' })
      const listed = expectStatus(await client.get('/v1/executions?status=in_doubt'), 200).executions
      expect(listed.map((execution: { execution_id: string }) => execution.execution_id)).toContain(
        execution_id,
      )
      expect(expectStatus(await client.decision(decisionId), 200).execution).toMatchObject({
        execution_id,
        status: 'in_doubt',
        finished_at: null,
      })

      expectError(await client.execute(token, { amount: 250 }), 403, 'EXECUTION_TOKEN_REPLAYED')
      expectError(await client.mint(decisionId), 409, 'EXECUTION_DECISION_ALREADY_EXECUTED')
      await recoverPurchases(server.app.kernel, [server.app.http.purchaseConnector], Date.now() + 1000)
      expect(shop.orders).toHaveLength(1)
      expect(await stepsOf(runId)).toEqual(['effect_intended', 'effect_in_doubt'])
    },
  )

  test('what is in doubt is settled by hand once, with the reason in the journal', async () => {
    for (const outcome of ['completed', 'failed'] as const) {
      shop.answer((_request, response) => response.writeHead(500).end())
      const { token, runId, decisionId } = await client.mintedPurchase()
      const { execution_id } = expectStatus(await client.execute(token, { amount: 250 }), 202)
      const settle = (body: object) => client.post(`/v1/executions/${execution_id}/settle`, body)
      expectError(await settle({ outcome: 'in_doubt', reason: 'x' }), 422, 'REQUEST_VALIDATION_ERROR')
      expectError(await settle({ outcome }), 422, 'REQUEST_VALIDATION_ERROR')
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => settle({ outcome, reason: 'the shop confirmed by telephone' })),
      )
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409])
      expect(answers.find(({ status }) => status === 200)!.body).toMatchObject({
        execution_id,
        status: outcome,
      })
      expectError(await settle({ outcome, reason: 'again' }), 409, 'EFFECT_ALREADY_FINISHED')
      expect((await client.journal(runId)).at(-1)).toMatchObject({
        details: 'the shop confirmed by telephone',
        event_type: outcome === 'completed' ? 'action' : 'error',
      })
      expect(expectStatus(await client.decision(decisionId), 200).execution.status).toBe(outcome)
    }
    const unknown = await client.post('/v1/executions/exec_unknown/settle', {
      outcome: 'failed',
      reason: 'x',
    })
    expectError(unknown, 404, 'EFFECT_NOT_FOUND')
  })
})

describe('the http connector by itself', () => {
  const order: PurchaseOrder = {
    tenantId: 'default',
    idempotencyKey: 'exec_1',
    purchase: { amount: 1, currency: 'EUR', merchant: null },
  }
  const connect = (url: string, allowPrivateAddress = false) =>
    createHttpConnector({ url, timeoutMs: 1000, allowPrivateAddress })

  test.each([
    '127.0.0.1',
    'localhost',
    '[::1]',
    '10.1.2.3',
    '169.254.169.254',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
  ])('it refuses to reach %s unless that was allowed, and nothing is sent', async (host) => {
    const shop = await openShop()
    try {
      const answer = await connect(`http://${host}:${new URL(shop.url).port}/`).perform(order)
      expect(answer).toEqual({
        outcome: 'not-done',
        error: expect.stringContaining('PURCHASE_WEBHOOK_ALLOW_PRIVATE=true'),
      })
      expect(shop.orders).toEqual([])
    } finally {
      await shop.close()
    }
  })

  test('a shop that nobody listens for was certainly not reached', async () => {
    const shop = await openShop()
    await shop.close()
    expect(await connect(shop.url, true).perform(order)).toEqual({
      outcome: 'not-done',
      error: expect.stringContaining('ECONNREFUSED'),
    })
  })

  test('asked about an earlier attempt it knows nothing and sends nothing', async () => {
    const shop = await openShop()
    try {
      expect(await connect(shop.url, true).query(order)).toMatchObject({ outcome: 'unknown' })
      expect(shop.orders).toEqual([])
    } finally {
      await shop.close()
    }
  })
})
