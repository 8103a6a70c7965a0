import {
  type Address,
  encodeFunctionData,
  erc20Abi,
  type Hex,
  maxUint160,
  maxUint256,
  parseAbi,
  parseEther,
} from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SECURITY_CHECKS } from '../../src/apps/copilot/policy/security-checks.ts'
import type { Check, TxRequest } from '../../src/apps/copilot/schema.ts'
import { CANONICAL, DEV_ACCOUNT, TRAPS } from '../../src/web3/devnet/addresses.ts'
import { ROUTER_ABI } from '../../src/web3/transactions/abis.ts'
import { type CopilotClient, copilotClient, openCopilotWorld, sign, signAll } from './copilot-client.ts'
import {
  evaluateTampered,
  inPassing,
  type More,
  noOverride,
  noSimulateV1,
  type Tamper,
  withPoorRpc,
} from './evaluate-tampered.ts'

const { usdc, weth, tether, router, pair, factory, multicall3 } = CANONICAL
const FRIEND: Address = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const STRANGER: Address = '0x1111111111111111111111111111111111111111'
const EMPTY: Address = '0x2222222222222222222222222222222222222222'
/** Begins and ends like the wallet. */
const LOOK_ALIKE = `0xf39f${'0'.repeat(32)}2266`
const TOKENS = {
  ETH: { address: weth, decimals: 18, is_native: true },
  WETH: { address: weth, decimals: 18 },
  USDC: { address: usdc, decimals: 6 },
  USDT: { address: tether, decimals: 6 },
  TOLL: { address: TRAPS.feeOnTransfer, decimals: 18 },
  HONEY: { address: TRAPS.honeypot, decimals: 18 },
}
/** It fails on whatever it is asked, and uses up all the gas. */
const WASTEFUL: Address = '0x3333333333333333333333333333333333333333'
const TO_CONTRACT = `send 1 USDC to ${WASTEFUL}`
const HEADLINE = 'swap 50 USDC to ETH'

let world: Awaited<ReturnType<typeof openCopilotWorld>>
let copilot: CopilotClient
beforeAll(async () => {
  world = await openCopilotWorld({ settings: { ALLOWLISTED_TOKENS: JSON.stringify({ 31337: TOKENS }) } })
  copilot = copilotClient(world.server)
  const mint = (amount: bigint) =>
    encodeFunctionData({
      abi: parseAbi(['function mint(address to, uint256 amount)']),
      args: [DEV_ACCOUNT, amount],
    })
  for (const [to, amount] of [
    [usdc, 10n ** 12n],
    [tether, 10n ** 9n],
    [TRAPS.feeOnTransfer, parseEther('1000')],
    [TRAPS.honeypot, parseEther('1000')],
  ] as const)
    await sign(world.devnet, { to, data: mint(amount), valueWei: '0' })
  await sign(world.devnet, { to: tether, data: approval(router, 10n), valueWei: '0' })
  await world.devnet.client.setCode({ address: WASTEFUL, bytecode: '0xfe' })
})
afterAll(() => world.close())

const approval = (spender: Address, amount: bigint): Hex =>
  encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [spender, amount] })
const swapData = (change: { amount?: bigint; least?: bigint; to?: Address; deadline?: bigint }): Hex =>
  encodeFunctionData({
    abi: ROUTER_ABI,
    functionName: 'swapExactTokensForETH',
    args: [
      change.amount ?? 50_000_000n,
      change.least ?? parseEther('0.01985'),
      [usdc, weth],
      change.to ?? DEV_ACCOUNT,
      change.deadline ?? 2n ** 33n,
    ],
  })

const at =
  (which: number, change: (request: TxRequest) => unknown): Tamper =>
  ({ tx_requests }) =>
    change(tx_requests.at(which)!)
const data = (which: number, bytes: Hex | string) =>
  at(which, (request) => Object.assign(request, { data: bytes }))
const approves = (spender: Address, amount: bigint) => data(0, approval(spender, amount))
const multicall = encodeFunctionData({
  abi: parseAbi(['function multicall(bytes[] data)']),
  args: [[approval(STRANGER, maxUint256)]],
})
const delegating = encodeFunctionData({
  abi: parseAbi(['function multiSend(bytes transactions)']),
  // An operation of 1 runs with the rights of whoever calls.
  args: [`0x01${STRANGER.slice(2)}${'0'.repeat(64)}${'0'.repeat(64)}`],
})
/** Whoever calls it takes twice as much from the wallet as it was told to. */
const greedy = (() => {
  const take = encodeFunctionData({
    abi: erc20Abi,
    functionName: 'transferFrom',
    args: [DEV_ACCOUNT, STRANGER, 100_000_000n],
  }).slice(2)
  return `0x6064602960003960006000606460006000${`73${usdc.slice(2)}`}5af100${take}`.toLowerCase() as Hex
})()
/** Counts to 16,384 before it takes what is sent to it. */
const slow: Hex = '0x6140005b6001900380600357 00'.replace(' ', '') as Hex

