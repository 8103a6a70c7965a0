import { type Address, encodeFunctionData, parseAbi } from 'viem'
import { expect, test } from 'vitest'
import { ROUTER_ABI } from '../../../../web3/transactions/abis.ts'
import type { Check, TxRequest } from '../../schema.ts'
import { type CheckDefinition, runChecks } from '../check-definition.ts'
import {
  AMOUNT,
  approveData,
  BLOCK_TIME,
  contract,
  FRIEND,
  LEAST,
  logOf,
  PAIR,
  poolLog,
  ROUTER,
  STRANGER,
  swapData,
  tokenTransfer,
  USDC,
  WALLET,
  WETH,
} from '../policy.fixture.ts'
import { type ReviewInput, readReview } from '../review.ts'

export type Change = (input: ReviewInput) => unknown
export type Case = [title: string, status: Check['status'], base: () => ReviewInput, change?: Change]

export const request = (input: ReviewInput, at: number): TxRequest => input.artifacts.tx_requests!.at(at)!
export const result = (input: ReviewInput, at: number) => input.artifacts.simulation!.results.at(at)!
export const data =
  (at: number, text: string): Change =>
  (input) => {
    request(input, at).data = text
  }
export const meta =
  (at: number, members: object): Change =>
  (input) =>
    Object.assign(request(input, at).meta, members)
export const action =
  (members: object): Change =>
  (input) =>
    Object.assign(input.artifacts.tx_plan!.actions[0]!, members)
export const facts =
  (members: Partial<ReviewInput['facts']>): Change =>
  (input) =>
    Object.assign(input.facts, members)
export const accountOf =
  (address: Address, members: object): Change =>
  ({ facts: { accounts } }) =>
    Object.assign(accounts[address.toLowerCase()]!, members)
export const all =
  (...changes: Change[]): Change =>
  (input) => {
    for (const change of changes) change(input)
  }
/** The engine that runs all calls at the wallet's own address: without logs, with what the tokens say of allowances. */
export const withoutLogs =
  (spender: Address = ROUTER, after: string | null = String(AMOUNT)): Change =>
  (input) => {
    for (const each of input.artifacts.simulation!.results) {
      delete each.logs
      each.allowanceChanges = []
    }
    result(input, 0).allowanceChanges = [{ token: USDC, spender, before: '0', after }]
  }
export const BUYS = { out: 10n ** 16n, in: 25_076_478n, most: 25_201_860n }
/** "Buy 0.01 ETH with USDC", where 0.5% more may be taken than is quoted. */
export const buysExactly = (input: ReviewInput, most = BUYS.most): void => {
  const { artifacts } = input
  input.userTexts = ['buy 0.01 ETH with USDC']
  const [approval, swap] = artifacts.tx_requests!
  approval!.data = approveData(most)
  Object.assign(approval!.meta, { amount: '25.20186', amountBaseUnits: String(most) })
  swap!.data = encodeFunctionData({
    abi: ROUTER_ABI,
    functionName: 'swapTokensForExactETH',
    args: [BUYS.out, most, [USDC, WETH], WALLET, BigInt(BLOCK_TIME + 1200)],
  })
  Object.assign(swap!.meta, {
    amountIn: '25.20186',
    amountInBaseUnits: String(most),
    amountOutBaseUnits: String(BUYS.out),
    minOut: String(BUYS.out),
  })
  Object.assign(artifacts.tx_plan!.actions[0]!, {
    exact: 'out',
    amountBaseUnits: String(BUYS.out),
    sources: {
      amount_out: { from: 'message', text: '0.01' },
      token_in: { from: 'message', text: 'USDC' },
      token_out: { from: 'message', text: 'ETH' },
    },
  })
  Object.assign(artifacts.quote!, {
    amountIn: String(BUYS.in),
    amountsOut: [String(BUYS.in), String(BUYS.out)],
    minOut: String(BUYS.out),
  })
  const [approved, bought] = artifacts.simulation!.results
  approved!.logs = [logOf('approval', USDC, WALLET, ROUTER, most)]
  bought!.logs = [logOf('transfer', USDC, WALLET, PAIR, BUYS.in), poolLog(BUYS.in, BUYS.out)]
  bought!.assetChanges = [
    { address: WALLET, token: USDC, delta: String(-BUYS.in) },
    { address: WALLET, token: 'native', delta: String(BUYS.out) },
  ]
}
export const skipped: Change = ({ artifacts }) =>
  Object.assign(artifacts.simulation!, { status: 'skipped', results: [] })

