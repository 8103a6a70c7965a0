import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DATABASES } from '../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import {
  countRows,
  expectError,
  expectStatus,
  isoPattern,
  type PurchaseClient,
  purchaseClient,
  resolution,
} from './purchase-client.ts'

describe.each(DATABASES)('resolving an approval at the same time on %s', (database) => {
  let server: TestServer
  let client: PurchaseClient
  beforeAll(async () => {
    server = await startTestServer({ database })
    client = purchaseClient(server)
  })
  afterAll(() => server.close())

  test('of 20 resolutions of one gate at once one wins and 19 are duplicates', async () => {
    const { decisionId, runId, eventId } = await client.pendingPurchase()
    const before = await countRows(server)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 ? client.resolve(decisionId) : client.resolveEvent(eventId),
      ),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expectError(answer, 409, 'DUPLICATE_APPROVAL')
    }
    expect(await client.events(runId)).toHaveLength(2)
    const after = await countRows(server)
    expect(after.approval_votes! - before.approval_votes!).toBe(1)
  })

  test('approvals against rejections of one gate: one wins and every reader agrees with it', async () => {
    for (let round = 0; round < 5; round++) {
      const { decisionId, runId } = await client.pendingPurchase()
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          client.resolve(decisionId, index % 2 ? 'approved' : 'rejected'),
        ),
      )
      const winners = answers.filter(({ status }) => status === 200)
      expect(winners).toHaveLength(1)
      for (const answer of answers) {
        if (answer !== winners[0]) expectError(answer, 409, 'DUPLICATE_APPROVAL')
      }
      const { decision, event_id } = winners[0]!.body
      const view = expectStatus(await client.decision(decisionId), 200)
      expect(view).toMatchObject({ status: decision, resolved_event_id: event_id })
      const { status } = expectStatus(await client.status(runId), 200)
      expect(status).toBe(decision === 'approved' ? 'approved' : 'stopped')
      expect((await client.mint(decisionId)).status).toBe(decision === 'approved' ? 200 : 409)
    }
  })

  test('a raw resolution and one by a principal at once: the run is resolved once', async () => {
    const { decisionId, runId } = await client.pendingPurchase()
    const raw = resolution(runId, { timestamp: '2031-01-01T00:00:00Z' }, { decision_id: decisionId })
    const [byApi, byEvent] = await Promise.all([client.resolve(decisionId), client.post('/v1/events', raw)])
    expect([byApi!.status, byEvent!.status].sort()).toEqual([expect.toBeOneOf([200, 201]), 409])
    expect(await client.events(runId)).toHaveLength(2)
    expect((await client.mint(decisionId)).status).toBe(byApi!.status === 200 ? 200 : 409)
  })

  test.each(['approved', 'rejected'])('the life of a decision that was %s can be read', async (decision) => {
    const { decisionId, runId, eventId } = await client.pendingPurchase({ merchant: 'Acme' })
    const pending = expectStatus(await client.decision(decisionId), 200)
    expect(pending).toEqual({
      decision_id: decisionId,
      run_id: runId,
      status: 'pending',
      requested_event_id: eventId,
      resolved_event_id: null,
      requested_at: expect.stringMatching(isoPattern),
      resolved_at: null,
      requested_by: 'agent',
      resolved_by: null,
      authenticated_as: null,
      authoritative: true,
      reason: 'Amount above configured EUR threshold',
      action: 'purchase.create',
      payload: { amount: 250, currency: 'EUR', merchant: 'Acme' },
      payload_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      required_approvals: 1,
      expires_at: expect.stringMatching(isoPattern),
      votes: [],
      execution: null,
    })
    const done = expectStatus(await client.resolve(decisionId, decision, { reason: 'because' }), 200)
    expect(expectStatus(await client.decision(decisionId), 200)).toEqual({
      ...pending,
      status: decision,
      resolved_event_id: done.event_id,
      resolved_at: done.resolved_at,
      resolved_by: 'human_123',
      authenticated_as: 'local',
      reason: 'because',
      votes:
        decision === 'approved'
          ? [{ principal_id: 'local', approver: 'human_123', voted_at: expect.stringMatching(isoPattern) }]
          : [],
    })
  })
})
