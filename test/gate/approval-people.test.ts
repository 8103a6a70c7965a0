import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DATABASES } from '../harness/open-test-database.ts'
import { createTestClock, startTestServer, type TestServer } from '../harness/start-test-server.ts'
import {
  AUTH_SETTINGS,
  approvalPolicy,
  type Person,
  signUp,
  signUpColleague,
  signUpNewcomer,
} from './people.ts'
import {
  expectError,
  expectStatus,
  fresh,
  gate,
  isoPattern,
  type PurchaseClient,
  receipt,
} from './purchase-client.ts'

describe.each(DATABASES)('approvals that policy wants of several people on %s', (database) => {
  let server: TestServer
  let ana: Person
  let ben: Person
  let agentOfAna: PurchaseClient
  let agentOfBen: PurchaseClient
  beforeAll(async () => {
    server = await startTestServer({ database, settings: AUTH_SETTINGS })
    ana = await signUp(server)
    ben = await signUpColleague(server)
    agentOfAna = await ana.withKey()
    agentOfBen = await ben.withKey()
    for (const policy of [
      approvalPolicy('Two', { required_approvals: 2 }),
      approvalPolicy('NotMine', { forbid_self_approval: true }),
      approvalPolicy('Both', { required_approvals: 2, forbid_self_approval: true }),
      approvalPolicy('Soon', { expires_in_seconds: 60 }),
    ]) {
      expectStatus(await ana.client.post('/api/v1/policies', policy), 201)
    }
  })
  afterAll(() => server.close())

  test('one of two votes leaves the gate open and says what is missing', async () => {
    const { decisionId, runId, eventId } = await agentOfAna.pendingPurchase({ merchant: 'Two' })
    const body = expectStatus(await ana.client.resolve(decisionId, 'approved', { approver_id: 'Ana' }), 200)
    expect(body).toMatchObject({
      status: 'vote_recorded',
      target_event_id: eventId,
      decision_id: decisionId,
      resolved_at: null,
      run_status: 'paused',
      votes: 1,
      required_approvals: 2,
      timing: { state_transition: 'paused->paused' },
    })
    expect(expectStatus(await ana.client.status(runId), 200).pending_approval.event_id).toBe(eventId)
    expect(expectStatus(await ana.client.decision(decisionId), 200)).toMatchObject({
      status: 'pending',
      votes: [{ principal_id: ana.id, approver: 'Ana', voted_at: expect.stringMatching(isoPattern) }],
    })
    expectError(await agentOfAna.mint(decisionId), 409, 'EXECUTION_DECISION_NOT_APPROVED')
  })

  test('the second person approves, and the token then buys', async () => {
    const { decisionId, runId } = await agentOfAna.pendingPurchase({ merchant: 'Two' })
    expectStatus(await ana.client.resolve(decisionId), 200)
    const body = expectStatus(await ben.client.resolve(decisionId), 200)
    expect(body).toMatchObject({ status: 'resolved', run_status: 'approved', votes: 2 })
    expect((await ana.client.events(runId)).map(({ kind }: { kind: string }) => kind)).toEqual([
      'approval_requested',
      'approval_vote_cast',
      'approval_resolved',
    ])
    const { execution_token } = expectStatus(await agentOfAna.mint(decisionId), 200)
    const headers = { authorization: `Bearer ${execution_token}` }
    expectStatus(
      await agentOfAna.post('/v1/executors/purchase.create', { amount: 250, currency: 'EUR' }, { headers }),
      200,
    )
  })

  test('the same person counts once, whatever name they send', async () => {
    const { decisionId } = await agentOfAna.pendingPurchase({ merchant: 'Two' })
    expectStatus(await ana.client.resolve(decisionId, 'approved', { approver_id: 'Ana' }), 200)
    const again = await ana.client.resolve(decisionId, 'approved', { approver_id: 'Somebody else' })
    expect(expectError(again, 409, 'DUPLICATE_APPROVAL').rule_ids).toEqual(['RULE-GATE-003'])
    expect(expectStatus(await ana.client.decision(decisionId), 200).status).toBe('pending')
  })

  test('keys are not people: three keys of one person, and a key of another, cast no vote', async () => {
    const { decisionId, runId } = await agentOfAna.pendingPurchase({ merchant: 'Two' })
    const keys = [agentOfAna, await ana.withKey(), await ana.withKey(), agentOfBen]
    for (const key of keys) {
      const { details } = expectError(await key.resolve(decisionId), 403, 'HUMAN_APPROVER_REQUIRED')
      expect(details[0]).toMatchObject({ path: 'approver_id', rule_id: 'RULE-GATE-004' })
      expectError(await key.resolve(decisionId, 'rejected'), 403, 'HUMAN_APPROVER_REQUIRED')
    }
    expect(await ana.client.events(runId)).toHaveLength(1)
  })

  test('twenty votes of two people at once: two count, one of them resolves', async () => {
    const { decisionId, runId } = await agentOfAna.pendingPurchase({ merchant: 'Two' })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? ana : ben).client.resolve(decisionId)),
    )
    const accepted = answers.filter(({ status }) => status === 200).map(({ body }) => body.status)
    expect(accepted.sort()).toEqual(['resolved', 'vote_recorded'])
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expectError(answer, 409, 'DUPLICATE_APPROVAL')
    }
    expect(await ana.client.events(runId)).toHaveLength(3)
  })

  test('one rejection closes a gate that wants two', async () => {
    const { decisionId } = await agentOfAna.pendingPurchase({ merchant: 'Two' })
    expectStatus(await ana.client.resolve(decisionId), 200)
    const body = expectStatus(await ana.client.resolve(decisionId, 'rejected'), 200)
    expect(body).toMatchObject({ status: 'resolved', run_status: 'stopped' })
    expectError(await ben.client.resolve(decisionId), 409, 'DUPLICATE_APPROVAL')
  })

  test('nobody approves what they or an agent of theirs asked for, and may still reject it', async () => {
    for (const asker of [ana.client, agentOfAna]) {
      const { decisionId } = await asker.pendingPurchase({ merchant: 'NotMine' })
      expectError(await ana.client.resolve(decisionId), 403, 'SELF_APPROVAL_FORBIDDEN')
      expect(expectStatus(await ana.client.decision(decisionId), 200).status).toBe('pending')
      expectStatus(await ben.client.resolve(decisionId), 200)
    }
    const { decisionId } = await agentOfAna.pendingPurchase({ merchant: 'NotMine' })
    expectStatus(await ana.client.resolve(decisionId, 'rejected'), 200)
  })

  test('two people besides the one who asked are needed where both are forbidden and wanted', async () => {
    const { decisionId } = await agentOfAna.pendingPurchase({ merchant: 'Both' })
    expectStatus(await ben.client.resolve(decisionId), 200)
    expectError(await ana.client.resolve(decisionId), 403, 'SELF_APPROVAL_FORBIDDEN')
    const cleo = await signUpColleague(server)
    expect(expectStatus(await cleo.client.resolve(decisionId), 200).status).toBe('resolved')
  })

  test('somebody who was just invited stands for whoever invited them, in both directions and through others', async () => {
    const second = await signUpNewcomer(server, 'admin', ana)
    const third = await signUpNewcomer(server, 'user', second)
    const sibling = await signUpNewcomer(server, 'user', ana)
    const refused = [
      [ana, second],
      [second, ana],
      [ana, third],
      [third, sibling],
    ] as const
    for (const [asker, approver] of refused) {
      const { decisionId } = await asker.client.pendingPurchase({ merchant: 'NotMine' })
      const { details } = expectError(await approver.client.resolve(decisionId), 403, 'DEPENDENT_APPROVER')
      expect(details[0]!.message).toContain(asker.id)
      expect(expectStatus(await ana.client.decision(decisionId), 200).status).toBe('pending')
      expectStatus(await ben.client.resolve(decisionId), 200)
    }
    const { decisionId } = await ben.client.pendingPurchase({ merchant: 'Two' })
    expectStatus(await second.client.resolve(decisionId), 200)
    expectError(await ana.client.resolve(decisionId), 403, 'DEPENDENT_APPROVER')
    expectError(await third.client.resolve(decisionId), 403, 'DEPENDENT_APPROVER')
    // A no needs no second person.
    expectStatus(await third.client.resolve(decisionId, 'rejected'), 200)
  })

  test('whoever was invited counts for themselves where they joined a day before the request, and not for an older one', async () => {
    const own = await startTestServer({ database, settings: AUTH_SETTINGS, clock: createTestClock() })
    const shift = (change: string) =>
      own.app.kernel.database.transaction('default', (session) => session.query(change))
    try {
      const admin = await signUp(own)
      const policy = approvalPolicy('NotMine', { forbid_self_approval: true })
      expectStatus(await admin.client.post('/api/v1/policies', policy), 201)
      const colleague = await signUpNewcomer(own, 'admin')
      const older = await admin.client.pendingPurchase({ merchant: 'NotMine' })
      await shift("UPDATE approvals SET requested_at = requested_at - interval '1 second'")
      await shift("UPDATE users SET created_at = created_at - interval '1 day'")
      const newer = await admin.client.pendingPurchase({ merchant: 'NotMine' })
      expectError(await colleague.client.resolve(older.decisionId), 403, 'DEPENDENT_APPROVER')
      expectStatus(await colleague.client.resolve(newer.decisionId), 200)
    } finally {
      await own.close()
    }
  })

  test('a raw gate is no way around the ban on self-approval', async () => {
    const { decision_id } = expectStatus(
      await agentOfAna.authorize({ amount: 300, merchant: 'NotMine' }),
      200,
    )
    await agentOfAna.ingest(gate(fresh('run'), {}, { decision_id }))
    expectStatus(await ana.client.resolve(decision_id), 200)
    expectError(await agentOfAna.mint(decision_id), 409, 'EXECUTION_DECISION_NOT_APPROVED')
  })

  test('a registration that skips authorize is no way around the terms of policy', async () => {
    for (const merchant of ['Two', 'NotMine']) {
      const decisionId = fresh('dec')
      const payload = { amount: 300, currency: 'EUR', merchant }
      const registered = expectStatus(await agentOfAna.register({ decision_id: decisionId, payload }), 200)
      expect(registered.required_approvals).toBe(merchant === 'Two' ? 2 : 1)
      expectError(await agentOfAna.resolve(decisionId), 403, 'HUMAN_APPROVER_REQUIRED')
      expectError(await agentOfAna.mint(decisionId), 409, 'EXECUTION_DECISION_NOT_APPROVED')
    }
  })

  test('the expiry that policy sets is shorter than the one of the installation', async () => {
    const { decisionId } = await agentOfAna.pendingPurchase({ merchant: 'Soon' })
    const view = expectStatus(await ana.client.decision(decisionId), 200)
    expect(Date.parse(view.expires_at) - Date.parse(view.requested_at)).toBeLessThanOrEqual(60_000)
  })

  test('a purchase that leaves out what a policy looks at is held to the strictest of them', async () => {
    const { decisionId } = await agentOfAna.pendingPurchase()
    expect(expectStatus(await ana.client.decision(decisionId), 200).required_approvals).toBe(2)
    expectError(await ana.client.resolve(decisionId), 403, 'SELF_APPROVAL_FORBIDDEN')
  })

  test('the approver in the body is a label; who approved is who signed in', async () => {
    const { decisionId, runId } = await agentOfAna.pendingPurchase({ merchant: 'Anybody' })
    expectStatus(await ben.client.resolve(decisionId, 'approved', { approver_id: 'The Pope' }), 200)
    expect(expectStatus(await ana.client.decision(decisionId), 200)).toMatchObject({
      resolved_by: 'The Pope',
      authenticated_as: ben.id,
    })
    expect((await ana.client.events(runId))[1].authenticated_as).toBe(ben.id)
  })

  test('a policy of people takes an event id as well as a decision id', async () => {
    const { eventId } = await agentOfAna.pendingPurchase({ merchant: 'Two' })
    expectError(await agentOfAna.resolveEvent(eventId), 403, 'HUMAN_APPROVER_REQUIRED')
    expect(expectStatus(await ana.client.resolveEvent(eventId), 200).status).toBe('vote_recorded')
    expect(expectStatus(await ben.client.resolveEvent(eventId), 200).status).toBe('resolved')
  })

  test('a vote is recorded in the run that waits, which goes on waiting', async () => {
    const { decisionId, runId } = await agentOfAna.pendingPurchase({ merchant: 'Two' })
    expectStatus(await ana.client.resolve(decisionId, 'approved', { reason: 'fine by me' }), 200)
    const entries = await ana.client.journal(runId)
    expect(entries[1]).toMatchObject({
      event_type: 'observation',
      title: 'Approval 1 of 2',
      details: 'fine by me',
    })
    await ana.client.ingest(receipt(runId, { timestamp: '2031-01-01T00:00:00Z' }))
    expect(expectStatus(await ana.client.status(runId), 200).status).toBe('paused')
  })
})

test('where nobody signs in, a policy of several people is refused with the reason', async () => {
  const server = await startTestServer()
  try {
    const person = await signUp(server)
    for (const terms of [{ required_approvals: 2 }, { forbid_self_approval: true }]) {
      const answer = await person.client.post('/api/v1/policies', approvalPolicy('Two', terms))
      const error = expectError(answer, 422, 'REQUEST_VALIDATION_ERROR')
      expect(error.details).toEqual([
        {
          path: 'rule_expr.approval',
          message: expect.stringContaining('AUTH_SECRET'),
          type: 'value_error',
          code: 'NEEDS_SIGNED_IN_PEOPLE',
        },
      ])
    }
    expectStatus(
      await person.client.post('/api/v1/policies', approvalPolicy('One', { required_approvals: 1 })),
      201,
    )
  } finally {
    await server.close()
  }
})
