import { type Address, encodeFunctionData, type Hex } from 'viem'
import { makeRegistries } from '../../../web3/registry.ts'
import { ERC20_ABI, ROUTER_ABI, WRAPPED_NATIVE_ABI } from '../../../web3/transactions/abis.ts'
import {
  type PlannedAction,
  Quote,
  Simulation,
  type SimulationLog,
  type TransactionMeta,
  TxPlan,
  TxRequest,
  WalletSnapshot,
} from '../schema.ts'
import type { AccountFacts, ChainFacts } from './chain-facts.ts'
import { DEFAULT_POLICY_LIMITS } from './limits.ts'
import type { ReviewInput } from './review.ts'

export const WALLET: Address = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
export const FRIEND: Address = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'
export const STRANGER: Address = '0x90F79bf6EB2c4f870365E785982E1f101E93b906'
export const USDC: Address = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48'
export const WETH: Address = '0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2'
export const ROUTER: Address = '0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D'
export const PAIR: Address = '0xB4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc'
export const CHAIN = 31337
export const BLOCK = 100
export const BLOCK_TIME = 1_800_000_000
export const QUOTED = 19_939_602_404_328_057n
export const LEAST = (QUOTED * 9950n) / 10_000n
export const AMOUNT = 50_000_000n
export const REGISTRY = makeRegistries().get(CHAIN)!
const FEE = { maxFeePerGas: '2000000000' }

const said = (text: string) => ({ from: 'message', text }) as const

export const approveData = (amount: bigint, spender: Address = ROUTER): Hex =>
  encodeFunctionData({ abi: ERC20_ABI, functionName: 'approve', args: [spender, amount] })
export const transferData = (amount: bigint, recipient: Address = FRIEND): Hex =>
  encodeFunctionData({ abi: ERC20_ABI, functionName: 'transfer', args: [recipient, amount] })
export const withdrawData = (amount: bigint): Hex =>
  encodeFunctionData({ abi: WRAPPED_NATIVE_ABI, functionName: 'withdraw', args: [amount] })
export const swapData = ({
  amountIn = AMOUNT,
  least = LEAST,
  path = [USDC, WETH] as Address[],
  recipient = WALLET,
  deadline = BLOCK_TIME + 1200,
} = {}): Hex =>
  encodeFunctionData({
    abi: ROUTER_ABI,
    functionName: 'swapExactTokensForETH',
    args: [amountIn, least, path, recipient, BigInt(deadline)],
  })

export const topic = (address: Address): Hex => `0x${address.slice(2).toLowerCase().padStart(64, '0')}`
const word = (amount: bigint): Hex => `0x${amount.toString(16).padStart(64, '0')}`
export const logOf = (
  event: 'transfer' | 'approval',
  token: Address,
  from: Address,
  to: Address,
  amount: bigint,
): SimulationLog => ({
  address: token,
  topics: [
    event === 'transfer'
      ? '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
      : '0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925',
    topic(from),
    topic(to),
  ],
  data: word(amount),
})

/** What the pool tells of a swap: paid in USDC, given in WETH. */
export const poolLog = (paid: bigint, given: bigint): SimulationLog => ({
  address: PAIR,
  topics: [
    '0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822',
    topic(ROUTER),
    topic(WALLET),
  ],
  data: `0x${[paid, 0n, 0n, given].map((amount) => word(amount).slice(2)).join('')}`,
})

const account = (more: Partial<AccountFacts> = {}): AccountFacts => ({
  codeHash: null,
  delegate: null,
  implementation: null,
  nonce: 5,
  balanceWei: 10n ** 18n,
  exchange: null,
  ...more,
})
export const contract = (more: Partial<AccountFacts> = {}) =>
  account({ codeHash: `0x${'ab'.repeat(32)}`, ...more })