export const MULTICALL = encodeFunctionData({
  abi: parseAbi(['function multicall(bytes[] data)']),
  args: [[approveData(AMOUNT)]],
})
export const DELEGATE: Address = '0x63c0c19a282a1B52b07dD5a65b58948A07DAE32B'
/** Begins and ends like FRIEND. */
export const LOOK_ALIKE: Address = `0x3c44${'0'.repeat(32)}93bc`
export const toLookAlike = () => {
  const input = tokenTransfer(LOOK_ALIKE)
  input.facts.accounts[LOOK_ALIKE.toLowerCase()] = structuredClone(
    input.facts.accounts[FRIEND.toLowerCase()]!,
  )
  return input
}
export const swapTo = (recipient: Address) => data(1, swapData({ recipient }))
export const cap =
  (members: object): Change =>
  (input) => {
    input.limits.spendCaps = { USDC: members }
  }
export const allowance =
  (amount: bigint): Change =>
  (input) => {
    input.artifacts.wallet_snapshot!.allowances[0]!.allowance = String(amount)
  }
export const needsReset: Change = ({ facts: { tokens } }) =>
  Object.assign(tokens[USDC.toLowerCase()]!, { needsReset: true })
export const resetFirst: Change = ({ artifacts }) =>
  artifacts.tx_requests!.unshift({
    ...structuredClone(artifacts.tx_requests![0]!),
    txRequestId: 'revoke-1',
    data: approveData(0n),
    meta: { kind: 'REVOKE', token: 'USDC', spender: ROUTER },
  })
export const onChain =
  (address: Address, members: object): Change =>
  ({ facts: { tokens } }) =>
    Object.assign(tokens[address.toLowerCase()] ?? {}, members)
/** A swap into a token that the registry does not have. */
export const intoStranger: Change = all(
  data(1, swapData({ path: [USDC, STRANGER] })),
  ({ artifacts }) => Object.assign(artifacts.quote!, { path: [USDC, STRANGER] }),
  ({ facts: { tokens } }) =>
    Object.assign(tokens, {
      [STRANGER.toLowerCase()]: { symbol: 'USDС', decimals: 18, totalSupply: 10n ** 24n },
    }),
)
const boughtFor = (token: Address, from = USDC): Change =>
  data(
    1,
    encodeFunctionData({
      abi: parseAbi([
        'function swapExactTokensForTokens(uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline)',
      ]),
      args: [AMOUNT, LEAST, [from, token], WALLET, BigInt(BLOCK_TIME + 60)],
    }),
  )
export const buysStranger: Change = all(intoStranger, boughtFor(STRANGER))
export const buysUsdc: Change = boughtFor(USDC, WETH)
/** The swap gives the wrapped coin. */
export const boughtTokens: Change = boughtFor(WETH)
export const sold = (success: boolean, lossBps: number | null) =>
  all(buysStranger, facts({ sellBack: { [STRANGER.toLowerCase()]: { success, lossBps } } }))
export const reputed = (members: object) =>
  facts({
    reputation: {
      [ROUTER.toLowerCase()]: members,
      [USDC.toLowerCase()]: members,
      [WETH.toLowerCase()]: members,
    },
  })
export const pinned =
  (codeHash: `0x${string}`, implementation?: Address): Change =>
  (input) => {
    const pin = { codeHash, ...(implementation && { implementation }) }
    input.limits.pins = {
      [USDC.toLowerCase()]: pin,
      [ROUTER.toLowerCase()]: { codeHash: contract().codeHash! },
    }
  }
export const received =
  (amount: bigint): Change =>
  (input) => {
    result(input, -1).assetChanges = [
      { address: WALLET, token: USDC, delta: String(-AMOUNT) },
      { address: WALLET, token: 'native', delta: String(amount) },
    ]
  }

const checkOf = (definition: CheckDefinition, input: ReviewInput): Check =>
  runChecks([definition], readReview(input))[0]!

/** One test for each check of a family: what trips it, and its neighbour that does not. */
export function testChecks(definitions: readonly CheckDefinition[], cases: Record<string, Case[]>): void {
  for (const definition of definitions) {
    const own = cases[definition.id] ?? []
    test(`${definition.id}: ${own.map(([title, status]) => `${title} (${status})`).join(', ')}`, () => {
      for (const [title, status, base, change] of own) {
        const input = base()
        change?.(input)
        const check = checkOf(definition, input)
        expect({ title, status: check.status }, check.reason).toEqual({ title, status })
        expect(check.reason).not.toBe('')
      }
      const told = new Set(own.map(([, status]) => status))
      expect(
        told.has('PASS') && told.size > 1,
        'a check needs a plan that trips it and one that does not',
      ).toBe(true)
    })
  }
}
