import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DATABASES } from '../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import {
  expectError,
  expectStatus,
  fresh,
  gate,
  type PurchaseClient,
  purchaseClient,
  resolution,
} from './purchase-client.ts'

describe.each(DATABASES)('what unlocks a token on %s', (database) => {
  let server: TestServer
  let client: PurchaseClient
  beforeAll(async () => {
    server = await startTestServer({ database })
    client = purchaseClient(server)
  })
  afterAll(() => server.close())

  test('a resolution sent as a raw event counts for status and unlocks nothing', async () => {
    const { decisionId, runId } = await client.pendingPurchase()
    await client.ingest(resolution(runId, { timestamp: '2031-01-01T00:00:00Z' }, { decision_id: decisionId }))
    expect(expectStatus(await client.status(runId), 200).status).toBe('approved')
    expectError(await client.mint(decisionId), 409, 'EXECUTION_DECISION_NOT_APPROVED')
  })

  test('a raw gate and a raw resolution of an authorized decision unlock nothing', async () => {
    const { decision_id } = expectStatus(await client.authorize({ amount: 500 }), 200)
    const runId = fresh('run')
    await client.ingest(gate(runId, {}, { decision_id }))
    expectError(await client.mint(decision_id), 409, 'EXECUTION_DECISION_NOT_APPROVED')
    await client.ingest(resolution(runId, {}, { decision_id }))
    expect(expectStatus(await client.decision(decision_id), 200)).toMatchObject({
      status: 'approved',
      authoritative: false,
    })
    expectError(await client.mint(decision_id), 409, 'EXECUTION_DECISION_NOT_APPROVED')
  })

  test('a raw gate binds nothing: a principal may answer it, and that unlocks nothing', async () => {
    const { decision_id } = expectStatus(await client.authorize({ amount: 500, merchant: 'Acme' }), 200)
    const asked = gate(fresh('run'), {}, { decision_id })
    await client.ingest(asked)
    const { approvals } = expectStatus(await client.get('/v1/approvals/pending'), 200)
    expect(approvals.find(({ event_id }: { event_id: string }) => event_id === asked.id)).toMatchObject({
      payload: null,
      decision: null,
    })
    expectStatus(await client.resolve(decision_id), 200)
    expect(expectStatus(await client.decision(decision_id), 200)).toMatchObject({
      status: 'approved',
      authoritative: false,
      payload: null,
    })
    expectError(await client.mint(decision_id), 409, 'EXECUTION_DECISION_NOT_APPROVED')
  })

  test('a raw gate that names a registered decision does not stand in its way', async () => {
    const { decisionId, eventId } = await client.pendingPurchase()
    const decoy = gate(fresh('run'), {}, { decision_id: decisionId })
    await client.ingest(decoy)
    expect(expectStatus(await client.resolve(decisionId), 200).target_event_id).toBe(eventId)
    expectStatus(await client.mint(decisionId), 200)
    expectStatus(await client.resolveEvent(decoy.id, 'rejected'), 200)
    expect(expectStatus(await client.decision(decisionId), 200).status).toBe('approved')
  })

  test('an approver who says which payload they saw is never taken to have approved another', async () => {
    const { decisionId } = await client.pendingPurchase()
    const { payload_sha256 } = expectStatus(await client.decision(decisionId), 200)
    const other = await client.resolve(decisionId, 'approved', { payload_sha256: '0'.repeat(64) })
    expectError(other, 409, 'EXECUTION_PAYLOAD_MISMATCH')
    expect(expectStatus(await client.decision(decisionId), 200).status).toBe('pending')
    expectStatus(await client.resolve(decisionId, 'approved', { payload_sha256 }), 200)
  })

  test('a raw gate of a decision that nobody authorized unlocks nothing, approved or not', async () => {
    const decisionId = fresh('dec')
    await client.ingest(gate(fresh('run'), {}, { decision_id: decisionId }))
    expectStatus(await client.resolve(decisionId), 200)
    expectError(await client.mint(decisionId), 404, 'APPROVAL_NOT_FOUND')
  })

  test('an approval that shows no payload unlocks nothing and says why', async () => {
    const { decision_id } = expectStatus(await client.register({}), 200)
    expectStatus(await client.resolve(decision_id), 200)
    const { details } = expectError(await client.mint(decision_id), 409, 'EXECUTION_DECISION_NOT_APPROVED')
    expect(details[0]!.message).toContain('authorize')
  })
})
