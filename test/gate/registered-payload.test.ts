import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

describe.each(DATABASES)('what a registration binds on %s', (database) => {
  let server: TestServer
  let client: PurchaseClient
  beforeAll(async () => {
    server = await startTestServer({ database })
    client = purchaseClient(server)
  })
  afterAll(() => server.close())

  test('the payload that authorize recorded is bound without being sent', async () => {
    const decided = expectStatus(await client.authorize({ amount: 101, merchant: 'Acme' }), 200)
    const registered = expectStatus(await client.register({ decision_id: decided.decision_id }), 200)
    expect(registered.payload_sha256).toBe(decided.payload_sha256)
    const view = expectStatus(await client.decision(decided.decision_id), 200)
    expect(view).toMatchObject({
      action: 'purchase.create',
      payload: { amount: 101, currency: 'EUR', merchant: 'Acme' },
      payload_sha256: decided.payload_sha256,
    })
  })

  test('a registration may repeat the authorized payload and not change it', async () => {
    const decided = expectStatus(await client.authorize({ amount: 101, merchant: 'Acme' }), 200)
    const before = await countRows(server)
    const changed = await client.register({
      decision_id: decided.decision_id,
      payload: { amount: 1, currency: 'EUR', merchant: 'Acme' },
    })
    expectError(changed, 409, 'EXECUTION_PAYLOAD_MISMATCH')
    expect(await countRows(server)).toEqual(before)
    expectStatus(
      await client.register({
        decision_id: decided.decision_id,
        payload: { amount: 101, currency: 'EUR', merchant: 'Acme' },
      }),
      200,
    )
  })

  test.each([
    ['payload.amount', { currency: 'EUR' }],
    ['payload.amount', { amount: -1, currency: 'EUR' }],
    ['payload.currency', { amount: 1, currency: 'USD' }],
    ['payload.note', { amount: 1, currency: 'EUR', note: 'x' }],
  ])('a payload that is no purchase is refused at %s', async (path, payload) => {
    const error = expectError(await client.register({ payload }), 422, 'REQUEST_VALIDATION_ERROR')
    expect(error.details.map((detail) => detail.path)).toEqual([path])
  })

  test('a payload under an id that only authorize gives is refused, under an id of the caller it is authorized', async () => {
    const payload = { amount: 250, currency: 'EUR', merchant: 'Acme' }
    const before = await countRows(server)
    const forged = await client.register({ decision_id: 'dec_0123456789abcdef', payload })
    expectError(forged, 409, 'DECISION_NOT_AUTHORIZED')
    expect(await countRows(server)).toEqual(before)
    const [decisionId, runId] = [fresh('own'), fresh('run')]
    expectStatus(await client.register({ decision_id: decisionId, run_id: runId, payload }), 200)
    expect((await client.events(runId)).map(({ kind }: { kind: string }) => kind)).toEqual([
      'decision_recorded',
      'approval_requested',
    ])
  })

  test('a decision that policy denied cannot be brought before a human', async () => {
    const approved = await client.mintedPurchase()
    expectStatus(await client.execute(approved.token, { amount: 250 }), 200)
    const spent = expectStatus(
      await client.authorize({ amount: 30, request_id: 'once', run_id: fresh('run') }),
      200,
    )
    const { execution_token } = expectStatus(await client.mint(spent.decision_id), 200)
    expectStatus(await client.execute(execution_token, { amount: 30 }), 200)
    const again = expectStatus(
      await client.authorize({ amount: 30, request_id: 'once', run_id: spent.run_id }),
      200,
    )
    expect(again).toMatchObject({
      decision_id: spent.decision_id,
      state: 'deny',
      reason_code: 'ALREADY_EXECUTED',
    })
    expectError(await client.register({ decision_id: spent.decision_id }), 409, 'DECISION_DENIED')
  })
})
