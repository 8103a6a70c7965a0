import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DATABASES } from '../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import {
  expectError,
  expectStatus,
  fresh,
  gate,
  isoPattern,
  type PurchaseClient,
  purchaseClient,
  receipt,
  resolution,
} from './purchase-client.ts'

const PENDING = '/v1/approvals/pending'

describe.each(DATABASES)('the list of pending approvals on %s', (database) => {
  let server: TestServer
  let client: PurchaseClient
  beforeAll(async () => {
    server = await startTestServer({ database })
    client = purchaseClient(server)
  })
  afterAll(() => server.close())

  const idsOf = (body: { approvals: { event_id: string }[] }) =>
    body.approvals.map(({ event_id }) => event_id)

  test('it is empty at first, and says so', async () => {
    expect(expectStatus(await client.get(PENDING), 200)).toEqual({ pending_count: 0, approvals: [] })
    expect(expectStatus(await client.get(`${PENDING}?on_inconsistent=report`), 200)).toEqual({
      pending_count: 0,
      approvals: [],
      inconsistent_runs: [],
    })
  })

  test('RULE-GATE-009: by time of request to the nanosecond, then by event id; resolved ones are gone', async () => {
    const suffix = fresh('x')
    const at = (id: string, timestamp: string) => gate(fresh('run'), { id: `evt_${id}_${suffix}`, timestamp })
    const gates = [
      at('e', '2026-02-14T13:01:00.000000002Z'),
      at('d', '2026-02-14T13:01:00.000000001Z'),
      at('c', '2026-02-14T14:00:30+01:00'),
      at('b', '2026-02-14T13:01:00Z'),
      at('a', '2026-02-14T13:01:00Z'),
      at('resolved', '2026-02-14T12:00:00Z'),
    ]
    for (const each of gates) await client.ingest(each)
    await client.ingest(resolution(gates[5]!.run_id))
    const body = expectStatus(await client.get(PENDING), 200)
    expect(body.pending_count).toBe(5)
    expect(idsOf(body)).toEqual(['c', 'a', 'b', 'd', 'e'].map((id) => `evt_${id}_${suffix}`))
    expect(expectStatus(await client.get(PENDING), 200)).toEqual(body)
  })

  test('a raw gate shows what it said', async () => {
    const asked = gate(fresh('run'), {}, { reason: 'Over the limit', decision_id: 'dec_shown' })
    await client.ingest(asked)
    const { approvals } = expectStatus(await client.get(PENDING), 200)
    expect(approvals.find(({ event_id }: { event_id: string }) => event_id === asked.id)).toEqual({
      event_id: asked.id,
      run_id: asked.run_id,
      decision_id: 'dec_shown',
      requested_at: '2026-02-14T13:01:00Z',
      requested_by: 'agent',
      title: 'Approval required',
      details: 'Transfer exceeds policy threshold',
      reason: 'Over the limit',
      risk_level: 'high',
      action: null,
      payload: null,
      payload_sha256: null,
      required_approvals: 1,
      forbid_self_approval: false,
      expires_at: null,
      votes: [],
      decision: null,
    })
  })

  test('a registered decision shows exactly what will run and why policy asked', async () => {
    const { decisionId, runId, eventId } = await client.pendingPurchase({ amount: 777, merchant: 'Acme' })
    const { approvals } = expectStatus(await client.get(PENDING), 200)
    expect(approvals.find(({ event_id }: { event_id: string }) => event_id === eventId)).toMatchObject({
      run_id: runId,
      decision_id: decisionId,
      requested_at: expect.stringMatching(isoPattern),
      action: 'purchase.create',
      payload: { amount: 777, currency: 'EUR', merchant: 'Acme' },
      payload_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      decision: {
        effect: 'require_approval',
        reason_code: 'AMOUNT_ABOVE_THRESHOLD',
        matches: [{ policy_id: 'builtin.purchase_above_threshold', outcome: 'matched' }],
      },
    })
  })

  test.each([
    '?on_inconsistent=hide',
    '?on_inconsistent=',
    '?surprise=1',
    '?on_inconsistent=fail&on_inconsistent=report',
  ])('the query %s is refused', async (query) => {
    expectError(await client.get(PENDING + query), 422, 'REQUEST_VALIDATION_ERROR')
  })

  test('one inconsistent run makes the list fail loudly; report lists the sound ones and names it', async () => {
    const sound = gate(fresh('run'))
    await client.ingest(sound)
    const before = idsOf(expectStatus(await client.get(PENDING), 200))
    const broken = fresh('run')
    await client.ingest(gate(broken, { timestamp: '2026-02-14T13:10:00Z' }))
    await client.ingest(gate(broken, { timestamp: '2026-02-14T13:20:00Z' }))

    const failing = await client.get(PENDING)
    expect({ status: failing.status, body: failing.body }).toEqual({
      status: 409,
      body: {
        error: {
          code: 'INCONSISTENT_RUN_STATE',
          message: 'Run events contain inconsistent approval state',
          details: [
            {
              path: 'approval',
              message: expect.stringContaining(broken),
              type: 'state_conflict',
              code: 'DUPLICATE_PENDING_APPROVAL',
            },
          ],
        },
      },
    })
    expectError(await client.get(`${PENDING}?on_inconsistent=fail`), 409, 'INCONSISTENT_RUN_STATE')
    const report = expectStatus(await client.get(`${PENDING}?on_inconsistent=report`), 200)
    expect(idsOf(report)).toEqual(before)
    expect(report.inconsistent_runs).toEqual([
      { run_id: broken, code: 'DUPLICATE_PENDING_APPROVAL', message: expect.any(String) },
    ])
  })
})

