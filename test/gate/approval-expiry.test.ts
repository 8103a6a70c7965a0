import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expireApprovals } from '../../src/kernel/approvals/expire-approvals.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { createTestClock, startTestServer, type TestServer } from '../harness/start-test-server.ts'
import {
  expectError,
  expectStatus,
  fresh,
  type PurchaseClient,
  purchaseClient,
  receipt,
} from './purchase-client.ts'

const WEEK_MS = 604_800_000

describe.each(DATABASES)('the expiry of approvals on %s', (database) => {
  const clock = createTestClock()
  let server: TestServer
  let client: PurchaseClient
  beforeAll(async () => {
    server = await startTestServer({ database, clock })
    client = purchaseClient(server)
  })
  afterAll(() => server.close())

  const inMs = (ms: number) => new Date(clock.now() + ms).toISOString()
  const pendingUntil = async (ms: number) => {
    const { decision_id: decisionId } = expectStatus(await client.authorize({ amount: 250 }), 200)
    const runId = fresh('run')
    const registered = expectStatus(
      await client.register({ decision_id: decisionId, run_id: runId, expires_at: inMs(ms) }),
      200,
    )
    return { decisionId, runId, eventId: registered.event_id, expiresAt: registered.expires_at }
  }

  test('an approval expires after a week unless the registration wants it sooner', async () => {
    const byDefault = expectStatus(await client.register({}), 200)
    expect(byDefault.expires_at).toBe(inMs(WEEK_MS))
    expect(expectStatus(await client.register({ expires_at: inMs(60_000) }), 200).expires_at).toBe(
      inMs(60_000),
    )
    expect(expectStatus(await client.register({ expires_at: inMs(2 * WEEK_MS) }), 200).expires_at).toBe(
      inMs(WEEK_MS),
    )
  })

  test('an approval can be given until the last millisecond and not in the one it expires', async () => {
    const early = await pendingUntil(1000)
    const late = await pendingUntil(1000)
    clock.advance(999)
    expectStatus(await client.resolve(early.decisionId), 200)
    clock.advance(1)
    const error = expectError(await client.resolve(late.decisionId), 409, 'NO_PENDING_APPROVAL')
    expect(error.rule_ids).toEqual(['RULE-GATE-002'])
    expect(error.details).toEqual([
      {
        path: 'event_id',
        message: expect.stringContaining(late.expiresAt),
        type: 'state_conflict',
        code: 'APPROVAL_EXPIRED',
      },
    ])
  })

  test('what is overdue is expired everywhere, before and after the sweep writes its marker', async () => {
    const { decisionId, runId, eventId } = await pendingUntil(1000)
    const other = await pendingUntil(100_000)
    clock.advance(1000)
    const readersAgree = async () => {
      expect(expectStatus(await client.status(runId), 200)).toEqual({
        run_id: runId,
        status: 'expired',
        pending_approval: null,
      })
      expect(expectStatus(await client.decision(decisionId), 200)).toMatchObject({
        status: 'expired',
        resolved_event_id: null,
      })
      const { approvals } = expectStatus(await client.get('/v1/approvals/pending'), 200)
      const waiting = approvals.map((approval: { event_id: string }) => approval.event_id)
      expect(waiting).toContain(other.eventId)
      expect(waiting).not.toContain(eventId)
      for (const decision of ['approved', 'rejected']) {
        expectError(await client.resolve(decisionId, decision), 409, 'NO_PENDING_APPROVAL')
        expectError(await client.resolveEvent(eventId, decision), 409, 'NO_PENDING_APPROVAL')
      }
      expectError(await client.mint(decisionId), 409, 'EXECUTION_DECISION_NOT_APPROVED')
      expectError(await client.register({ decision_id: decisionId }), 409, 'DUPLICATE_APPROVAL')
      const work = receipt(runId, { timestamp: inMs(0) })
      expectError(await client.post('/v1/events', work), 409, 'BUSINESS_RULE_VIOLATION')
      expectError(await client.register({ run_id: runId }), 409, 'BUSINESS_RULE_VIOLATION')
    }
    await readersAgree()
    expect(await client.events(runId)).toHaveLength(1)

    await expireApprovals(server.app.kernel)
    await readersAgree()
    const events = await client.events(runId)
    expect(events[1].payload).toMatchObject({
      type: 'observation',
      actor: 'system',
      meta: { workflow: 'approval_gate', step: 'approval_expired' },
      approval: { decision_id: decisionId },
    })
    expect(await client.journal(runId)).toHaveLength(2)
  })

  test('sweeps at the same time, and later ones, write the marker once', async () => {
    const expiring = await Promise.all(Array.from({ length: 5 }, () => pendingUntil(1000)))
    clock.advance(1000)
    await Promise.all([
      expireApprovals(server.app.kernel),
      expireApprovals(server.app.kernel),
      expireApprovals(server.app.kernel),
    ])
    expect(await expireApprovals(server.app.kernel)).toBe(0)
    for (const { runId } of expiring) {
      expect((await client.events(runId)).map(({ kind }: { kind: string }) => kind)).toEqual([
        'approval_requested',
        'approval_expired',
      ])
    }
  })

  test('a sweep leaves alone what was resolved in time', async () => {
    const approved = await pendingUntil(1000)
    expectStatus(await client.resolve(approved.decisionId), 200)
    clock.advance(5000)
    await expireApprovals(server.app.kernel)
    expect(expectStatus(await client.decision(approved.decisionId), 200).status).toBe('approved')
    expect(await client.events(approved.runId)).toHaveLength(2)
    expectStatus(await client.mint(approved.decisionId), 200)
  })

  test('an approval against a sweep in its last moment: one of them wins and all agree', async () => {
    for (let round = 0; round < 5; round++) {
      const { decisionId, runId } = await pendingUntil(1000)
      clock.advance(999)
      const resolving = client.resolve(decisionId)
      clock.advance(1)
      const [answer] = await Promise.all([resolving, expireApprovals(server.app.kernel)])
      await expireApprovals(server.app.kernel)
      const { status } = expectStatus(await client.decision(decisionId), 200)
      expect(status).toBe(answer.status === 200 ? 'approved' : 'expired')
      expect(expectStatus(await client.status(runId), 200).status).toBe(status)
      expect(await client.events(runId)).toHaveLength(2)
    }
  })
})