function chainFacts(): ChainFacts {
  const accounts: [Address, AccountFacts][] = [
    [WALLET, account()],
    [FRIEND, account()],
    [STRANGER, account()],
    [USDC, contract()],
    [WETH, contract()],
    [ROUTER, contract()],
  ]
  return {
    rpcChainId: CHAIN,
    blockNumber: BLOCK,
    blockTime: BLOCK_TIME,
    accounts: Object.fromEntries(accounts.map(([address, facts]) => [address.toLowerCase(), facts])),
    tokens: {
      [USDC.toLowerCase()]: { symbol: 'USDC', decimals: 6, totalSupply: 10n ** 15n },
      [WETH.toLowerCase()]: { symbol: 'WETH', decimals: 18, totalSupply: 10n ** 24n },
    },
    pairs: [
      {
        pair: PAIR,
        tokenIn: USDC,
        tokenOut: WETH,
        reserveIn: 2_500_000_000_000n,
        reserveOut: 10n ** 21n,
      },
    ],
    paidBefore: [FRIEND],
  }
}

const snapshot = () =>
  WalletSnapshot.parse({
    chainId: CHAIN,
    walletAddress: WALLET,
    native: { balanceWei: String(10n ** 19n) },
    erc20: [
      { token: USDC, symbol: 'USDC', decimals: 6, balance: '60000000' },
      { token: WETH, symbol: 'WETH', decimals: 18, balance: '0' },
    ],
    allowances: [{ token: USDC, spender: ROUTER, allowance: '0' }],
    blockNumber: BLOCK,
  })

/** A plan as the parts before the checks leave it, with nothing known that speaks against it. */
function planned(
  action: PlannedAction,
  text: string,
  requests: { data: Hex; to: Address; value?: bigint; meta: TransactionMeta }[],
): ReviewInput {
  const tx_requests = requests.map(({ data, to, value = 0n, meta }) =>
    TxRequest.parse({
      txRequestId: `${meta.kind.toLowerCase()}-1`,
      chainId: CHAIN,
      to,
      data,
      valueWei: String(value),
      meta,
    }),
  )
  return {
    chainId: CHAIN,
    wallet: WALLET,
    registry: structuredClone(REGISTRY),
    limits: structuredClone(DEFAULT_POLICY_LIMITS),
    artifacts: {
      wallet_snapshot: snapshot(),
      tx_plan: TxPlan.parse({ type: 'plan', actions: [action] }),
      tx_requests,
      simulation: Simulation.parse({
        status: 'completed',
        mode: 'sequential',
        sequence: tx_requests.map(({ txRequestId }) => txRequestId),
        override_support: 'simulate_v1',
        overrides_used: false,
        engine: 'eth_simulateV1',
        results: tx_requests.map(({ txRequestId }) => ({
          txRequestId,
          success: true,
          gasEstimate: '60000',
          fee: FEE,
          logs: [],
          assetChanges: [],
        })),
        summary: { num_success: tx_requests.length, num_failed: 0 },
        blockNumber: BLOCK,
        blockTime: BLOCK_TIME + 12,
      }),
    },
    userTexts: [text],
    addressBook: [],
    facts: chainFacts(),
  }
}

/** "Swap 50 USDC to ETH on Uniswap with 0.5% slippage". */
export function headlineSwap(): ReviewInput {
  const input = planned(
    {
      kind: 'SWAP',
      tokenIn: 'USDC',
      tokenOut: 'ETH',
      exact: 'in',
      amountBaseUnits: String(AMOUNT),
      slippageBps: 50,
      deadlineSeconds: 1200,
      routerKey: 'UNISWAP_V2_ROUTER',
      sources: { amount_in: said('50'), token_in: said('USDC'), token_out: said('ETH') },
    },
    'Swap 50 USDC to ETH on Uniswap with 0.5% slippage',
    [
      {
        to: USDC,
        data: approveData(AMOUNT),
        meta: {
          kind: 'APPROVE',
          token: 'USDC',
          spender: ROUTER,
          amount: '50',
          amountBaseUnits: String(AMOUNT),
        },
      },
      {
        to: ROUTER,
        data: swapData(),
        meta: {
          kind: 'SWAP',
          tokenIn: 'USDC',
          tokenOut: 'ETH',
          amountIn: '50',
          amountInBaseUnits: String(AMOUNT),
          minOut: String(LEAST),
          slippageBps: 50,
          deadlineSeconds: 1200,
          routerKey: 'UNISWAP_V2_ROUTER',
        },
      },
    ],
  )
  input.artifacts.quote = Quote.parse({
    router: ROUTER,
    routerKey: 'UNISWAP_V2_ROUTER',
    path: [USDC, WETH],
    amountIn: String(AMOUNT),
    amountsOut: [String(AMOUNT), String(QUOTED)],
    minOut: String(LEAST),
    slippageBps: 50,
    blockNumber: BLOCK,
  })
  const [approval, swap] = input.artifacts.simulation!.results
  approval!.logs = [logOf('approval', USDC, WALLET, ROUTER, AMOUNT)]
  swap!.logs = [logOf('transfer', USDC, WALLET, PAIR, AMOUNT), poolLog(AMOUNT, QUOTED)]
  swap!.assetChanges = [
    { address: WALLET, token: USDC, delta: String(-AMOUNT) },
    { address: WALLET, token: 'native', delta: String(QUOTED) },
  ]
  return input
}

