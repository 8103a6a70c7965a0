import { type Address, parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { CANONICAL } from '../../src/web3/devnet/addresses.ts'
import { AUTH_SETTINGS, type Person, signUp } from '../gate/people.ts'
import { expectError, expectStatus } from '../gate/purchase-client.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { type CopilotClient, copilotClient, openCopilotWorld, sign, signAll } from './copilot-client.ts'

const FRIEND = '0x1111111111111111111111111111111111111111'
const OTHER = '0x2222222222222222222222222222222222222222'
const DAY_MS = 86_400_000

type Checked = { security_result: { output: { checks: { id: string }[] } } }
const checkOf = ({ security_result: { output } }: Checked, wanted: string) =>
  output.checks.find(({ id }) => id === wanted)

describe.each(DATABASES)('what a wallet may spend in a day, on %s', (database) => {
  let world: Awaited<ReturnType<typeof openCopilotWorld>>
  let copilot: CopilotClient
  let ana: Person
  let ahead = 0
  beforeAll(async () => {
    world = await openCopilotWorld({
      database,
      settings: AUTH_SETTINGS,
      clock: { now: () => Date.now() + ahead },
    })
    ana = await signUp(world.server)
    copilot = copilotClient(world.server, ana)
  })
  afterAll(() => world.close())

  const cap = async (token: string, field: string, value: number) =>
    expectStatus(
      await ana.client.post('/api/v1/policies', {
        name: `At most ${value} ${token}`,
        scope: 'tenant',
        effect: 'deny',
        reason_code: 'DAILY_CAP',
        priority: 1,
        rule_expr: {
          conditions: [
            { field: 'action', operator: 'equals', value: 'web3.transaction' },
            { field: 'context.token', operator: 'equals', value: token },
            { field: `context.${field}`, operator: 'greater_than', value },
          ],
        },
      }),
      201,
    )
  const refused = async (sentence: string, by = copilot, more = {}) => {
    const { runId } = await by.started('BLOCKED', sentence, more)
    expect(await by.read(runId)).toMatchObject({
      error_code: 'POLICY_DENIED',
      error_message: expect.stringContaining('DAILY_CAP'),
    })
  }

  test('a cap counts what was confirmed and what still waits, and not what was refused, rejected or is older than a day', async () => {
    await cap('USDC', 'spent_today_with_this', 100)
    const { runId } = await copilot.started('AWAITING_APPROVAL', 'swap 60 USDC to ETH')
    await refused(`send 40.000001 USDC to ${FRIEND}`)
    const sent = await copilot.handedOut(`send 40 USDC to ${FRIEND}`)
    await refused('swap 0.000001 USDC to ETH')
    // What only allows is not spent.
    await copilot.started('AWAITING_APPROVAL', 'approve uniswap to spend 90 USDC')

    expectStatus(await copilot.post(runId, 'reject', {}), 200)
    await signAll(world.devnet, copilot, sent.runId, sent.requests)
    expect((await copilot.poll(sent.runId)).status).toBe('CONFIRMED')
    await refused('swap 60.000001 USDC to ETH')
    await copilot.started('AWAITING_APPROVAL', 'swap 60 USDC to ETH')

    const { key } = expectStatus(await ana.client.post('/api/v1/auth/api-keys', { name: 'tomorrow' }), 201)
    const tomorrow = copilotClient(world.server, { headers: { 'x-api-key': key } })
    ahead += DAY_MS + 60_000
    onTestFinished(() => {
      ahead = 0
    })
    // What was confirmed yesterday counts no more; what waits since yesterday does.
    await refused(`send 40.000001 USDC to ${FRIEND}`, tomorrow)
    await tomorrow.started('AWAITING_APPROVAL', `send 40 USDC to ${FRIEND}`)
  })

  test('of plans that are made at the same moment only so many pass as fit below the cap together', async () => {
    await cap('ETH', 'spent_today_with_this', 1)
    const ids = await Promise.all(
      Array.from({ length: 6 }, (_, at) => copilot.created(`send 0.${at + 2} ETH to ${FRIEND}`)),
    )
    await Promise.all(ids.map((runId) => copilot.post(runId, 'start')))
    const runs = await Promise.all(ids.map((runId) => copilot.read(runId)))
    const amounts = runs
      .filter(({ status }) => status === 'AWAITING_APPROVAL')
      .map(({ intent }) => Number(/0\.\d+/.exec(intent)![0]))
    const total = amounts.reduce((sum, amount) => sum + amount, 0)
    expect(amounts.length).toBeGreaterThan(0)
    expect(total).toBeLessThanOrEqual(1)
    // Nothing was refused that would have had room.
    const smallest = Math.min(
      ...runs
        .filter(({ status }) => status === 'BLOCKED')
        .map(({ intent }) => Number(/0\.\d+/.exec(intent)![0])),
    )
    expect(total + smallest).toBeGreaterThan(1)
  })

  test('what the wallet cancelled on the chain, or somebody says was not sent, counts for its day: its bytes hold on', async () => {
    const walletAddress = '0x00000000000000000000000000000000000F0005'
    const { client } = world.devnet
    await client.setBalance({ address: walletAddress, value: parseEther('10') })
    await client.impersonateAccount({ address: walletAddress })
    await client.setAutomine(false)
    onTestFinished(async () => {
      ahead = 0
      await client.setAutomine(true)
    })
    const { key } = expectStatus(await ana.client.post('/api/v1/auth/api-keys', { name: 'days' }), 201)
    const days = copilotClient(world.server, { headers: { 'x-api-key': key } })
    const wallet = { walletAddress }
    const tomorrow = () => {
      ahead += DAY_MS + 60_000
    }
    const pay = (to: Address, value: bigint, gwei: bigint) =>
      client.sendTransaction({
        ...{ account: walletAddress, chain: null, to, value, nonce: 0, gas: 100_000n },
        ...{ maxFeePerGas: gwei * 10n ** 9n, maxPriorityFeePerGas: gwei * 10n ** 9n },
      })
    const first = await days.handedOut(`send 0.9 ETH to ${FRIEND}`, wallet)
    await refused(`send 0.2 ETH to ${FRIEND}`, days, wallet)
    expectStatus(await days.submit(first.runId, await pay(FRIEND, parseEther('0.9'), 5n)), 200)
    await days.poll(first.runId)
    expectError(await days.post(first.runId, 'not_sent', {}), 409, 'TRANSACTIONS_SENT')
    await pay(walletAddress, 0n, 50n)
    await client.mine({ blocks: 1 })
    expect((await days.poll(first.runId)).status).toBe('REJECTED')
    await refused(`send 0.2 ETH to ${FRIEND}`, days, wallet)
    tomorrow()

    const second = await days.handedOut(`send 0.8 ETH to ${FRIEND}`, wallet)
    const cancel = await days.call('POST', `/runs/${second.runId}/cancel`, {})
    expect(expectError(cancel, 409, 'TRANSACTIONS_HANDED_OUT').details[0]!.message).toContain('not_sent')
    const said = { reviewer: 'Ana', reason: 'I declined it.' }
    expect(expectStatus(await days.post(second.runId, 'not_sent', said), 200).status).toBe('REJECTED')
    expect(await days.read(second.runId)).toMatchObject({
      error_code: 'NOT_SENT',
      error_message: expect.stringMatching(
        /^.+ \(as "Ana"\) says that nothing of it was sent: "I declined it"\.$/,
      ),
    })
    expectError(await days.post(second.runId, 'execute'), 409, 'RUN_NOT_APPROVED')
    // A word frees nothing today, and as much tomorrow as if it had been confirmed.
    await refused(`send 0.3 ETH to ${FRIEND}`, days, wallet)
    tomorrow()
    await days.started('AWAITING_APPROVAL', `send 0.9 ETH to ${FRIEND}`, wallet)
  })

  test('a cancelled swap whose time is over on the chain counts nothing: its bytes do nothing any more', async () => {
    const walletAddress = '0x00000000000000000000000000000000000F0006'
    const { client } = world.devnet
    await client.setBalance({ address: walletAddress, value: parseEther('10') })
    await client.impersonateAccount({ address: walletAddress })
    await client.setAutomine(false)
    const before = await client.snapshot()
    onTestFinished(async () => {
      await client.revert({ id: before })
      await client.setAutomine(true)
    })
    const wallet = { walletAddress }
    const { runId, requests } = await copilot.handedOut('swap 0.9 ETH to USDC', wallet)
    const [{ to, data, valueWei }] = requests as [(typeof requests)[0]]
    const sendAs = (sent: { to: Address; data?: `0x${string}`; value: bigint }, gwei: bigint) =>
      client.sendTransaction({
        ...{ account: walletAddress, chain: null, nonce: 0, gas: 1_000_000n, ...sent },
        ...{ maxFeePerGas: gwei * 10n ** 9n, maxPriorityFeePerGas: gwei * 10n ** 9n },
      })
    const swap = { to, data: data as `0x${string}`, value: BigInt(valueWei) }
    expectStatus(await copilot.submit(runId, await sendAs(swap, 5n)), 200)
    await copilot.poll(runId)
    await sendAs({ to: walletAddress, value: 0n }, 50n)
    await client.increaseTime({ seconds: 7_200 })
    await client.mine({ blocks: 1 })
    expect((await copilot.poll(runId)).status).toBe('REJECTED')
    await copilot.started('AWAITING_APPROVAL', `send 0.9 ETH to ${FRIEND}`, wallet)
  })

  test('a cap for one recipient leaves room for others', async () => {
    await cap('WETH', 'spent_today_to_recipient_with_this', 0.5)
    await sign(world.devnet, { to: CANONICAL.weth, data: '0xd0e30db0', valueWei: '10000000000000000000' })
    await copilot.started('AWAITING_APPROVAL', `send 0.4 WETH to ${FRIEND}`)
    await refused(`send 0.2 WETH to ${FRIEND}`)
    await copilot.started('AWAITING_APPROVAL', `send 0.5 WETH to ${OTHER}`)
  })

  test('a cap of the operator blocks in the checks, by the same figures', async () => {
    const { limits } = world.server.app.http.copilot
    limits.spendCaps = { WETH: { perDay: 10n ** 18n } }
    onTestFinished(() => {
      limits.spendCaps = {}
    })
    const { artifacts } = await copilot.started('BLOCKED', `send 0.11 WETH to ${OTHER}`)
    expect(checkOf(artifacts, 'spend_caps')).toMatchObject({
      status: 'FAIL',
      metadata: { spent_today: String(9n * 10n ** 17n) },
    })
  })

  const WALLETS = [
    '0x00000000000000000000000000000000000F0003',
    '0x00000000000000000000000000000000000F0004',
  ] as const
  const capOfOperator = async (wallet: Address) => {
    await world.devnet.client.setBalance({ address: wallet, value: parseEther('10') })
    const { limits } = world.server.app.http.copilot
    limits.spendCaps = { ETH: { perDay: parseEther('0.5') } }
    onTestFinished(() => {
      limits.spendCaps = {}
    })
  }

  test('a cap of the operator holds for six plans that are made at the same moment: those that fit pass, and the gate refuses the rest', async () => {
    const [walletAddress] = WALLETS
    await capOfOperator(walletAddress)
    const ids = await Promise.all(
      Array.from({ length: 6 }, () => copilot.created(`send 0.2 ETH to ${FRIEND}`, { walletAddress })),
    )
    await Promise.all(ids.map((runId) => copilot.post(runId, 'start')))
    const runs = await Promise.all(ids.map((runId) => copilot.read(runId)))
    const refusals = runs.filter(({ status }) => status !== 'AWAITING_APPROVAL')
    expect(refusals.length).toBe(4)
    // What had room when it was checked is denied when it is decided; the others were stopped by the check.
    for (const run of refusals.filter(({ error_code: code }) => code !== null)) {
      expect(run).toMatchObject({
        status: 'BLOCKED',
        error_code: 'POLICY_DENIED',
        error_message: expect.stringMatching(/0\.6 ETH within a day, and 0\.5 ETH is the cap.*SPEND_CAPS/),
      })
    }
  })

  test('a plan counts from when it was made, however long before its run was', async () => {
    const [, walletAddress] = WALLETS
    await capOfOperator(walletAddress)
    const sentence = `send 0.3 ETH to ${FRIEND}`
    const old = await copilot.created(sentence, { walletAddress })
    const { key } = expectStatus(await ana.client.post('/api/v1/auth/api-keys', { name: 'next month' }), 201)
    const later = copilotClient(world.server, { headers: { 'x-api-key': key } })
    ahead += 31 * DAY_MS
    onTestFinished(() => {
      ahead = 0
    })
    expect(expectStatus(await later.post(old, 'start'), 200).status).toBe('AWAITING_APPROVAL')
    const { artifacts } = await later.started('BLOCKED', sentence, { walletAddress })
    expect(checkOf(artifacts, 'spend_caps')).toMatchObject({
      status: 'FAIL',
      metadata: { spent_today: String(parseEther('0.3')) },
    })
    expect(checkOf(artifacts, 'velocity')).toMatchObject({ metadata: { runs_in_last_hour: 1 } })
    // Nobody has answered it for a month.
    ahead += 31 * DAY_MS
    await later.started('AWAITING_APPROVAL', sentence, { walletAddress })
  })
})
