import { expect, test } from 'vitest'
import { DEFAULT_POLICY_LIMITS, type PolicyLimits } from '../apps/copilot/policy/limits.ts'
import { readConfig } from '../config.ts'

const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48'
const ROUTER = '0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D'
const STRANGER = '0x90F79bf6EB2c4f870365E785982E1f101E93b906'
const HASH = `0x${'aB'.repeat(32)}`
const limitsOf = (settings: Record<string, string>) => readConfig(settings).transactionLimits

test('without settings the limits are those that are built in', () => {
  expect(limitsOf({})).toEqual({ limits: DEFAULT_POLICY_LIMITS, ofChain: new Map() })
})

test.each<[string, string, Partial<PolicyLimits>]>([
  ['PRICE_IMPACT_WARN_BPS', '50', { priceImpactWarnBps: 50 }],
  ['PRICE_IMPACT_BLOCK_BPS', '300', { priceImpactBlockBps: 300 }],
  ['FEE_ON_TRANSFER_BLOCK_BPS', '0', { feeOnTransferBlockBps: 0 }],
  ['SELL_BACK_BLOCK_BPS', '200', { sellBackBlockBps: 200 }],
  ['MEV_WARN_USD', '2.5', { sandwichWarnUsd: 2.5 }],
  ['DEADLINE_WARN_SECONDS', '600', { maxDeadlineSeconds: 600 }],
  ['SIMULATION_MAX_AGE_BLOCKS', '3', { maxSimulationAgeBlocks: 3 }],
  ['VELOCITY_WARN_RUNS', '5', { maxRunsPerHour: 5 }],
  ['VELOCITY_WARN_RUNS_TO_RECIPIENT', '2', { maxRunsPerRecipientPerHour: 2 }],
  ['NATIVE_RESERVE', '0.05', { nativeReserveWei: 5n * 10n ** 16n }],
  ['GAS_CAPS', '{"SWAP":400000}', { gasCaps: { ...DEFAULT_POLICY_LIMITS.gasCaps, SWAP: 400_000n } }],
  ['KNOWN_DELEGATES', `["${STRANGER.toLowerCase()}"]`, { knownDelegates: [STRANGER] }],
])('%s=%s is the one limit that it names', (name, value, limit) => {
  expect(limitsOf({ [name]: value }).limits).toEqual({ ...DEFAULT_POLICY_LIMITS, ...limit })
})

test('caps and pins are of one chain: amounts by the decimals of its token, addresses in any letters', () => {
  const { ofChain } = limitsOf({
    SPEND_CAPS: '{"31337":{"USDC":{"per_transaction":"500.5","per_day":"1000"},"ETH":{"per_day":"0"}}}',
    CODE_PINS: `{"31337":{"${ROUTER.toLowerCase()}":{"code_hash":"${HASH}","implementation":"${STRANGER}"}}}`,
  })
  expect([...ofChain]).toEqual([
    [
      31337,
      {
        spendCaps: { USDC: { perTransaction: 500_500_000n, perDay: 1_000_000_000n }, ETH: { perDay: 0n } },
        pins: { [ROUTER.toLowerCase()]: { codeHash: HASH.toLowerCase(), implementation: STRANGER } },
      },
    ],
  ])
})

test.each([
  ['PRICE_IMPACT_WARN_BPS', '600'],
  ['PRICE_IMPACT_BLOCK_BPS', '20000'],
  ['FEE_ON_TRANSFER_BLOCK_BPS', 'none'],
  ['MEV_WARN_USD', '-1'],
  ['DEADLINE_WARN_SECONDS', '0'],
  ['SIMULATION_MAX_AGE_BLOCKS', '1.5'],
  ['VELOCITY_WARN_RUNS', '0'],
  ['NATIVE_RESERVE', '-1'],
  ['NATIVE_RESERVE', '1e3'],
  ['NATIVE_RESERVE', '0.0000000000000000001'],
  ['GAS_CAPS', '{"SELL":1}'],
  ['GAS_CAPS', '{"SWAP":0}'],
  ['SPEND_CAPS', '{"31337":{"USDC":{"per_day":1000}}}'],
  ['SPEND_CAPS', '{"31337":{"USDC":{"per_week":"1000"}}}'],
  ['SPEND_CAPS', '{"31337":{"USDC":{}}}'],
  ['SPEND_CAPS', '{"31337":{"USDC":{"per_day":"0.0000001"}}}'],
  ['SPEND_CAPS', '{"31337":{"PEPE":{"per_day":"1"}}}'],
  ['SPEND_CAPS', '{"5":{"USDC":{"per_day":"1"}}}'],
  ['CODE_PINS', `{"31337":{"${USDC}":{"code_hash":"0x12"}}}`],
  ['CODE_PINS', `{"31337":{"${USDC}":{}}}`],
  ['CODE_PINS', `{"31337":{"${USDC.replace('A0b', 'a0b')}":{"code_hash":"${HASH}"}}}`],
  ['CODE_PINS', `{"31337":{"${STRANGER}":{"code_hash":"${HASH}"}}}`],
  ['CODE_PINS', `{"5":{"${USDC}":{"code_hash":"${HASH}"}}}`],
  ['KNOWN_DELEGATES', '["0x12"]'],
  ['KNOWN_DELEGATES', `["${USDC.replace('A0b', 'a0b')}"]`],
])('%s=%s stops the start, and the message names the setting', (name, value) => {
  expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`\\b${name}\\b`))
})
