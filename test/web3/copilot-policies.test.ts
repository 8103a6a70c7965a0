import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { AUTH_SETTINGS, type Person, signUp, signUpColleague } from '../gate/people.ts'
import { expectError, expectStatus } from '../gate/purchase-client.ts'
import type { TestServer } from '../harness/start-test-server.ts'
import { type CopilotClient, copilotClient, openCopilotWorld, sign } from './copilot-client.ts'

let world: Awaited<ReturnType<typeof openCopilotWorld>>
let server: TestServer
let ana: Person
let ben: Person
let copilot: CopilotClient
beforeAll(async () => {
  world = await openCopilotWorld({ settings: AUTH_SETTINGS })
  server = world.server
  ana = await signUp(server)
  ben = await signUpColleague(server)
  copilot = copilotClient(server, ana)
})
afterAll(() => world.close())

const FRIEND = '0x1111111111111111111111111111111111111111'
const ENEMY = '0xAbCdEf0123456789aBcDeF0123456789ABCDEF01'

type Condition = { field: string; operator: string; value: unknown }
const addPolicy = async (name: string, effect: string, conditions: Condition[], more = {}) =>
  expectStatus(
    await ana.client.post('/api/v1/policies', {
      name,
      scope: 'tenant',
      effect,
      priority: 1,
      rule_expr: {
        conditions: [{ field: 'action', operator: 'equals', value: 'web3.transaction' }, ...conditions],
        ...more,
      },
    }),
    201,
  )

test('a denial is an answer: start, chat and the run say by which rule, and nothing invites to approve', async () => {
  await addPolicy('Never to them', 'deny', [
    { field: 'context.recipient_lowercase', operator: 'equals', value: ENEMY.toLowerCase() },
  ])
  const { runId } = await copilot.started('AWAITING_APPROVAL', `send 1 USDC to ${FRIEND}`)
  expect(await copilot.status(runId)).toBe('AWAITING_APPROVAL')
  const denied = await copilot.created(`send 1 USDC to ${ENEMY.toLowerCase()}`)
  const why = { error_code: 'POLICY_DENIED', error_message: expect.stringContaining('Never to them') }
  const rule = expect.stringMatching(/'Never to them'.*POLICY_DENIED/)
  const told = {
    assistant_message: rule,
    final_status_suggested: 'BLOCKED',
    decision: { action: 'BLOCK', reasons: [rule] },
    consensus_summary: { title: 'Stopped by a policy', recommended_next_ui: 'explain' },
  }
  const answer = expectStatus(await copilot.post(denied, 'start'), 200)
  expect(answer).toMatchObject({ status: 'BLOCKED', final_status: 'BLOCKED', ...why, artifacts: told })
  expect(answer.artifacts.timeline.at(-1)).toMatchObject({ status: 'FAILED', summary: rule })
  expect(answer.artifacts.assistant_message).not.toContain('approve')
  expect(await copilot.read(denied)).toMatchObject({ status: 'BLOCKED', final_status: 'BLOCKED', ...why })
  const said = await copilot.call('POST', '/v1/chat/route', {
    message: `send 1 USDC to ${ENEMY.toLowerCase()}`,
    wallet_address: DEV_ACCOUNT,
  })
  expect(expectStatus(said, 200)).toMatchObject({
    assistant_message: rule,
    run_ref: { status: 'BLOCKED' },
    data: { final_status: 'BLOCKED', decision: { action: 'BLOCK' } },
    next_ui: null,
  })
  expectError(await copilot.post(denied, 'approve'), 409, 'RUN_NOT_READY')
  expectError(await copilot.post(denied, 'execute'), 409, 'RUN_NOT_APPROVED')
})

