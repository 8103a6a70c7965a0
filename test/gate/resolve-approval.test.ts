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

describe.each(DATABASES)('resolving an approval on %s', (database) => {
  let server: TestServer
  let client: PurchaseClient
  beforeAll(async () => {
    server = await startTestServer({ database })
    client = purchaseClient(server)
  })
  afterAll(() => server.close())

  const resolved = (decision: 'approved' | 'rejected', more: object) => ({
    status: 'resolved',
    event_id: expect.stringMatching(new RegExp(`^apr_.+_${decision}_\\d{8}T\\d{6,}Z$`)),
    decision,
    resolved_at: expect.stringMatching(isoPattern),
    run_status: decision === 'approved' ? 'approved' : 'stopped',
    votes: decision === 'approved' ? 1 : 0,
    required_approvals: 1,
    orchestration: { applied: false, event_ids: [] },
    timing: {
      target_ms: 1000,
      approval_to_state_update_ms: expect.any(Number),
      within_target: expect.any(Boolean),
      orchestration_receipt_gap_ms: null,
      state_transition: decision === 'approved' ? 'paused->approved' : 'paused->stopped',
    },
    ...more,
  })

  test.each(['approved', 'rejected'] as const)(
    'by decision: %s answers the documented body',
    async (decision) => {
      const { decisionId, runId, eventId } = await client.pendingPurchase()
      const body = expectStatus(await client.resolve(decisionId, decision, { reason: 'checked' }), 200)
      expect(body).toEqual(
        resolved(decision, { target_event_id: eventId, run_id: runId, decision_id: decisionId }),
      )
      const { approval_to_state_update_ms: took, within_target } = body.timing
      expect(Number.isInteger(took)).toBe(true)
      expect(within_target).toBe(took <= 1000)
    },
  )

  test.each(['approved', 'rejected'] as const)(
    'by event: %s answers the same without a decision id',
    async (decision) => {
      const runId = fresh('run')
      const asked = gate(runId)
      await client.ingest(asked)
      const body = expectStatus(await client.resolveEvent(asked.id, decision), 200)
      expect(body).toEqual(resolved(decision, { target_event_id: asked.id, run_id: runId }))
      expect(body.event_id).toContain(`apr_${asked.id}_${decision}_`)
    },
  )

  test('a registered decision can be resolved through the event route', async () => {
    const { decisionId, eventId } = await client.pendingPurchase()
    expectStatus(await client.resolveEvent(eventId), 200)
    expect(expectStatus(await client.decision(decisionId), 200).status).toBe('approved')
    expectStatus(await client.mint(decisionId), 200)
  })

  test.each(['approved', 'rejected'] as const)(
    '%s is an approval_resolved receipt behind the gate',
    async (decision) => {
      const runId = fresh('run')
      const asked = gate(runId, { confidence: 0.6 }, { decision_id: fresh('dec') })
      await client.ingest(asked)
      const body = expectStatus(await client.resolveEvent(asked.id, decision, { reason: 'checked' }), 200)
      const [first, second] = await client.events(runId)
      expect(first.payload.approval).toMatchObject({ status: 'pending', resolved_by: null })
      expect(second.payload).toEqual({
        id: body.event_id,
        run_id: runId,
        timestamp: body.resolved_at,
        type: 'approval_resolved',
        actor: 'human',
        title: `Approval ${decision}`,
        details: 'checked',
        confidence: 0.6,
        risk_level: 'high',
        requires_approval: true,
        approval: {
          status: decision,
          decision_id: (asked.approval as { decision_id: string }).decision_id,
          requested_by: 'agent',
          resolved_by: 'human_123',
          resolved_at: body.resolved_at,
          reason: 'checked',
        },
        evidence: [],
        meta: {
          workflow: 'approval_gate',
          step: decision === 'approved' ? 'approval_approved' : 'approval_rejected',
        },
      })
      expect(second.authenticated_as).toBe('local')
      const journal = await client.journal(runId)
      expect(journal[1].approval_context).toEqual({
        requires_approval: true,
        status: decision,
        requested_by: 'agent',
        resolved_by: 'human_123',
        resolved_at: body.resolved_at,
        reason: 'checked',
      })
    },
  )

  test('without a reason the receipt says who answered, and a null reason is none', async () => {
    const { decisionId, runId } = await client.pendingPurchase()
    expectStatus(await client.resolve(decisionId, 'approved', { approver_id: '  ana  ', reason: null }), 200)
    const events = await client.events(runId)
    expect(events[1].payload).toMatchObject({
      details: 'Approval approved by ana',
      approval: { resolved_by: 'ana', reason: null },
    })
  })

  test('a resolution sorts last even behind events of the future', async () => {
    const runId = fresh('run')
    const asked = gate(runId, { timestamp: '2031-01-01T00:00:00Z' })
    await client.ingest(asked)
    const body = expectStatus(await client.resolveEvent(asked.id), 200)
    expect(body.resolved_at).toBe('2031-01-01T00:00:00.001Z')
    expect((await client.events(runId)).at(-1)).toMatchObject({ id: body.event_id, integrity_warning: false })
  })

  test('a rejection stops the run: it takes no more events', async () => {
    const { decisionId, runId } = await client.pendingPurchase()
    expectStatus(await client.resolve(decisionId, 'rejected'), 200)
    expect(expectStatus(await client.status(runId), 200)).toEqual({
      run_id: runId,
      status: 'stopped',
      pending_approval: null,
    })
    const late = await client.post('/v1/events', receipt(runId, { timestamp: '2031-01-01T00:00:00Z' }))
    expect(expectError(late, 409, 'BUSINESS_RULE_VIOLATION').details[0]!.rule_id).toBe('RULE-GATE-005')
  })

  test('RULE-GATE-004, RULE-GATE-007: both faults of a resolution come at once', async () => {
    const { decisionId } = await client.pendingPurchase()
    const sent = { decision: 'maybe', approver_id: '   ' }
    const expected = {
      error: {
        code: 'REQUEST_VALIDATION_ERROR',
        message: 'Approval request payload failed validation',
        rule_ids: ['RULE-GATE-004', 'RULE-GATE-007'],
        details: [
          {
            path: 'approver_id',
            message: 'String should have at least 1 character',
            type: 'string_too_short',
            code: 'MISSING_APPROVER_ID',
          },
          {
            path: 'decision',
            message: "Input should be 'approved' or 'rejected'",
            type: 'literal_error',
            code: 'INVALID_APPROVAL_DECISION',
          },
        ],
      },
    }
    for (const path of [`/v1/approvals/decisions/${decisionId}`, `/v1/approvals/${fresh('evt')}`]) {
      const answer = await client.post(path, sent)
      expect({ status: answer.status, body: answer.body }).toEqual({ status: 422, body: expected })
    }
    expect(expectStatus(await client.decision(decisionId), 200).status).toBe('pending')
  })

  test.each([
    [{ approver_id: 'a' }, 'decision', 'missing', 'MISSING_APPROVAL_DECISION', ['RULE-GATE-004']],
    [
      { decision: 1, approver_id: 'a' },
      'decision',
      'literal_error',
      'INVALID_APPROVAL_DECISION',
      ['RULE-GATE-004'],
    ],
    [{ decision: 'approved' }, 'approver_id', 'missing', 'MISSING_APPROVER_ID', ['RULE-GATE-007']],
    [
      { decision: 'approved', approver_id: '' },
      'approver_id',
      'string_too_short',
      'MISSING_APPROVER_ID',
      ['RULE-GATE-007'],
    ],
    [
      { decision: 'approved', approver_id: 5 },
      'approver_id',
      'string_type',
      'INVALID_APPROVER_ID',
      ['RULE-GATE-007'],
    ],
    [
      { decision: 'approved', approver_id: 'a', reason: 5 },
      'reason',
      'string_type',
      'REQUEST_VALIDATION_ERROR',
      [],
    ],
  ])('the fault of %j is named', async (body, path, type, code, rules) => {
    const error = expectError(
      await client.post(`/v1/approvals/decisions/${fresh('dec')}`, body),
      422,
      'REQUEST_VALIDATION_ERROR',
    )
    expect(error.rule_ids).toEqual(rules)
    expect(error.details).toEqual([{ path, type, code, message: expect.any(String) }])
  })

  test('an unknown target is 404 on both routes', async () => {
    const [decisionId, eventId] = [fresh('dec'), fresh('evt')]
    const byDecision = await client.resolve(decisionId)
    expect({ status: byDecision.status, body: byDecision.body }).toEqual({
      status: 404,
      body: {
        error: {
          code: 'APPROVAL_NOT_FOUND',
          message: 'Approval target not found',
          details: [
            {
              path: 'decision_id',
              message: `Approval decision '${decisionId}' was not found`,
              type: 'not_found',
              code: 'APPROVAL_NOT_FOUND',
            },
          ],
        },
      },
    })
    const byEvent = expectError(await client.resolveEvent(eventId), 404, 'APPROVAL_NOT_FOUND')
    expect(byEvent.details[0]).toMatchObject({
      path: 'event_id',
      message: `Approval target event '${eventId}' was not found`,
    })
    expect(byEvent.rule_ids).toBeUndefined()
    expectError(await client.decision(decisionId), 404, 'APPROVAL_NOT_FOUND')
  })

  test('an authorized decision has no approval until one is registered', async () => {
    const { decision_id } = expectStatus(await client.authorize({ amount: 500 }), 200)
    expectError(await client.decision(decision_id), 404, 'APPROVAL_NOT_FOUND')
    expectError(await client.resolve(decision_id), 404, 'APPROVAL_NOT_FOUND')
  })

  test('an event id of several runs is ambiguous, whatever the state of its gates', async () => {
    const eventId = fresh('evt')
    const [first, second] = [fresh('run'), fresh('run')]
    await client.ingest(gate(first, { id: eventId }))
    await client.ingest(receipt(second, { id: eventId }))
    const expected = {
      error: {
        code: 'AMBIGUOUS_EVENT_ID',
        message: 'Event ID maps to multiple runs',
        details: [
          {
            path: 'event_id',
            message: `Event ID '${eventId}' exists in multiple runs`,
            type: 'state_conflict',
            code: 'AMBIGUOUS_EVENT_ID',
          },
        ],
      },
    }
    const open = await client.resolveEvent(eventId)
    expect({ status: open.status, body: open.body }).toEqual({ status: 409, body: expected })
    await client.ingest(resolution(first))
    expect((await client.resolveEvent(eventId)).body).toEqual(expected)
    expect(await client.events(first)).toHaveLength(2)
  })

  test('a decision id with several gates is ambiguous, and neither is resolved', async () => {
    const decisionId = fresh('dec')
    for (const runId of [fresh('run'), fresh('run')]) {
      await client.ingest(gate(runId, {}, { decision_id: decisionId }))
    }
    expectError(await client.resolve(decisionId), 409, 'AMBIGUOUS_EVENT_ID')
    expectError(await client.decision(decisionId), 409, 'AMBIGUOUS_EVENT_ID')
  })

  test('an event that is no gate has no pending approval', async () => {
    const event = receipt(fresh('run'))
    await client.ingest(event)
    const answer = await client.resolveEvent(event.id)
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 409,
      body: {
        error: {
          code: 'NO_PENDING_APPROVAL',
          message: 'No pending approval for target event',
          rule_ids: ['RULE-GATE-002'],
          details: [
            {
              path: 'event_id',
              message: `Event '${event.id}' is not the currently pending approval`,
              type: 'state_conflict',
              code: 'NO_PENDING_APPROVAL',
            },
          ],
        },
      },
    })
  })

  test('a resolved gate is a duplicate by event and by decision, even while another one is open', async () => {
    const runId = fresh('run')
    const first = gate(runId, {}, { decision_id: fresh('dec') })
    await client.ingest(first)
    expectStatus(await client.resolveEvent(first.id), 200)
    await client.ingest(gate(runId, { timestamp: '2031-01-01T00:00:00Z' }))
    const byEvent = await client.resolveEvent(first.id, 'rejected')
    expect({ status: byEvent.status, body: byEvent.body }).toEqual({
      status: 409,
      body: {
        error: {
          code: 'DUPLICATE_APPROVAL',
          message: 'Approval already resolved',
          rule_ids: ['RULE-GATE-003'],
          details: [
            {
              path: 'event_id',
              message: `Approval for event '${first.id}' has already been resolved`,
              type: 'state_conflict',
              code: 'DUPLICATE_APPROVAL',
            },
          ],
        },
      },
    })
    const { decision_id } = first.approval as { decision_id: string }
    const byDecision = expectError(await client.resolve(decision_id), 409, 'DUPLICATE_APPROVAL')
    expect(byDecision.details[0]).toMatchObject({
      path: 'decision_id',
      message: `Approval for decision '${decision_id}' has already been resolved`,
    })
    expect(expectStatus(await client.status(runId), 200).status).toBe('paused')
  })

  test('a gate that a raw event resolved is a duplicate as well', async () => {
    const runId = fresh('run')
    const asked = gate(runId)
    await client.ingest(asked)
    await client.ingest(resolution(runId))
    expectError(await client.resolveEvent(asked.id), 409, 'DUPLICATE_APPROVAL')
  })

  test('of two open gates in one inconsistent run neither is the pending one', async () => {
    const runId = fresh('run')
    const gates = [gate(runId), gate(runId)]
    for (const each of gates) await client.ingest(each)
    for (const { id } of gates) expectError(await client.resolveEvent(id), 409, 'NO_PENDING_APPROVAL')
    expect(await client.events(runId)).toHaveLength(2)
  })

  test('a gate is named by its id even when that must be percent-encoded', async () => {
    const asked = gate(fresh('run'), { id: `evt/ä?#%2F ${fresh('x')}` })
    await client.ingest(asked)
    expect(expectStatus(await client.resolveEvent(asked.id), 200).target_event_id).toBe(asked.id)
  })
})