/** "Send 5 USDC to …" somebody who was paid before. */
export function tokenTransfer(recipient: Address = FRIEND): ReviewInput {
  const amount = 5_000_000n
  const input = planned(
    {
      kind: 'TRANSFER',
      token: 'USDC',
      amountBaseUnits: String(amount),
      recipient,
      sources: { amount: said('5'), asset: said('USDC'), recipient: said(recipient) },
    },
    `Send 5 USDC to ${recipient}`,
    [
      {
        to: USDC,
        data: transferData(amount, recipient),
        meta: { kind: 'TRANSFER', token: 'USDC', recipient, amount: '5', amountBaseUnits: String(amount) },
      },
    ],
  )
  input.artifacts.simulation!.results[0]!.logs = [logOf('transfer', USDC, WALLET, recipient, amount)]
  input.artifacts.simulation!.results[0]!.assetChanges = [
    { address: WALLET, token: USDC, delta: String(-amount) },
    { address: recipient, token: USDC, delta: String(amount) },
  ]
  return input
}

/** "Send 1 ETH to …" somebody who was paid before. */
export function coinTransfer(recipient: Address = FRIEND): ReviewInput {
  const amount = 10n ** 18n
  const input = planned(
    {
      kind: 'TRANSFER',
      token: 'ETH',
      amountBaseUnits: String(amount),
      recipient,
      sources: { amount: said('1'), asset: said('ETH'), recipient: said(recipient) },
    },
    `Send 1 ETH to ${recipient}`,
    [
      {
        to: recipient,
        data: '0x',
        value: amount,
        meta: { kind: 'TRANSFER', token: 'ETH', recipient, amount: '1', amountBaseUnits: String(amount) },
      },
    ],
  )
  input.artifacts.simulation!.results[0]!.assetChanges = [
    { address: WALLET, token: 'native', delta: String(-amount) },
    { address: recipient, token: 'native', delta: String(amount) },
  ]
  return input
}

/** "Approve UNISWAP_V2_ROUTER to spend 25 USDC". */
export function approval(amount = 25_000_000n): ReviewInput {
  return planned(
    {
      kind: 'APPROVE',
      token: 'USDC',
      spender: ROUTER,
      amountBaseUnits: String(amount),
      sources: { amount: said('25'), token: said('USDC'), spender: said('UNISWAP_V2_ROUTER') },
    },
    'Approve UNISWAP_V2_ROUTER to spend 25 USDC',
    [
      {
        to: USDC,
        data: approveData(amount),
        meta: { kind: 'APPROVE', token: 'USDC', spender: ROUTER, amountBaseUnits: String(amount) },
      },
    ],
  )
}

/** "Unwrap 0.5 WETH". */
export function unwrapping(amount = 5n * 10n ** 17n): ReviewInput {
  const input = planned(
    { kind: 'UNWRAP', amountBaseUnits: String(amount), sources: { amount: said('0.5') } },
    'Unwrap 0.5 WETH',
    [{ to: WETH, data: withdrawData(amount), meta: { kind: 'UNWRAP', amountBaseUnits: String(amount) } }],
  )
  input.artifacts.simulation!.results[0]!.assetChanges = [
    { address: WALLET, token: WETH, delta: String(-amount) },
    { address: WALLET, token: 'native', delta: String(amount) },
  ]
  return input
}
