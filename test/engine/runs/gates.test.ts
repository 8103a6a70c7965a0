import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expireApprovals } from '../../../src/kernel/approvals/expire-approvals.ts'
import { AUTH_SETTINGS, type Person, signUp, signUpColleague } from '../../gate/people.ts'
import { expectError, expectStatus, fresh, gate as rawGate, receipt } from '../../gate/purchase-client.ts'
import { DATABASES } from '../../harness/open-test-database.ts'
import { createTestClock, startTestServer, type TestServer } from '../../harness/start-test-server.ts'
import { expectRun, type Node, type RunClient, runClient, whenHappened } from './run-client.ts'
import { openToolServer, type ToolServer } from './tool-server.ts'

const gate = (id = 'gate', config: Record<string, unknown> = {}): Node => ({ id, type: 'human_gate', config })
const after: Node = { id: 'after', type: 'static', config: { value: 'went on' } }

describe.each(DATABASES)('runs and their gates on %s', (database) => {
  const clock = createTestClock()
  let server: TestServer
  let world: ToolServer
  let ana: Person
  let ben: Person
  let client: RunClient
  let colleague: RunClient
  beforeAll(async () => {
    world = await openToolServer()
    server = await startTestServer({
      database,
      clock,
      background: true,
      settings: { ...AUTH_SETTINGS, COUNTERSIGN_TOOL_ORIGINS: world.origin },
    })
    ana = await signUp(server)
    ben = await signUpColleague(server)
    client = runClient(server, { headers: ana.headers })
    colleague = runClient(server, { headers: ben.headers })
  })
  afterAll(async () => {
    await server.close()
    await world.close()
  })

  /** A workflow: a gate, then a call to the outside of which the world counts the effects. */
  async function gatedCall(config: Record<string, unknown> = {}) {
    const path = `/${fresh('path')}`
    const call: Node = {
      id: 'call',
      type: 'tool_node',
      config: { tool_id: await client.addTool(world.url(path)), input: { said: '$steps.gate.approval' } },
    }
    const id = await client.define([gate('gate', config), call], [['gate', 'call']])
    const run = await client.run(id, 'paused')
    return { run, path, decisionId: run.waiting.decision_id as string }
  }
  const ended = async (runId: string, status = 'completed') => {
    await whenHappened(server, runId, `run_${status}`)
    const run = await client.read(runId)
    expectRun(run, status)
    return run
  }

  test('the golden run completes, with every step, call and decision in its place', async () => {
    const run = expectStatus(
      await client.post('/workflows/demo_ticket_triage_v1/runs', {
        input: { hotel_id: 'VV-LISBON' },
        mode: 'draft',
      }),
      201,
    )
    expectRun(run, 'completed')
    expect(run.result).toMatchObject({ summary: '3 tickets triaged' })
    for (const ticket of run.result.tickets) {
      expect(ticket).toMatchObject({
        id: expect.any(String),
        subject: expect.any(String),
        status: expect.any(String),
        priority: expect.stringMatching(/^(low|normal|high|urgent)$/),
        action: expect.any(String),
      })
    }
    const events = await client.events(run.id)
    const kinds = events.map(({ kind, node_id }: { kind: string; node_id: string | null }) =>
      node_id ? `${kind} ${node_id}` : kind,
    )
    expect(kinds).toEqual([
      'run_started',
      'policy_eval',
      'step_started start',
      'step_completed start',
      'step_started fetch_tickets',
      'policy_eval fetch_tickets',
      'tool_call_intended fetch_tickets',
      'tool_call fetch_tickets',
      'step_completed fetch_tickets',
      'step_started triage',
      'policy_eval triage',
      'llm_call_intended triage',
      'llm_call triage',
      'step_completed triage',
      'run_completed',
    ])
    const of = (kind: string) => events.filter((event: { kind: string }) => event.kind === kind)
    expect(of('run_started')[0].payload).toMatchObject({
      workflow_id: 'demo_ticket_triage_v1',
      workflow_version: '1.0.0',
      input: { hotel_id: 'VV-LISBON' },
      mode: 'draft',
    })
    expect(of('tool_call')[0].payload).toMatchObject({ tool_id: 'ticketing.list_open', error: null })
    expect(of('llm_call')[0].payload).toMatchObject({ agent_id: 'agent.ticket_triage', provider: 'builtin' })
    for (const { payload } of of('policy_eval')) {
      expect(payload).toMatchObject({ effect: 'allow', result: 'allowed', reason_code: 'POLICY_NO_MATCH' })
    }
    expect(of('policy_eval').map(({ payload }: { payload: { action: string } }) => payload.action)).toEqual([
      'run_start',
      'tool_call',
      'workflow_execution',
    ])
    expect(events.map(({ seq }: { seq: number }) => seq)).toEqual(
      events.map((_: unknown, index: number) => index + 1),
    )
    const { entries } = expectStatus(await client.get(`/v1/runs/${run.id}/journal`), 200)
    expect(entries.length).toBeGreaterThan(0)
    const steps = await client.steps(run.id)
    expect(
      steps.map((step: { id: string; type: string; status: string }) => [step.id, step.type, step.status]),
    ).toEqual([
      ['start:1', 'static', 'completed'],
      ['fetch_tickets:1', 'tool', 'completed'],
      ['triage:1', 'agent', 'completed'],
    ])
  })

  describe('a human gate', () => {
    test('stops the run until somebody answers, and says what it waits for', async () => {
      const id = await client.define(
        [gate('gate', { title: 'Refund {{ $input.amount }}?', details: 'To {{ $input.to }}' }), after],
        [['gate', 'after']],
      )
      const run = await client.run(id, 'paused', { amount: 50, to: 'Ana' })
      expect(run).toMatchObject({
        result: null,
        finished_at: null,
        waiting: { for: 'approval', node_id: 'gate', reason: 'waits for a human: Refund 50?' },
      })
      const { approvals } = expectStatus(await client.get('/v1/approvals/pending'), 200)
      const pending = approvals.find((one: { run_id: string }) => one.run_id === run.id)
      expect(pending).toMatchObject({
        decision_id: run.waiting.decision_id,
        title: 'Refund 50?',
        details: 'To Ana',
      })
      expect(await client.kinds(run.id)).not.toContain('step_completed')
      expect((await client.steps(run.id))[0]).toMatchObject({
        status: 'pending',
        waiting_for: expect.any(String),
      })
    })

    test('approved by resuming: the run goes on with what the human said, and completes', async () => {
      const { run, path } = await gatedCall()
      const resumed = expectStatus(
        await client.resume(run.id, { approved: true, reason: 'fine', note: 7 }),
        200,
      )
      expectRun(resumed, 'completed')
      expect(world.effectsOf(path).map(({ body }) => body)).toEqual([
        { said: { approved: true, reason: 'fine', note: 7 } },
      ])
      const [{ by, cause, epoch }] = await client.payloads(run.id, 'run_resumed')
      expect({ by, cause, epoch }).toEqual({ by: ana.id, cause: 'approval', epoch: 2 })
      expect((await client.kinds(run.id)).filter((kind) => kind === 'run_started')).toHaveLength(1)
    })

    test('resuming without a body is approving', async () => {
      const { run } = await gatedCall()
      expectRun(expectStatus(await client.resume(run.id), 200), 'completed')
    })

    test('refused by resuming: the run ends, and what comes after the gate never runs', async () => {
      const { run, path } = await gatedCall()
      const refused = expectStatus(await client.resume(run.id, { approved: false, reason: 'no' }), 200)
      expect(refused).toMatchObject({
        status: 'failed',
        error: { error_type: 'approval_rejected', node_id: 'gate' },
      })
      expect(world.callsTo(path)).toEqual([])
      expect(await client.kinds(run.id)).toEqual(
        expect.arrayContaining(['error', 'step_failed', 'run_failed']),
      )
    })

    test('answered in the inbox: the run goes on by itself', async () => {
      const { run, path, decisionId } = await gatedCall()
      expectStatus(await client.answer(decisionId), 200)
      await ended(run.id)
      expect(world.effectsOf(path)).toHaveLength(1)
      const refused = await gatedCall()
      expectStatus(await client.answer(refused.decisionId, 'rejected'), 200)
      await ended(refused.run.id, 'failed')
      expect(world.callsTo(refused.path)).toEqual([])
    })

    test('resumed 20 times at once: one wins, all others are told, and the next step runs once', async () => {
      const { run, path } = await gatedCall()
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, number) => client.resume(run.id, { approved: true, number })),
      )
      const told = answers.map(({ status, body }) =>
        status === 200 ? '200' : `${status} ${body.error.code}`,
      )
      expect(told.filter((one) => one === '200')).toHaveLength(1)
      for (const one of told)
        expect(one).toMatch(/^(200|409 (RUN_NOT_PAUSED|DUPLICATE_APPROVAL|NO_PENDING_APPROVAL))$/)
      await ended(run.id)
      expect(world.callsTo(path)).toHaveLength(1)
      const kinds = await client.kinds(run.id)
      for (const once of ['approval_resolved', 'run_resumed', 'tool_call', 'run_completed']) {
        expect(kinds.filter((kind) => kind === once)).toEqual([once])
      }
    })

    test('approved and refused at once: one answer counts, and the run follows it', async () => {
      for (let round = 0; round < 5; round++) {
        const { run, path, decisionId } = await gatedCall()
        const answers = await Promise.all([
          client.answer(decisionId, 'approved'),
          client.resume(run.id, { approved: false }),
          client.answer(decisionId, 'rejected'),
        ])
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
        const [resolution] = await client.payloads(run.id, 'approval_resolved')
        const approved = resolution.status === 'approved'
        await ended(run.id, approved ? 'completed' : 'failed')
        expect(world.effectsOf(path)).toHaveLength(approved ? 1 : 0)
      }
    })

    test('wants as many different people as it says', async () => {
      const { run, path } = await gatedCall({ required_approvals: 2 })
      expectRun(expectStatus(await client.resume(run.id, { approved: true }), 200), 'paused')
      expectError(await client.resume(run.id, { approved: true }), 409, 'DUPLICATE_APPROVAL')
      expectRun(await client.read(run.id), 'paused')
      expect(world.callsTo(path)).toEqual([])
      expectRun(expectStatus(await colleague.resume(run.id, { approved: true }), 200), 'completed')
      expect(world.effectsOf(path)).toHaveLength(1)
    })

    test('may forbid who started the run to answer', async () => {
      const { run, path } = await gatedCall({ forbid_self_approval: true })
      expectError(await client.resume(run.id, { approved: true }), 403, 'SELF_APPROVAL_FORBIDDEN')
      expectRun(await client.read(run.id), 'paused')
      expect(world.callsTo(path)).toEqual([])
      expectRun(expectStatus(await colleague.resume(run.id, { approved: true }), 200), 'completed')
    })

    test('what somebody said who may not answer is not taken for what the approver said', async () => {
      const { run, path } = await gatedCall({ forbid_self_approval: true })
      expectError(
        await client.resume(run.id, { approved: true, amount: 1_000_000 }),
        403,
        'SELF_APPROVAL_FORBIDDEN',
      )
      expectRun(expectStatus(await colleague.resume(run.id, { approved: true }), 200), 'completed')
      expect(world.effectsOf(path).map(({ body }) => body)).toEqual([
        { said: { approved: true, reason: null } },
      ])
    })

    test('that nobody answers in time ends the run', async () => {
      const { run, path } = await gatedCall({ expires_in_seconds: 60 })
      clock.advance(61_000)
      expect((await client.resume(run.id, { approved: true })).status).toBe(409)
      await expireApprovals(server.app.kernel)
      const over = await ended(run.id, 'failed')
      expect(over.error.error_type).toBe('approval_expired')
      expect(world.callsTo(path)).toEqual([])
    })

    test('one after the other: each is asked when it is reached', async () => {
      const id = await client.define(
        [gate('one'), gate('two'), after],
        [
          ['one', 'two'],
          ['two', 'after'],
        ],
      )
      const run = await client.run(id, 'paused')
      const second = expectStatus(await client.resume(run.id, { approved: true }), 200)
      expect(second.waiting).toMatchObject({ node_id: 'two' })
      expect(second.waiting.decision_id).not.toBe(run.waiting.decision_id)
      // The first answer says nothing about the second question.
      expectError(await client.answer(run.waiting.decision_id), 409, 'DUPLICATE_APPROVAL')
      expect(expectStatus(await client.resume(run.id, { approved: true }), 200).result).toBe('went on')
    })

    test('in two branches at once: asked one after the other, and both are needed', async () => {
      const id = await client.define(
        [{ id: 'start', type: 'static' }, gate('left'), gate('right'), after],
        [
          ['start', 'left'],
          ['start', 'right'],
          ['left', 'after'],
          ['right', 'after'],
        ],
      )
      const run = await client.run(id, 'paused')
      const second = expectStatus(await client.resume(run.id, { approved: true }), 200)
      expectRun(second, 'paused')
      expect([run.waiting.node_id, second.waiting.node_id].sort()).toEqual(['left', 'right'])
      const third = expectStatus(await client.resume(run.id, { approved: true }), 200)
      expect(third).toMatchObject({ status: 'completed', result: 'went on' })
      const kinds = await client.kinds(run.id)
      expect(kinds.filter((kind) => kind === 'approval_requested')).toHaveLength(2)

      const refused = await client.run(id, 'paused')
      expectRun(expectStatus(await client.resume(refused.id, { approved: true }), 200), 'paused')
      const over = expectStatus(await client.resume(refused.id, { approved: false }), 200)
      expectRun(over, 'failed')
    })

    test('in a loop: every visit asks anew', async () => {
      const id = await client.define(
        [gate(), { id: 'again', type: 'static', config: { input: '$steps.gate.approval' } }, after],
        [
          ['gate', 'again'],
          ['again', 'gate', 'more is true'],
          ['again', 'after'],
        ],
      )
      const run = await client.run(id, 'paused')
      const second = expectStatus(await client.resume(run.id, { approved: true, more: true }), 200)
      expect(second).toMatchObject({ status: 'paused', waiting: { step_id: 'gate:2' } })
      const third = expectStatus(await client.resume(run.id, { approved: true, more: false }), 200)
      expectRun(third, 'completed')
      expect((await client.steps(run.id)).map((step: { id: string }) => step.id)).toEqual([
        'gate:1',
        'again:1',
        'gate:2',
        'again:2',
        'after:1',
      ])
    })
  })

  describe('what is not paused', () => {
    test('cannot be resumed', async () => {
      const id = await client.define([after])
      const run = await client.run(id, 'completed')
      expectError(await client.resume(run.id, { approved: true }), 409, 'RUN_NOT_PAUSED')
      const { run: gated } = await gatedCall()
      expectStatus(await client.cancel(gated.id), 200)
      expectError(await client.resume(gated.id, { approved: true }), 409, 'RUN_NOT_PAUSED')
      expect((await client.resume(gated.id, { approved: 'yes' })).status).toBe(422)
    })

    test('is not moved by an answer to its gate that comes after it was cancelled', async () => {
      const { run, path, decisionId } = await gatedCall()
      expectStatus(await client.cancel(run.id), 200)
      const late = await client.answer(decisionId)
      expect(late.status, late.text).toBe(409)
      expectRun(await client.read(run.id), 'cancelled')
      expect(world.callsTo(path)).toEqual([])
      const { approvals } = expectStatus(await client.get('/v1/approvals/pending'), 200)
      expect(approvals.map((one: { run_id: string }) => one.run_id)).not.toContain(run.id)
    })

    test('cannot be cancelled or retried twice', async () => {
      const { run } = await gatedCall()
      expectError(await client.retry(run.id), 409, 'RUN_NOT_FAILED')
      const answers = await Promise.all(Array.from({ length: 10 }, () => client.cancel(run.id)))
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(409)])
      expectError(await client.cancel(run.id), 409, 'RUN_ENDED')
      expectError(await client.retry(run.id), 409, 'RUN_NOT_FAILED')
      expect((await client.kinds(run.id)).filter((kind) => kind === 'run_cancelled')).toHaveLength(1)
    })
  })

  describe('what others write about a run of the engine', () => {
    test('raw events are refused, whatever they claim', async () => {
      const { run } = await gatedCall()
      const before = await client.kinds(run.id)
      for (const event of [receipt(run.id), rawGate(run.id), receipt(run.id, { type: 'summary' })]) {
        const answer = await client.post('/v1/events', event)
        expect(answer.status, answer.text).toBe(409)
      }
      expect(await client.kinds(run.id)).toEqual(before)
      expectRun(await client.read(run.id), 'paused')
    })

    test('a decision about a purchase that names it is recorded aside', async () => {
      const { run } = await gatedCall()
      const before = await client.kinds(run.id)
      const decision = expectStatus(
        await client.post('/v1/mcp/authorize_action', {
          intent: { action: 'purchase.create' },
          context: { amount: 250, currency: 'EUR', request_id: fresh('req'), run_id: run.id },
        }),
        200,
      )
      expect(decision.state).toBe('requires_approval')
      expect(await client.kinds(run.id)).toEqual(before)
      expect(decision.run_id).toBe(`run_${decision.decision_id}`)
      const aside = await ana.client.events(decision.run_id)
      expect(aside.map(({ kind }: { kind: string }) => kind)).toEqual(['decision_recorded'])
    })

    test('an approval that names it is refused', async () => {
      const { run } = await gatedCall()
      const before = await client.kinds(run.id)
      const answer = await ana.client.register({ run_id: run.id })
      expect(answer.status, answer.text).toBe(409)
      expect(await client.kinds(run.id)).toEqual(before)
    })
  })
})
