import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HANDED_OUT_EVENT } from '../../src/apps/copilot/workflow.ts'
import { receipt } from '../../src/kernel/ledger/receipt.fixture.ts'
import { newId } from '../../src/lib/ids.ts'
import type { Session } from '../../src/store/database.ts'
import { DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { expectError, expectStatus, purchaseClient } from '../gate/purchase-client.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import type { TestDevnet } from '../harness/start-devnet.ts'
import type { TestServer } from '../harness/start-test-server.ts'
import {
  type CopilotClient,
  copilotClient,
  DEVNET_ID,
  HEADLINE,
  openCopilotWorld,
  signAll,
} from './copilot-client.ts'

describe.each(DATABASES)('who moves a run of the copilot, on %s', (database) => {
  let world: Awaited<ReturnType<typeof openCopilotWorld>>
  let devnet: TestDevnet
  let server: TestServer
  let copilot: CopilotClient
  beforeAll(async () => {
    world = await openCopilotWorld({ database, background: true })
    ;({ devnet, server } = world)
    copilot = copilotClient(server)
  })
  afterAll(() => world.close())

  const approvalsOf = async (runId: string) => {
    const { approvals } = expectStatus(await server.get('/v1/approvals/pending'), 200)
    return approvals.filter(({ run_id }: { run_id: string }) => run_id === runId)
  }
  const twentyTimes = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 20 }, work))
  const outcomes = (answers: { status: number }[]) => answers.map(({ status }) => status).sort()

  test('what is told of a run in short is what its events tell, wherever it stands', async () => {
    const told = async (runId: string) => {
      const { run: whole } = expectStatus(await copilot.call('GET', `/v1/runs/${runId}/details`), 200)
      const { artifacts, ...short } = whole
      expect(await copilot.read(runId)).toEqual(short)
      return short.status
    }
    const runId = await copilot.created('swap usdc to eth')
    const seen = [await told(runId)]
    for (const [route, body] of [
      ['start', {}],
      ['resume', { answers: { amount_in: '100000000' } }],
      ['resume', { answers: { amount_in: '3' } }],
      ['approve', {}],
    ] as const) {
      expectStatus(await copilot.post(runId, route, body), 200)
      seen.push(await told(runId))
    }
    const { tx_requests: requests } = expectStatus(await copilot.post(runId, 'execute'), 200)
    const hashes = await signAll(devnet, copilot, runId, requests)
    seen.push(await told(runId))
    await copilot.poll(runId)
    seen.push(await told(runId))
    expect(hashes.length).toBe(2)
    const blocked = await copilot.started('BLOCKED', 'swap 50 usdc to eth with 5% slippage')
    const failed = await copilot.started('NEEDS_INPUT', HEADLINE, { chainId: 424242 })
    const nothing = await copilot.started('NOOP', 'what is my usdc balance?')
    const no = await copilot.started('AWAITING_APPROVAL')
    expectStatus(await copilot.post(no.runId, 'reject', {}), 200)
    for (const one of [blocked, failed, nothing, no]) seen.push(await told(one.runId))
    expect(seen).toEqual([
      'CREATED',
      ...['NEEDS_INPUT', 'NEEDS_INPUT', 'AWAITING_APPROVAL', 'APPROVED_READY', 'SUBMITTED', 'CONFIRMED'],
      ...['BLOCKED', 'NEEDS_INPUT', 'NOOP', 'REJECTED'],
    ])
  })

  test('a run is neither tried again nor forked, however it came out: no question is left in the inbox that moves nothing', async () => {
    const rejected = await copilot.started('AWAITING_APPROVAL')
    expectStatus(await copilot.post(rejected.runId, 'reject', {}), 200)
    const ended = [
      rejected,
      await copilot.started('BLOCKED', 'swap 50 usdc to eth with 5% slippage'),
      await copilot.started('NOOP', 'what is my usdc balance?'),
    ]
    const waiting = await copilot.started('AWAITING_APPROVAL')
    for (const { runId } of [...ended, waiting]) {
      const asked = await approvalsOf(runId)
      const status = await copilot.status(runId)
      for (const root of ['', '/api/v1']) {
        expectError(await server.post(`${root}/runs/${runId}/retry`), 409, 'RUN_OF_COPILOT')
        const fork = await server.post(`${root}/runs/${runId}/fork`, { from_step: 'finalize' })
        expect(expectError(fork, 409, 'RUN_OF_COPILOT').details[0]!.message).toContain('POST /v1/runs')
      }
      expect([await copilot.status(runId), await approvalsOf(runId)]).toEqual([status, asked])
    }
    for (const { runId } of ended) expect(await approvalsOf(runId)).toEqual([])
  })

  test('its workflow is started for a wallet alone: by its id or as a child of another it is refused, and asks nobody', async () => {
    const before = expectStatus(await server.get('/v1/approvals/pending'), 200).approvals.length
    const input = { intent: HEADLINE, wallet_address: DEV_ACCOUNT, chain_id: DEVNET_ID }
    const refused = await server.post('/workflows/web3_copilot_v1/runs', { input })
    expect(expectError(refused, 409, 'WORKFLOW_RESERVED').details[0]!.message).toContain('POST /v1/runs')
    const definition = {
      entry: 'child',
      nodes: [{ id: 'child', type: 'subgraph', config: { workflow_id: 'web3_copilot_v1', input } }],
      edges: [],
    }
    const body = { name: 'around it', type: 'graph', definition }
    const { id } = expectStatus(await server.post('/workflows', body), 201)
    const run = await server.post(`/workflows/${id}/runs`, {})
    expect(expectStatus(run, 201)).toMatchObject({ status: 'failed', error: { error: expect.any(String) } })
    expect(run.text).toContain('POST /v1/runs')
    expect(expectStatus(await server.get('/v1/approvals/pending'), 200).approvals.length).toBe(before)
  })

  test('of 20 who answer one question one does, and the next question is left to who reads it', async () => {
    const runId = await copilot.created('swap usdc to eth')
    const { question_id: first } = expectStatus(await copilot.post(runId, 'start'), 200)
    expect((await copilot.read(runId)).question_id).toBe(first)
    // More than the wallet has: the answer leads to another question.
    const body = { answers: { amount_in: '100000000' }, question_id: first }
    const answers = await twentyTimes(() => copilot.post(runId, 'provide_input', body))
    expect(outcomes(answers)).toEqual([200, ...Array(19).fill(409)])
    const { question_id: second, status } = await copilot.read(runId)
    expect(status).toBe('NEEDS_INPUT')
    expect(second).not.toBe(first)
    expectError(await copilot.post(runId, 'resume', body), 409, 'QUESTION_ANSWERED')
    expectError(
      await copilot.post(runId, 'resume', { ...body, question_id: 'answers:9' }),
      409,
      'QUESTION_ANSWERED',
    )
    const steps = await copilot.steps(runId)
    const asked = steps.filter(({ step_name }: { step_name: string }) => step_name === 'WAIT_FOR_ANSWERS')
    expect(asked.map(({ output }: { output: object }) => output)).toEqual([body])
    const last = await twentyTimes(() =>
      copilot.post(runId, 'provide_input', { answers: { amount_in: '2' } }),
    )
    expect(outcomes(last)).toEqual([200, ...Array(19).fill(409)])
    expect(await copilot.read(runId)).toMatchObject({ status: 'AWAITING_APPROVAL', question_id: null })
  })

  test('between making and starting a run nobody else can write into it: it starts whatever was tried', async () => {
    const runId = await copilot.created()
    expectError(await server.post('/v1/events', receipt({ run_id: runId })), 409, 'RUN_OWNED_BY_ENGINE')
    const gate = purchaseClient(server)
    expectError(await gate.register({ run_id: runId }), 409, 'RUN_OWNED_BY_ENGINE')
    // A decision is made all the same, and stands in a run of its own.
    const decided = expectStatus(await gate.authorize({ amount: 5, run_id: runId }), 200)
    expect(decided.run_id).not.toBe(runId)
    expectStatus(await copilot.post(runId, 'start'), 200)
    expect(await copilot.status(runId)).toBe('AWAITING_APPROVAL')
    // An id that is nobody's is taken as ever, once by its first event and then as a run of its own.
    const other = receipt({ run_id: '0188a1b2-0000-7000-8000-00000000cafe' })
    expectStatus(await server.post('/v1/events', other), 201)
    expectStatus(await server.post('/v1/events', { ...other, id: 'evt_second' }), 201)
  })

  test('of 20 who ask what became of a run all are told, and it is settled once', async () => {
    const { runId, requests } = await copilot.handedOut('swap 21 USDC to ETH')
    await signAll(devnet, copilot, runId, requests)
    const answers = await twentyTimes(() => copilot.post(runId, 'poll_tx'))
    expect(answers.filter(({ status }) => status !== 200)).toEqual([])
    expect(await copilot.status(runId)).toBe('CONFIRMED')
    const events = expectStatus(await server.get(`/runs/${runId}/events`), 200)
    const received = events.filter(({ kind }: { kind: string }) => kind === 'event_received')
    const names = received.map(({ payload }: { payload: { name: string } }) => payload.name)
    expect(names.filter((name: string) => name === 'copilot.settled')).toHaveLength(1)
  })

  test('of 20 who have a plan handed out all get the same bytes', async () => {
    const { runId, artifacts } = await copilot.approved('swap 22 USDC to ETH')
    const answers = await twentyTimes(() => copilot.post(runId, 'execute'))
    for (const answer of answers) {
      expect(expectStatus(answer, 200).tx_requests).toEqual(artifacts.tx_requests)
    }
  })

  test('a plan whose time is over while 20 have it handed out is handed out or void, never both', async () => {
    const { runId, artifacts } = await copilot.approved('swap 23 usdc to eth within 2 minutes')
    const { deadline } = artifacts.tx_requests[1].meta
    const late = async () => {
      await devnet.client.setNextBlockTimestamp({ timestamp: BigInt(deadline) })
      await devnet.client.mine({ blocks: 1 })
    }
    const [answers] = await Promise.all([twentyTimes(() => copilot.post(runId, 'execute')), late()])
    const codes = new Set(answers.map(({ body }) => body.error?.code ?? 'handed out'))
    const isVoid = codes.has('PLAN_VOID')
    expect([...codes], 'handed out and void').not.toEqual(expect.arrayContaining(['handed out', 'PLAN_VOID']))
    // Two who tell it at once keep each other from driving it, and whoever looks next does.
    const status = expect.poll(() => copilot.status(runId), { interval: 10 })
    await status.toBe(isVoid ? 'FAILED' : 'APPROVED_READY')
  })

  test('a run is cancelled or handed out, never both: who cancels looks once nothing else can happen to it', async () => {
    const { runId, artifacts } = await copilot.approved('swap 24 USDC to ETH')
    const { ledger, clock } = server.app.http.engine.kernel
    let cancelling: ReturnType<typeof server.post> | undefined
    await ledger.transaction('default', async (transaction) => {
      await transaction.lockHead(runId)
      cancelling = server.post(`/runs/${runId}/cancel`, {})
      // Until it waits for the lock. The embedded database has one transaction at a time.
      while (database === 'postgres' && !(await isWaitedFor(transaction))) {}
      await transaction.append(runId, () => [
        {
          kind: 'event_received',
          eventId: newId('evt'),
          occurredAt: new Date(clock.now()).toISOString(),
          actor: 'a wallet',
          payload: { name: HANDED_OUT_EVENT, payload: {}, by: 'a wallet' },
        },
      ])
    })
    expectError(await cancelling!, 409, 'TRANSACTIONS_HANDED_OUT')
    const { tx_requests: again } = expectStatus(await copilot.post(runId, 'execute'), 200)
    expect(again).toEqual(artifacts.tx_requests)
    const other = await copilot.approved('swap 25 USDC to ETH')
    const [cancelled, executed] = await Promise.all([
      server.post(`/runs/${other.runId}/cancel`, {}),
      copilot.post(other.runId, 'execute'),
    ])
    expect([cancelled.status, executed.status].sort()).toEqual([200, 409])
  })

  test('of a hash and the word that nothing was sent one comes first: a hash is kept once nothing else can happen to its run', async () => {
    const { runId } = await copilot.handedOut('swap 26 USDC to ETH')
    const { ledger } = server.app.http.engine.kernel
    let reporting: ReturnType<typeof copilot.submit> | undefined
    await ledger.transaction('default', async (transaction) => {
      await transaction.lockHead(runId)
      reporting = copilot.submit(runId, `0x${'26'.repeat(32)}`)
      while (database === 'postgres' && !(await isWaitedFor(transaction))) {}
      const kept = await transaction.query('SELECT FROM copilot_transactions WHERE run_id = $1', [runId])
      expect(kept).toEqual([])
    })
    expectStatus(await reporting!, 200)
    expectError(await copilot.post(runId, 'not_sent', {}), 409, 'TRANSACTIONS_SENT')
    const other = await copilot.handedOut('swap 27 USDC to ETH')
    const [word, report] = await Promise.all([
      copilot.post(other.runId, 'not_sent', {}),
      copilot.submit(other.runId, `0x${'27'.repeat(32)}`),
    ])
    expectStatus(report, 200)
    expect(await copilot.status(other.runId)).toBe(word.status === 200 ? 'REJECTED' : 'SUBMITTED')
  })
})

const isWaitedFor = async (session: Session) =>
  (
    await session.query(
      'SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)) LIMIT 1',
    )
  ).length > 0