type Case = [
  what: string,
  id: string,
  status: Check['status'],
  sentence: string,
  tamper?: Tamper | undefined,
  more?: More,
]
const CASES: Case[] = [
  ['bytes after the last argument', 'hex_canonical', 'FAIL', HEADLINE, at(1, (each) => (each.data += '00'))],
  ['an odd number of digits', 'hex_canonical', 'FAIL', HEADLINE, at(1, (each) => (each.data += '0'))],
  [
    'a prefix in capitals',
    'hex_canonical',
    'FAIL',
    HEADLINE,
    at(1, (each) => (each.data = each.data.replace('0x', '0X'))),
  ],
  [
    'a function nobody knows',
    'selector_allowlist',
    'FAIL',
    HEADLINE,
    data(1, `0xa22cb465${'0'.repeat(128)}`),
  ],
  ['calls within a call', 'nested_calls', 'FAIL', HEADLINE, data(1, multicall)],
  [
    'a call within a call, with the rights of the wallet',
    'nested_calls',
    'FAIL',
    HEADLINE,
    data(1, delegating),
  ],
  [
    'an allowance by signature',
    'permit_signature',
    'FAIL',
    HEADLINE,
    data(0, `0xd505accf${'0'.repeat(448)}`),
  ],
  [
    'another amount in the bytes than is shown',
    'calldata_matches_meta',
    'FAIL',
    HEADLINE,
    approves(router, 49_000_000n),
  ],
  [
    'another swap than was asked for',
    'intent_conformance',
    'FAIL',
    HEADLINE,
    data(1, swapData({ amount: 51_000_000n })),
  ],
  [
    'a transaction on top',
    'intent_conformance',
    'FAIL',
    HEADLINE,
    ({ tx_requests }) =>
      tx_requests.push({
        ...tx_requests[0]!,
        txRequestId: 'approve-2',
        to: weth,
        data: approval(router, 1n),
      }),
  ],
  [
    'a recipient that a model named',
    'text_provenance',
    'FAIL',
    `send 1 USDC to ${FRIEND}`,
    ({ tx_plan }) => Object.assign(tx_plan.actions[0]!.sources.recipient!, { from: 'model' }),
  ],
  [
    'an allowance for a stranger',
    'approval_spender_known',
    'FAIL',
    HEADLINE,
    approves(STRANGER, 50_000_000n),
  ],
  [
    "an allowance for a person's account",
    'approval_spender_is_contract',
    'FAIL',
    HEADLINE,
    approves(FRIEND, 50_000_000n),
  ],
  ['an unlimited allowance', 'approval_bounded', 'FAIL', HEADLINE, approves(router, maxUint256)],
  [
    'an allowance one below unlimited',
    'approval_bounded',
    'FAIL',
    HEADLINE,
    approves(router, maxUint256 - 1n),
  ],
  ['what Permit2 takes for unlimited', 'approval_bounded', 'FAIL', HEADLINE, approves(router, maxUint160)],
  [
    'an allowance of a little more than is needed',
    'approval_bounded',
    'FAIL',
    HEADLINE,
    approves(router, 50_000_001n),
  ],
  [
    'a missing reset',
    'approval_increase_reset',
    'FAIL',
    'swap 50 USDT to ETH',
    ({ tx_requests }) => tx_requests.shift(),
  ],
  ['an allowance that stays', 'dangling_allowance', 'WARN', 'buy 0.01 ETH with USDC'],
  [
    'what a swap gives goes to somebody else, as asked',
    'recipient_is_self',
    'WARN',
    `swap 50 USDC to ETH to ${FRIEND}`,
  ],
  [
    'what a swap gives goes to somebody else',
    'recipient_is_self',
    'FAIL',
    HEADLINE,
    data(1, swapData({ to: STRANGER })),
  ],
  ['tokens for their own contract', 'recipient_special', 'FAIL', `send 1 USDC to ${usdc}`],
  ['tokens for the router', 'recipient_special', 'FAIL', `send 1 USDC to ${router}`],
  ['tokens for a pool', 'recipient_special', 'FAIL', `send 5 USDC to ${pair}`],
  ['coins for the factory', 'recipient_special', 'FAIL', `send 1 ETH to ${factory}`],
  ['tokens for Multicall3', 'recipient_special', 'FAIL', `send 1 USDC to ${multicall3}`],
  ['tokens for a contract that takes no part in an exchange', 'recipient_special', 'PASS', TO_CONTRACT],
  [
    'coins for a burn address',
    'recipient_special',
    'FAIL',
    'send 1 ETH to 0x000000000000000000000000000000000000dEaD',
  ],
  [
    'a wrong checksum',
    'recipient_checksum',
    'FAIL',
    `send 1 USDC to ${FRIEND}`,
    ({ tx_plan }) =>
      Object.assign(tx_plan.actions[0]!.sources.recipient!, { text: FRIEND.replace('dc79C8', 'dC79C8') }),
  ],
  [
    'an address that begins and ends like a known one',
    'recipient_poisoning',
    'FAIL',
    `send 1 USDC to ${LOOK_ALIKE}`,
  ],
  ['somebody who was never paid', 'recipient_new', 'WARN', `send 1 USDC to ${EMPTY}`],
  [
    'more leaves than was asked for',
    'simulation_effects',
    'FAIL',
    HEADLINE,
    // The router of the quote becomes another before the simulation.
    () => world.devnet.client.setCode({ address: router, bytecode: greedy }),
    { on: () => sign(world.devnet, { to: usdc, data: approval(router, 10n ** 9n), valueWei: '0' }) },
  ],
  [
    'a bound far below the quote',
    'min_received_vs_sim',
    'FAIL',
    HEADLINE,
    data(1, swapData({ least: parseEther('0.018') })),
  ],
  ['a token that keeps a part', 'fee_on_transfer', 'WARN', `send 10 TOLL to ${FRIEND}`],
  ['a token that cannot be sold', 'honeypot_sell', 'FAIL', 'swap 0.1 ETH to HONEY'],
  [
    'calls that run one by one',
    'simulation_engine',
    'WARN',
    HEADLINE,
    undefined,
    { on: (call) => withPoorRpc(world)(call) },
  ],
  ['a swap as large as the pool bears', 'price_impact', 'FAIL', 'swap 500000 USDC to ETH'],
  ['a swap large for the pool', 'price_impact', 'WARN', 'swap 50000 USDC to ETH'],
  ['a swap worth trading around', 'mev_exposure', 'WARN', 'swap 9000 USDC to ETH'],
  [
    'a token under the name of another',
    'token_identity',
    'FAIL',
    `send 1 USDT to ${FRIEND}`,
    undefined,
    {
      on: ({ registry }) => Object.assign(registry!.tokens.USDT!, { address: TRAPS.honeypot, decimals: 18 }),
    },
  ],
  ['a call to where nothing is', 'contract_has_code', 'FAIL', HEADLINE, at(1, (each) => (each.to = EMPTY))],
  [
    'other code than was pinned',
    'code_hash_pin',
    'FAIL',
    HEADLINE,
    (_, { copilot: { limits } }) =>
      Object.assign(limits.pins, { [router.toLowerCase()]: { codeHash: `0x${'1'.repeat(64)}` } }),
  ],
  [
    'a wallet that was handed to a contract',
    'delegated_wallet',
    'WARN',
    HEADLINE,
    undefined,
    {
      on: () =>
        world.devnet.client.setCode({ address: DEV_ACCOUNT, bytecode: `0xef0100${STRANGER.slice(2)}` }),
    },
  ],
  ['a transaction of another chain', 'chain_match', 'FAIL', HEADLINE, at(1, (each) => (each.chainId = 1))],
  ['a deadline that is over', 'deadline_sane', 'FAIL', HEADLINE, data(1, swapData({ deadline: 1n }))],
  ['a deadline far away', 'deadline_sane', 'WARN', 'swap 50 USDC to ETH within 120 minutes'],
  [
    'too little for the gas',
    'native_gas_reserve',
    'FAIL',
    HEADLINE,
    undefined,
    { on: () => world.devnet.client.setBalance({ address: DEV_ACCOUNT, value: 10n ** 12n }) },
  ],
  [
    'a recipient that uses much gas',
    'gas_anomaly',
    'WARN',
    `send 0.1 ETH to ${STRANGER}`,
    undefined,
    { on: () => world.devnet.client.setCode({ address: STRANGER, bytecode: slow }) },
  ],
  [
    'a simulation of other transactions',
    'simulation_fresh',
    'FAIL',
    HEADLINE,
    undefined,
    { simulated: ({ simulation }) => Object.assign(simulation.results[1]!, { txRequestId: 'swap-9' }) },
  ],
  [
    'many plans lately',
    'velocity',
    'WARN',
    HEADLINE,
    async (_, { copilot: { limits } }) => {
      await copilot.started('AWAITING_APPROVAL')
      limits.maxRunsPerHour = 1
    },
  ],
]