describe.each(DATABASES)('pending approvals of two tenants on %s', (database) => {
  let server: TestServer
  let first: PurchaseClient
  let second: PurchaseClient
  beforeAll(async () => {
    server = await startTestServer({ database, settings: { AUTH_SECRET: 'x'.repeat(48) } })
    const register = async (name: string) => {
      const { access_token } = expectStatus(
        await server.post('/api/v1/auth/register', {
          email: `${name}@example.com`,
          password: 'correct horse battery',
          name,
        }),
        201,
      )
      return purchaseClient(server, { headers: { authorization: `Bearer ${access_token}` } })
    }
    first = await register('ana')
    second = await register('ben')
  })
  afterAll(() => server.close())

  test('an inconsistent run of one tenant does not take the list of another down', async () => {
    const runId = fresh('run')
    const waiting = gate(runId)
    await second.ingest(waiting)
    const broken = fresh('run')
    await first.ingest(gate(broken))
    await first.ingest(gate(broken))
    expectError(await first.get(PENDING), 409, 'INCONSISTENT_RUN_STATE')
    const body = expectStatus(await second.get(`${PENDING}?on_inconsistent=report`), 200)
    expect(body.approvals.map(({ event_id }: { event_id: string }) => event_id)).toEqual([waiting.id])
    expect(body.inconsistent_runs).toEqual([])
  })

  test('the same event id in two tenants is not ambiguous, and the same request has two decision ids', async () => {
    const eventId = fresh('evt')
    const [runA, runB] = [fresh('run'), fresh('run')]
    await first.ingest(gate(runA, { id: eventId }))
    await second.ingest(gate(runB, { id: eventId }))
    expect(expectStatus(await first.resolveEvent(eventId), 200).run_id).toBe(runA)
    expect(expectStatus(await second.status(runB), 200).status).toBe('paused')

    const context = { amount: 300, request_id: fresh('req') }
    const decided = [await first.authorize(context), await second.authorize(context)].map(
      (answer) => expectStatus(answer, 200).decision_id,
    )
    expect(decided[0]).not.toBe(decided[1])
  })

  test('an approval, a run, a token and an event of another tenant are not found, and nothing changes', async () => {
    const { decisionId, runId, eventId, token } = await first.mintedPurchase()
    const before = await first.events(runId)
    expectError(await second.decision(decisionId), 404, 'APPROVAL_NOT_FOUND')
    expectError(await second.resolve(decisionId), 404, 'APPROVAL_NOT_FOUND')
    expectError(await second.resolveEvent(eventId), 404, 'APPROVAL_NOT_FOUND')
    expectError(await second.mint(decisionId), 404, 'APPROVAL_NOT_FOUND')
    expectError(
      await second.get(`/v1/approvals/decisions/${decisionId}/audit-export`),
      404,
      'APPROVAL_NOT_FOUND',
    )
    expectError(await second.status(runId), 404, 'RUN_NOT_FOUND')
    expectError(await second.get(`/v1/runs/${runId}/journal`), 404, 'RUN_NOT_FOUND')
    expectError(await second.get(`/v1/runs/${runId}/export`), 404, 'RUN_NOT_FOUND')
    expect(await second.events(runId)).toEqual([])
    await second.ingest(receipt(runId))
    expect(await first.events(runId)).toEqual(before)
    expect(token).toBeTypeOf('string')
  })
})