test('above an amount two people have to approve, below it one', async () => {
  await addPolicy(
    'Two above 100',
    'require_approval',
    [
      { field: 'context.token', operator: 'equals', value: 'USDC' },
      { field: 'context.amount', operator: 'greater_than', value: 100 },
    ],
    { approval: { required_approvals: 2 } },
  )
  const small = await copilot.started('AWAITING_APPROVAL', 'swap 100 USDC to ETH')
  expect(expectStatus(await copilot.post(small.runId, 'approve'), 200).status).toBe('APPROVED_READY')

  const large = await copilot.started('AWAITING_APPROVAL', 'swap 100.000001 USDC to ETH')
  expect(expectStatus(await copilot.post(large.runId, 'approve'), 200).status).toBe('AWAITING_APPROVAL')
  expectError(await copilot.post(large.runId, 'execute'), 409, 'RUN_NOT_APPROVED')
  const again = await copilot.post(large.runId, 'approve')
  expect(again.status).toBe(409)
  expect(await copilot.status(large.runId)).toBe('AWAITING_APPROVAL')
  const second = await copilotClient(server, ben).post(large.runId, 'approve', {
    plan_hash: large.artifacts.plan_hash,
  })
  expect(expectStatus(second, 200).status).toBe('APPROVED_READY')
  expect(expectStatus(await copilot.post(large.runId, 'execute'), 200).tx_requests).toEqual(
    large.artifacts.tx_requests,
  )
})

test('a policy that allows takes no question away: transactions always need a human', async () => {
  await addPolicy('All mine', 'allow', [{ field: 'context.amount', operator: 'less_than', value: 1000 }])
  await copilot.started('AWAITING_APPROVAL', 'swap 7 USDC to ETH')
})

test('runs are listed page by page, each once, by where they stand, and to their own tenant alone', async () => {
  const waiting = await copilot.started('AWAITING_APPROVAL', 'swap 8 USDC to ETH')
  const blocked = await copilot.started('BLOCKED', 'swap 50 usdc to eth with 5% slippage')
  const list = async (query: string, client = copilot) =>
    expectStatus(await client.call('GET', `/v1/runs?${query}`), 200)
  const idsOf = ({ runs }: { runs: { run_id: string }[] }) => runs.map(({ run_id }) => run_id)
  const all = idsOf(await list('limit=500'))
  const paged: string[] = []
  for (let cursor = ''; ; ) {
    const page = await list(`limit=3${cursor}`)
    expect(page.runs.length).toBeLessThanOrEqual(3)
    paged.push(...idsOf(page))
    if (page.next_cursor === null) break
    cursor = `&cursor=${page.next_cursor}`
  }
  expect(paged).toEqual(all)
  expect(new Set(paged).size).toBe(paged.length)
  expect(idsOf(await list('status=paused&limit=500'))).toContain(waiting.runId)
  expect(idsOf(await list('status=completed&limit=500'))).toContain(blocked.runId)
  expect(idsOf(await list('status=completed&limit=500'))).not.toContain(waiting.runId)
  const stranger = copilotClient(server, await signUp(server))
  expect(await list(`search=${waiting.runId}`)).toMatchObject({
    runs: [{ run_id: waiting.runId, status: 'paused' }],
  })
  expect(await list(`search=${waiting.runId}`, stranger)).toEqual({ runs: [], next_cursor: null })
  expect(idsOf(await list('limit=500', stranger))).not.toEqual(expect.arrayContaining([blocked.runId]))
})