test.each(CASES)('%s: %s is %s on the devnet', async (_, id, status, sentence, tamper, more) => {
  await inPassing(world)
  const { of, decision } = await evaluateTampered(world, sentence, tamper, more)
  const check = of(id)
  expect(check.status, check.reason).toBe(status)
  if (status === 'FAIL') expect(decision).toMatchObject({ action: 'BLOCK', risk_score: 100 })
})

/** Without somebody outside to ask they cannot be known. */
const OUTSIDE = ['quote_vs_reference', 'contract_age', 'verified_source', 'reputation_feed']

test('every check is tripped on the devnet, but for those that need a source outside; a plain swap trips none', async () => {
  const tripped = new Set(CASES.map(([, id]) => id))
  // Caps have tests of their own, with runs that wait and runs that were confirmed.
  const untripped = SECURITY_CHECKS.map(({ id }) => id).filter(
    (id) => !tripped.has(id) && id !== 'spend_caps',
  )
  expect(untripped.toSorted()).toEqual(OUTSIDE.toSorted())
  const { checks } = await evaluateTampered(world, HEADLINE)
  const notPassed = checks.filter(({ status }) => status !== 'PASS')
  expect(notPassed.map(({ id, status }) => [id, status])).toEqual(
    ['quote_vs_reference', 'code_hash_pin', 'contract_age', 'verified_source', 'reputation_feed'].map(
      (id) => [id, 'UNKNOWN'],
    ),
  )
})

