import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DATABASES } from '../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import {
  countRows,
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

describe.each(DATABASES)('registering an approval on %s', (database) => {
  let server: TestServer
  let client: PurchaseClient
  beforeAll(async () => {
    server = await startTestServer({ database })
    client = purchaseClient(server)
  })
  afterAll(() => server.close())

  test('a registration answers what was registered', async () => {
    const [decisionId, runId] = [fresh('dec'), fresh('run')]
    const body = expectStatus(await client.register({ decision_id: decisionId, run_id: runId }), 200)
    expect(body).toEqual({
      status: 'registered',
      decision_id: decisionId,
      event_id: expect.stringMatching(/^evt_/),
      run_id: runId,
      approval_status: 'pending',
      payload_sha256: null,
      required_approvals: 1,
      expires_at: expect.stringMatching(isoPattern),
    })
  })

  test('a registration is an approval_requested receipt that carries the decision id', async () => {
    const [decisionId, runId] = [fresh('dec'), fresh('run')]
    const { event_id } = expectStatus(
      await client.register({ decision_id: decisionId, run_id: runId, reason: 'Too much' }),
      200,
    )
    const events = await client.events(runId)
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({ id: event_id, run_id: runId, integrity_warning: false })
    expect(events[0].payload).toEqual({
      id: event_id,
      run_id: runId,
      timestamp: expect.stringMatching(isoPattern),
      type: 'approval_requested',
      actor: 'agent',
      title: 'Approval required',
      details: 'Purchase amount exceeds threshold',
      confidence: null,
      risk_level: 'high',
      requires_approval: true,
      approval: {
        status: 'pending',
        decision_id: decisionId,
        requested_by: 'agent',
        resolved_by: null,
        resolved_at: null,
        reason: 'Too much',
      },
      evidence: [],
      meta: { workflow: 'approval_gate', step: 'approval_requested' },
    })
    expect(expectStatus(await client.status(runId), 200)).toEqual({
      run_id: runId,
      status: 'paused',
      pending_approval: {
        event_id,
        requested_by: 'agent',
        requested_at: events[0].timestamp,
        reason: 'Too much',
      },
    })
  })

  test('without a reason the run says the details', async () => {
    const runId = fresh('run')
    expectStatus(await client.register({ run_id: runId, reason: undefined }), 200)
    const { pending_approval } = expectStatus(await client.status(runId), 200)
    expect(pending_approval.reason).toBe('Purchase amount exceeds threshold')
  })

  test('members that are not known are ignored and texts are trimmed', async () => {
    const runId = fresh('run')
    const body = expectStatus(
      await client.register({ run_id: ` ${runId} `, title: '  Buy it ', surprise: { deep: 1 } }),
      200,
    )
    expect(body.run_id).toBe(runId)
    expect((await client.events(runId))[0].payload.title).toBe('Buy it')
  })

  test('a time newer than the clock does not make the request late', async () => {
    const runId = fresh('run')
    await client.ingest(receipt(runId, { timestamp: '2031-01-01T00:00:00Z' }))
    expectStatus(await client.register({ run_id: runId }), 200)
    const events = await client.events(runId)
    expect(events[1].payload).toMatchObject({
      type: 'approval_requested',
      timestamp: '2031-01-01T00:00:00.001Z',
    })
    expect(events[1].integrity_warning).toBe(false)
  })

  test.each([
    ['decision_id', 'missing', undefined],
    ['run_id', 'missing', undefined],
    ['requested_by', 'missing', undefined],
    ['title', 'missing', undefined],
    ['details', 'missing', undefined],
    ['risk_level', 'missing', undefined],
    ['decision_id', 'string_too_short', ' '],
    ['run_id', 'string_too_short', ''],
    ['requested_by', 'string_too_short', '\t'],
    ['decision_id', 'string_type', 7],
    ['details', 'string_type', null],
    ['reason', 'string_type', 5],
    ['run_id', 'string_too_long', 'r'.repeat(10_000)],
    ['expires_at', 'datetime_parsing', 'tomorrow'],
    ['expires_at', 'value_error', '2031-01-01T00:00:00'],
    ['expires_at', 'value_error', '2001-01-01T00:00:00Z'],
  ])(
    'RULE-less fault: %s that is %s is refused, and nothing stands in the log',
    async (member, type, value) => {
      const before = await countRows(server)
      const error = expectError(await client.register({ [member]: value }), 422, 'REQUEST_VALIDATION_ERROR')
      expect(error.message).toBe('Approval request payload failed validation')
      expect(error.rule_ids).toEqual([])
      expect(error.details).toEqual([
        { path: member, type, message: expect.any(String), code: 'REQUEST_VALIDATION_ERROR' },
      ])
      expect(await countRows(server)).toEqual(before)
    },
  )

  test('a risk level of another name is refused with all names', async () => {
    const error = expectError(await client.register({ risk_level: 'huge' }), 422, 'REQUEST_VALIDATION_ERROR')
    expect(error.details).toEqual([
      {
        path: 'risk_level',
        type: 'literal_error',
        message: "Input should be 'low', 'medium' or 'high'",
        code: 'REQUEST_VALIDATION_ERROR',
      },
    ])
  })

  test('all faults come at once, sorted by path', async () => {
    const error = expectError(
      await client.post('/v1/approvals/requests', { risk_level: 1 }),
      422,
      'REQUEST_VALIDATION_ERROR',
    )
    expect(error.details.map(({ path }) => path)).toEqual([
      'decision_id',
      'details',
      'requested_by',
      'risk_level',
      'run_id',
      'title',
    ])
  })

  const duplicate = (decisionId: string, pending: boolean) => ({
    error: {
      code: 'DUPLICATE_APPROVAL',
      message: pending ? 'Approval already pending' : 'Approval already resolved',
      rule_ids: ['RULE-GATE-003'],
      details: [
        {
          path: 'decision_id',
          message: `Approval for decision '${decisionId}' ${pending ? 'is already pending' : 'has already been resolved'}`,
          type: 'state_conflict',
          code: 'DUPLICATE_APPROVAL',
        },
      ],
    },
  })

  test('RULE-GATE-003: a decision is registered once, in whichever run, and the second leaves no trace', async () => {
    const decisionId = fresh('dec')
    const [runId, otherRun] = [fresh('run'), fresh('run')]
    expectStatus(await client.register({ decision_id: decisionId, run_id: runId }), 200)
    const again = await client.register({ decision_id: decisionId, run_id: otherRun })
    expect({ status: again.status, body: again.body }).toEqual({
      status: 409,
      body: duplicate(decisionId, true),
    })
    expectError(await client.status(otherRun), 404, 'RUN_NOT_FOUND')
  })

  test.each(['approved', 'rejected'])(
    'RULE-GATE-003: a decision that was %s is not registered again',
    async (decision) => {
      const decisionId = fresh('dec')
      expectStatus(await client.register({ decision_id: decisionId }), 200)
      expectStatus(await client.resolve(decisionId, decision), 200)
      const again = await client.register({ decision_id: decisionId })
      expect({ status: again.status, body: again.body }).toEqual({
        status: 409,
        body: duplicate(decisionId, false),
      })
    },
  )

  test('RULE-GATE-003: a raw gate that carries the decision id counts, pending and resolved', async () => {
    const [decisionId, runId] = [fresh('dec'), fresh('run')]
    await client.ingest(gate(runId, {}, { decision_id: decisionId }))
    expect((await client.register({ decision_id: decisionId })).body).toEqual(duplicate(decisionId, true))
    await client.ingest(resolution(runId, {}, { decision_id: decisionId }))
    expect((await client.register({ decision_id: decisionId })).body).toEqual(duplicate(decisionId, false))
  })

  test('a receipt that mentions the decision without asking does not count', async () => {
    const decisionId = fresh('dec')
    await client.ingest(
      receipt(fresh('run'), { approval: { status: 'not_required', decision_id: decisionId } }),
    )
    expectStatus(await client.register({ decision_id: decisionId }), 200)
  })

  test('of 30 registrations of one decision at once, exactly one is accepted', async () => {
    const decisionId = fresh('dec')
    const before = await countRows(server)
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => client.register({ decision_id: decisionId, run_id: fresh('run') })),
    )
    const accepted = answers.filter(({ status }) => status === 200)
    expect(accepted).toHaveLength(1)
    for (const answer of answers) {
      if (answer !== accepted[0]) expectError(answer, 409, 'DUPLICATE_APPROVAL')
    }
    const after = await countRows(server)
    expect(after.events! - before.events!).toBe(1)
    expect(after.approvals! - before.approvals!).toBe(1)
  })

  test('of 30 decisions registered in one run at once, exactly one gate opens', async () => {
    const runId = fresh('run')
    const answers = await Promise.all(Array.from({ length: 30 }, () => client.register({ run_id: runId })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      const { details } = expectError(answer, 409, 'BUSINESS_RULE_VIOLATION')
      expect(details[0]).toMatchObject({ rule_id: 'RULE-GATE-001', code: 'DUPLICATE_PENDING_APPROVAL' })
    }
    expect(expectStatus(await client.status(runId), 200).status).toBe('paused')
    expect(await client.events(runId)).toHaveLength(1)
  })

  test('RULE-GATE-005: a finished run takes no registration', async () => {
    const completed = fresh('run')
    await client.ingest(receipt(completed, { type: 'summary' }))
    const stopped = fresh('run')
    const { decision_id } = expectStatus(await client.register({ run_id: stopped }), 200)
    expectStatus(await client.resolve(decision_id, 'rejected'), 200)
    for (const runId of [completed, stopped]) {
      const events = await client.events(runId)
      const error = expectError(await client.register({ run_id: runId }), 409, 'BUSINESS_RULE_VIOLATION')
      expect(error.rule_ids).toEqual(['RULE-GATE-005'])
      expect(error.details).toEqual([
        {
          path: 'workflow_status',
          message: expect.stringContaining(runId),
          type: 'state_conflict',
          code: 'TERMINAL_STATE_CONFLICT',
          rule_id: 'RULE-GATE-005',
        },
      ])
      expect(await client.events(runId)).toEqual(events)
    }
    expectStatus(await client.get('/v1/approvals/pending'), 200)
  })

  test('a run that waits, one that was rejected and one that is inconsistent take no registration', async () => {
    const waiting = fresh('run')
    await client.ingest(gate(waiting))
    const rejected = fresh('run')
    await client.ingest(gate(rejected))
    await client.ingest(resolution(rejected, {}, { status: 'rejected' }))
    const inconsistent = fresh('run')
    await client.ingest(gate(inconsistent))
    await client.ingest(gate(inconsistent))
    for (const [runId, code] of [
      [waiting, 'DUPLICATE_PENDING_APPROVAL'],
      [rejected, 'REJECTED_STATE_CONFLICT'],
      [inconsistent, 'DUPLICATE_PENDING_APPROVAL'],
    ] as const) {
      const events = await client.events(runId)
      const error = expectError(await client.register({ run_id: runId }), 409, 'BUSINESS_RULE_VIOLATION')
      expect(error.details[0]!.code).toBe(code)
      expect(await client.events(runId)).toEqual(events)
    }
  })
})