test('a run of another tenant is not found on any route, and shows nothing of itself', async () => {
  const { runId } = await copilot.started('AWAITING_APPROVAL')
  const stranger = copilotClient(server, await signUp(server))
  const nobody = copilotClient(server)
  const hash = { txHash: `0x${'1'.repeat(64)}`, submittedBy: 'manual' }
  const answers = { answers: { amount_in: '1' } }
  const routes: [method: string, route: string, body?: unknown][] = [
    ['GET', ''],
    ['GET', '?includeArtifacts=true'],
    ['GET', '/details'],
    ['GET', '/steps'],
    ['GET', '/tools'],
    ['GET', '/tool-calls'],
    ['GET', '/tx_status'],
    ['POST', '/start'],
    ['POST', '/provide_input', answers],
    ['POST', '/resume', answers],
    ['POST', '/approve', {}],
    ['POST', '/reject', {}],
    ['POST', '/execute'],
    ['POST', '/tx_submitted', hash],
    ['POST', '/not_sent', {}],
    ['POST', '/poll_tx'],
  ]
  for (const [method, route, body] of routes) {
    const path = `/v1/runs/${runId}${route}`
    const foreign = await stranger.call(method, path, body)
    expectError(foreign, 404, 'RUN_NOT_FOUND')
    expect(foreign.text).not.toContain('USDC')
    expect([route, (await nobody.call(method, path, body)).status]).toEqual([route, 401])
    // What never was is told in the same words.
    for (const other of ['no-such-run', '00000000-0000-7000-8000-000000000000']) {
      const missing = await copilot.call(method, `/v1/runs/${other}${route}`, body)
      expectError(missing, 404, 'RUN_NOT_FOUND')
    }
  }
  expect(await copilot.status(runId)).toBe('AWAITING_APPROVAL')
})

test('one hash may be reported in two tenants: neither keeps the other from knowing what became of theirs', async () => {
  const other = copilotClient(server, await signUp(server))
  const intent = `send 2 USDC to ${FRIEND}`
  const [mine, theirs] = [await copilot.handedOut(intent), await other.handedOut(intent)]
  const hash = await sign(world.devnet, mine.requests[0]!)
  expectStatus(await other.submit(theirs.runId, hash), 200)
  expect((await other.poll(theirs.runId)).status).toBe('CONFIRMED')
  expectStatus(await copilot.submit(mine.runId, hash), 200)
  expect((await copilot.poll(mine.runId)).status).toBe('CONFIRMED')
})

test('what a wallet is to do is said by one person: another one of the tenant neither starts the run nor answers it', async () => {
  const colleague = copilotClient(server, ben)
  const asked = await copilot.created('swap USDC to ETH')
  expectError(await colleague.post(asked, 'start'), 403, 'FORBIDDEN')
  expectStatus(await copilot.post(asked, 'start'), 200)
  const answers = { answers: { amount_in: '1' } }
  expectError(await colleague.post(asked, 'provide_input', answers), 403, 'FORBIDDEN')
  expect(expectStatus(await copilot.post(asked, 'provide_input', answers), 200).status).toBe(
    'AWAITING_APPROVAL',
  )
  expect(expectStatus(await colleague.post(asked, 'approve', {}), 200).status).toBe('APPROVED_READY')
})

test('that nothing was sent is said by who made the run, who approved it or an administrator, in their own name first', async () => {
  const cleo = await signUpColleague(server)
  const [approver, stranger] = [copilotClient(server, ben), copilotClient(server, cleo)]
  const { runId } = await copilot.started('AWAITING_APPROVAL', `send 1 USDC to ${FRIEND}`)
  expectStatus(await approver.post(runId, 'approve', {}), 200)
  expectStatus(await copilot.post(runId, 'execute'), 200)
  const said = { reviewer: 'Ana', reason: 'It never\nleft.\nApproved by: Ana' }
  expectError(await stranger.post(runId, 'not_sent', said), 403, 'FORBIDDEN')
  expectStatus(await approver.post(runId, 'not_sent', said), 200)
  const { error_message: told } = await copilot.read(runId)
  expect(told).toMatch(
    /^.+ \(as "Ana"\) says that nothing of it was sent: "It never left. Approved by: Ana"\.$/,
  )
  expect(told.startsWith('Ana')).toBe(false)
  const own = await stranger.handedOut(`send 2 USDC to ${FRIEND}`)
  expectStatus(await copilot.post(own.runId, 'not_sent', {}), 200)
})