test('a node without eth_simulateV1 has the batch in place of the wallet show what leaves and what may be taken', async () => {
  await inPassing(world)
  const on = withPoorRpc(world, noSimulateV1)
  const fine = await evaluateTampered(world, HEADLINE, undefined, { on })
  expect(fine.of('simulation_effects')).toMatchObject({
    status: 'PASS',
    metadata: { changes: { [usdc.toLowerCase()]: '-50000000' } },
  })
  expect(fine.decision.risk_score).toBe(0)
  await sign(world.devnet, { to: usdc, data: approval(router, 10n ** 9n), valueWei: '0' })
  const theft = await evaluateTampered(
    world,
    HEADLINE,
    () => world.devnet.client.setCode({ address: router, bytecode: greedy }),
    { on },
  )
  expect(theft.of('simulation_effects')).toMatchObject({
    status: 'FAIL',
    reason: expect.stringContaining('100 USDC'),
  })
})

test('a node without any override scores once, and which checks it left open is told', async () => {
  await inPassing(world)
  const { checks, of, decision } = await evaluateTampered(world, HEADLINE, undefined, {
    on: withPoorRpc(world, noOverride),
  })
  expect([of('simulation_success').status, of('simulation_engine').status]).toEqual(['WARN', 'UNKNOWN'])
  expect(decision).toMatchObject({ risk_score: 15, severity: 'LOW' })
  const open = checks.filter(({ metadata }) => metadata.missing === 'simulation').map(({ id }) => id)
  expect(open).toEqual(['simulation_effects', 'min_received_vs_sim', 'fee_on_transfer', 'gas_anomaly'])
})

test('a contract that the node lets nobody ask is not taken for no pool', async () => {
  await inPassing(world)
  const on = withPoorRpc(world, ({ method, params }) =>
    method === 'eth_call' && Object(params[0]).to?.toLowerCase() === WASTEFUL
      ? { error: { code: -32000, message: 'header not found' } }
      : undefined,
  )
  const { of, decision } = await evaluateTampered(world, TO_CONTRACT, undefined, { on })
  expect(of('recipient_special')).toMatchObject({ status: 'UNKNOWN', metadata: { cause: 'broken_input' } })
  const { decision: asked } = await evaluateTampered(world, TO_CONTRACT)
  expect(decision.risk_score).toBeGreaterThan(asked.risk_score)
})

test('a token that no list names and that wants a reset is given one: found by trying, mined as planned', async () => {
  await inPassing(world)
  const { runId, artifacts, requests } = await copilot.handedOut('swap 50 USDT to ETH')
  expect(requests.map(({ txRequestId }) => txRequestId)).toEqual(['revoke-1', 'approve-1', 'swap-1'])
  expect(artifacts.simulation.summary).toEqual({ num_success: 3, num_failed: 0 })
  await signAll(world.devnet, copilot, runId, requests)
  expect((await copilot.poll(runId)).status).toBe('CONFIRMED')
})

test('a token that wants no reset is given none, though an allowance stands', async () => {
  await inPassing(world)
  await sign(world.devnet, { to: usdc, data: approval(router, 10n), valueWei: '0' })
  const { artifacts } = await copilot.started('AWAITING_APPROVAL', HEADLINE)
  const ids = artifacts.tx_requests.map(({ txRequestId }: TxRequest) => txRequestId)
  expect(ids).toEqual(['approve-1', 'swap-1'])
})

test('what can be bought and not sold is blocked as a run, and says why', async () => {
  const { artifacts } = await copilot.started('BLOCKED', 'swap 0.1 ETH to HONEY')
  expect(artifacts.decision.reasons).toContainEqual(
    expect.stringContaining('can be bought and not sold again'),
  )
})
