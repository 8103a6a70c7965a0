import { keccak256 } from 'viem'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Check } from '../../src/apps/copilot/schema.ts'
import { CANONICAL, DEV_ACCOUNT } from '../../src/web3/devnet/addresses.ts'
import { startTestDevnet, type TestDevnet } from '../harness/start-devnet.ts'
import { startTestServer } from '../harness/start-test-server.ts'
import { copilotClient, DEVNET_ID, HEADLINE } from './copilot-client.ts'

const { usdc, weth, router, pair } = CANONICAL
const DELEGATE = '0x63c0c19a282a1B52b07dD5a65b58948A07DAE32B'

let devnet: TestDevnet
beforeAll(async () => {
  devnet = await startTestDevnet()
})
afterAll(() => devnet.stop())

const onDevnet = (value: object) => JSON.stringify({ [DEVNET_ID]: value })

async function copilotWith(settings: Record<string, string>) {
  const server = await startTestServer({ devnet, settings })
  onTestFinished(() => server.close())
  return copilotClient(server)
}

async function pinsOf(...addresses: `0x${string}`[]) {
  const codes = addresses.map(async (address) => {
    const code_hash = keccak256((await devnet.client.getCode({ address }))!)
    return [address, { code_hash }] as const
  })
  return Object.fromEntries(await Promise.all(codes))
}

function statusOf(artifacts: { security_result: { output: { checks: Check[] } } }) {
  const { checks } = artifacts.security_result.output
  return Object.fromEntries(checks.map(({ id, status }) => [id, status]))
}

test('what settings ask for warns and passes as they say', async () => {
  const copilot = await copilotWith({
    CODE_PINS: onDevnet(await pinsOf(usdc, router)),
    KNOWN_DELEGATES: JSON.stringify([DELEGATE]),
    PRICE_IMPACT_WARN_BPS: '5',
    MEV_WARN_USD: '0.1',
    DEADLINE_WARN_SECONDS: '60',
    GAS_CAPS: '{"SWAP":1000}',
    VELOCITY_WARN_RUNS: '1',
  })
  await devnet.client.setCode({ address: DEV_ACCOUNT, bytecode: `0xef0100${DELEGATE.slice(2)}` })
  onTestFinished(() => devnet.client.setCode({ address: DEV_ACCOUNT, bytecode: '0x' }))
  await copilot.started('AWAITING_APPROVAL', 'swap 50 USDC to ETH')
  const { artifacts } = await copilot.started('AWAITING_APPROVAL', 'swap 2000 USDC to ETH')
  expect(statusOf(artifacts)).toMatchObject({
    code_hash_pin: 'PASS',
    delegated_wallet: 'PASS',
    price_impact: 'WARN',
    mev_exposure: 'WARN',
    deadline_sane: 'WARN',
    gas_anomaly: 'WARN',
    velocity: 'WARN',
  })
})

test('other code than is pinned, more than a cap and less than the reserve are blocked', async () => {
  const pins = await pinsOf(usdc, router)
  const copilot = await copilotWith({
    CODE_PINS: onDevnet({ ...pins, [router]: pins[usdc] }),
    SPEND_CAPS: onDevnet({ USDC: { per_transaction: '49.999999' } }),
    NATIVE_RESERVE: '200000',
  })
  const { artifacts } = await copilot.started('BLOCKED', HEADLINE)
  expect(artifacts.decision.reasons).toEqual(
    expect.arrayContaining([
      expect.stringContaining(`The code of ${router} is not the one that is pinned.`),
      expect.stringContaining('50 USDC in one transaction, and 49.999999 USDC is the cap'),
    ]),
  )
  expect(statusOf(artifacts)).toMatchObject({
    code_hash_pin: 'FAIL',
    spend_caps: 'FAIL',
    native_gas_reserve: 'FAIL',
  })
})

test('a token without a pool is asked about in whole sentences', async () => {
  const tokens = {
    ETH: { address: weth, decimals: 18, is_native: true },
    WETH: { address: weth, decimals: 18 },
    USDC: { address: usdc, decimals: 6 },
    SHARE: { address: pair, decimals: 18 },
  }
  const copilot = await copilotWith({ ALLOWLISTED_TOKENS: onDevnet(tokens) })
  const { artifacts } = await copilot.started('NEEDS_INPUT', 'swap 50 USDC to SHARE')
  expect(artifacts.needs_input.questions).toEqual([
    'UNISWAP_V2_ROUTER cannot swap USDC for SHARE: there is no pool for it. Which token do you want instead, or how much?',
  ])
})
