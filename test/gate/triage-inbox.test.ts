import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DATABASES } from '../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import {
  countRows,
  expectError,
  expectStatus,
  fresh,
  gate,
  type PurchaseClient,
  purchaseClient,
} from './purchase-client.ts'

const RESET = '/v1/demo/triage_inbox/reset-seed'
const RUN = 'run_triage_inbox_demo_1'
const GATE = 'evt_triage_inbox_003'

describe.each(DATABASES)('the triage_inbox demo on %s', (database) => {
  let server: TestServer
  let client: PurchaseClient
  beforeAll(async () => {
    server = await startTestServer({ database })
    client = purchaseClient(server)
  })
  afterAll(() => server.close())
  const reset = async () => expectStatus(await client.post(RESET), 200)

  test('before the first reset there is no such run', async () => {
    expectError(await client.status(RUN), 404, 'RUN_NOT_FOUND')
    expectError(await client.resolveEvent(GATE), 404, 'APPROVAL_NOT_FOUND')
  })

  test('a reset seeds three events that wait for a human', async () => {
    expect(await reset()).toEqual({
      status: 'seeded',
      workflow: 'triage_inbox',
      run_id: RUN,
      event_count: 3,
      seeded_event_ids: ['evt_triage_inbox_001', 'evt_triage_inbox_002', GATE],
    })
    const events = await client.events(RUN)
    const seeded = (id: string, timestamp: string, type: string, risk_level: string, step: string) => ({
      payload: {
        id,
        run_id: RUN,
        timestamp,
        type,
        risk_level,
        evidence: [expect.anything()],
        meta: { workflow: 'triage_inbox', step },
      },
    })
    expect(events).toMatchObject([
      seeded('evt_triage_inbox_001', '2026-02-16T08:00:00Z', 'intent', 'low', 'start'),
      seeded('evt_triage_inbox_002', '2026-02-16T08:00:10Z', 'action', 'medium', 'draft_response'),
      seeded(GATE, '2026-02-16T08:00:20Z', 'approval_requested', 'high', 'approval_gate'),
    ])
    expect(expectStatus(await client.status(RUN), 200)).toMatchObject({
      run_id: RUN,
      status: 'paused',
      pending_approval: { event_id: GATE },
    })
  })

  test('approving completes the run with an action and a summary, after each of several resets', async () => {
    for (let go = 0; go < 3; go++) {
      await reset()
      const body = expectStatus(await client.resolveEvent(GATE), 200)
      expect(body).toMatchObject({
        status: 'resolved',
        target_event_id: GATE,
        run_id: RUN,
        decision: 'approved',
        run_status: 'completed',
        orchestration: { applied: true, event_ids: ['evt_triage_inbox_004', 'evt_triage_inbox_005'] },
        timing: {
          target_ms: 1000,
          orchestration_receipt_gap_ms: 2,
          state_transition: 'paused->completed',
        },
      })
      const events = await client.events(RUN)
      expect(events).toHaveLength(6)
      const [resolved, resumed, completed] = events.slice(3)
      expect(resolved.id).toBe(body.event_id)
      expect(resumed.payload).toMatchObject({ type: 'action', meta: { step: 'resume_after_approval' } })
      expect(completed.payload).toMatchObject({ type: 'summary', meta: { step: 'run_completed' } })
      const at = (event: { timestamp: string }) => Date.parse(event.timestamp)
      expect([at(resumed) - at(resolved), at(completed) - at(resolved)]).toEqual([1, 2])
      expect(expectStatus(await client.status(RUN), 200)).toEqual({
        run_id: RUN,
        status: 'completed',
        pending_approval: null,
      })
      const journal = await client.journal(RUN)
      expect(journal).toHaveLength(6)
      expect(journal[5]).toMatchObject({
        entry_id: `jrnl_${RUN}_0006`,
        payload_ref: { run_id: RUN, event_id: 'evt_triage_inbox_005' },
      })
      expectError(await client.resolveEvent(GATE), 409, 'DUPLICATE_APPROVAL')
    }
  })

  test('rejecting stops the run and appends nothing more', async () => {
    await reset()
    const body = expectStatus(await client.resolveEvent(GATE, 'rejected'), 200)
    expect(body).toMatchObject({
      run_status: 'stopped',
      orchestration: { applied: false, event_ids: [] },
      timing: { orchestration_receipt_gap_ms: null, state_transition: 'paused->stopped' },
    })
    expect(await client.events(RUN)).toHaveLength(4)
  })

  test('of ten approvals of the demo at once one goes on, once', async () => {
    await reset()
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.resolveEvent(GATE)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await client.events(RUN)).toHaveLength(6)
  })

  test('another gate of the demo run, and other runs, are not orchestrated', async () => {
    const asked = gate(fresh('run'))
    await client.ingest(asked)
    expect(expectStatus(await client.resolveEvent(asked.id), 200).orchestration).toEqual({
      applied: false,
      event_ids: [],
    })
    await reset()
    await client.ingest({
      ...gate(RUN, { timestamp: '2026-02-16T07:00:00Z' }),
      type: 'observation',
      requires_approval: false,
      approval: { status: 'not_required' },
    })
    expect(await client.events(RUN)).toHaveLength(4)
  })

  test('a reset erases nothing and touches no other run', async () => {
    const { decisionId, runId } = await client.pendingPurchase()
    const before = await countRows(server)
    await reset()
    const after = await countRows(server)
    expect(after.events! - before.events!).toBe(3)
    expect(after.run_heads! - before.run_heads!).toBe(1)
    expect(await client.events(RUN)).toHaveLength(3)
    expect(expectStatus(await client.status(runId), 200).status).toBe('paused')
    expect(expectStatus(await client.decision(decisionId), 200).status).toBe('pending')
  })

  test('a run that only looks like a later go of the demo does not hide it', async () => {
    await reset()
    await client.ingest(gate(`${RUN}~999`))
    expect(await client.events(RUN)).toHaveLength(3)
    await reset()
    expect(expectStatus(await client.resolveEvent(GATE), 200).run_status).toBe('completed')
  })

  test('resets at the same time leave one readable demo run that can be approved', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => client.post(RESET)))
    for (const { status } of answers) expect([200, 409]).toContain(status)
    expect(await client.events(RUN)).toHaveLength(3)
    expect(expectStatus(await client.resolveEvent(GATE), 200).run_status).toBe('completed')
  })

  test('when the run cannot go on after the approval the caller and the journal are told', async () => {
    await reset()
    const { ledger } = server.app.kernel
    const append = ledger.append
    let failing = true
    ledger.append = (tenantId, runId, decide) => {
      if (failing && runId.startsWith(RUN)) {
        failing = false
        return Promise.reject(new Error('disk full'))
      }
      return append(tenantId, runId, decide)
    }
    try {
      const answer = await client.resolveEvent(GATE)
      expect({ status: answer.status, body: answer.body }).toEqual({
        status: 500,
        body: {
          error: {
            code: 'STORAGE_WRITE_ERROR',
            message: 'Failed to persist event',
            details: [
              {
                path: 'storage',
                message: 'triage_inbox orchestration append failed',
                type: 'storage_failure',
                code: 'STORAGE_APPEND_FAILED',
              },
            ],
          },
        },
      })
    } finally {
      ledger.append = append
    }
    expect(expectStatus(await client.status(RUN), 200).status).toBe('stopped')
    const last = (await client.events(RUN)).at(-1)
    expect(last).toMatchObject({
      id: expect.stringMatching(/^evt_triage_inbox_err_/),
      payload: { type: 'error', actor: 'system', risk_level: 'high', meta: { step: 'run_stopped' } },
    })
  })
})

test('in production the demo does not exist', async () => {
  const server = await startTestServer({
    settings: { NODE_ENV: 'production', AUTH_SECRET: 'x'.repeat(48) },
  })
  try {
    const { access_token } = expectStatus(
      await server.post('/api/v1/auth/register', {
        email: 'ana@example.com',
        password: 'correct horse battery',
        name: 'Ana',
      }),
      201,
    )
    const headers = { authorization: `Bearer ${access_token}` }
    expectError(await server.post(RESET, undefined, { headers }), 404, 'NOT_FOUND')
    expect((await countRows(server)).events).toBe(0)
  } finally {
    await server.close()
  }
})
