import type { Address } from 'viem'
import { expect, test } from 'vitest'
import { buildApproval, buildRevoke } from '../../../web3/transactions/build-approval.ts'
import { buildSwap, type SwapQuote } from '../../../web3/transactions/build-swap.ts'
import { buildTransfer } from '../../../web3/transactions/build-transfer.ts'
import { buildUnwrap, buildWrap } from '../../../web3/transactions/build-wrap.ts'
import { nameRequests, type TxDraft } from '../../../web3/transactions/transaction-request.ts'
import { PlannedAction, TxRequest } from '../schema.ts'
import { runChecks } from './check-definition.ts'
import { CALLDATA_CHECKS } from './checks/calldata.ts'
import { INTENT_CHECKS } from './checks/intent.ts'
import { describePlan } from './describe-plan.ts'
import { BLOCK_TIME, CHAIN, FRIEND, headlineSwap, REGISTRY, ROUTER, WALLET } from './policy.fixture.ts'
import { readReview } from './review.ts'
import { evaluatePolicyRules } from './rules.ts'

const { USDC: usdc, ETH: eth, WETH: weth } = REGISTRY.tokens
const router = REGISTRY.routers.UNISWAP_V2_ROUTER!
const said = (text: string) => ({ from: 'message', text })
const AMOUNT = 1_000_000n

/** A swap as the builder makes it, with the quote that it was made from. */
function swap(
  exact: 'in' | 'out',
  from: 'USDC' | 'ETH' | 'WETH',
  to: 'USDC' | 'ETH' | 'WETH',
  allowance = 0n,
  through: Address[] = [],
) {
  const [tokenIn, tokenOut] = [REGISTRY.tokens[from]!, REGISTRY.tokens[to]!]
  const path: Address[] = [tokenIn.address, ...through, tokenOut.address]
  const quote: SwapQuote = { exact, amountIn: AMOUNT, amountOut: 2_000_000n, path }
  const drafts = buildSwap({
    chainId: CHAIN,
    tokenIn,
    tokenOut,
    router,
    quote,
    recipient: WALLET,
    slippageBps: 50,
    deadlineSeconds: 1200,
    blockTime: BLOCK_TIME,
    allowance,
    resetFirst: true,
  })
  const units = String(exact === 'in' ? quote.amountIn : quote.amountOut)
  const action = {
    kind: 'SWAP',
    tokenIn: from,
    tokenOut: to,
    exact,
    amountBaseUnits: units,
    slippageBps: 50,
    routerKey: router.key,
    sources: { amount_in: said('some'), token_in: said(from), token_out: said(to) },
  }
  return { drafts, action, quote }
}

const amount = { amountBaseUnits: String(AMOUNT) }
const sources = (token: string) => ({
  amount: said('some'),
  token: said(token),
  spender: said('Uniswap'),
  recipient: said(FRIEND),
})
const spender = { chainId: CHAIN, token: usdc!, spender: ROUTER }

type Built = { drafts: TxDraft[]; action: object; quote?: SwapQuote }
const BUILT: Record<string, () => Built> = {
  'a token for coins': () => swap('in', 'USDC', 'ETH'),
  'coins for a token': () => swap('in', 'ETH', 'USDC'),
  'a token for a token': () => swap('in', 'USDC', 'WETH'),
  'exactly so many coins for a token': () => swap('out', 'USDC', 'ETH'),
  'exactly so much of a token for coins': () => swap('out', 'ETH', 'USDC'),
  'exactly so much of a token for a token': () => swap('out', 'WETH', 'USDC'),
  'a swap whose allowance is there': () => swap('in', 'USDC', 'ETH', AMOUNT),
  'a swap whose allowance is reset first': () => swap('in', 'USDC', 'ETH', 1n),
  'an approval': () => ({
    drafts: buildApproval({ ...spender, amount: AMOUNT, allowance: 0n }),
    action: { kind: 'APPROVE', token: 'USDC', spender: ROUTER, ...amount, sources: sources('USDC') },
  }),
  'an approval after a reset': () => ({
    drafts: buildApproval({ ...spender, amount: AMOUNT, allowance: 1n, resetFirst: true }),
    action: { kind: 'APPROVE', token: 'USDC', spender: ROUTER, ...amount, sources: sources('USDC') },
  }),
  'taking an allowance back': () => ({
    drafts: [buildRevoke(spender)],
    action: { kind: 'REVOKE', token: 'USDC', spender: ROUTER, sources: sources('USDC') },
  }),
  'a transfer of a token': () => ({
    drafts: [buildTransfer({ chainId: CHAIN, token: usdc!, recipient: FRIEND, amount: AMOUNT })],
    action: { kind: 'TRANSFER', token: 'USDC', recipient: FRIEND, ...amount, sources: sources('USDC') },
  }),
  'a transfer of coins': () => ({
    drafts: [buildTransfer({ chainId: CHAIN, token: eth!, recipient: FRIEND, amount: AMOUNT })],
    action: { kind: 'TRANSFER', token: 'ETH', recipient: FRIEND, ...amount, sources: sources('ETH') },
  }),
  wrapping: () => ({
    drafts: [buildWrap({ chainId: CHAIN, tokenIn: eth!, tokenOut: weth!, amount: AMOUNT })],
    action: { kind: 'WRAP', ...amount, sources: sources('ETH') },
  }),
  unwrapping: () => ({
    drafts: [buildUnwrap({ chainId: CHAIN, tokenIn: weth!, tokenOut: eth!, amount: AMOUNT })],
    action: { kind: 'UNWRAP', ...amount, sources: sources('WETH') },
  }),
}

function reviewed({ drafts, action, quote }: Built) {
  const input = headlineSwap()
  const { artifacts } = input
  artifacts.tx_requests = nameRequests(drafts).map((request) => TxRequest.parse(request))
  artifacts.tx_plan!.actions = [PlannedAction.parse(action)]
  if (quote) {
    Object.assign(artifacts.quote!, {
      path: quote.path,
      amountIn: String(quote.amountIn),
      amountsOut: [String(quote.amountIn), String(quote.amountOut)],
    })
  }
  artifacts.simulation!.results = artifacts.tx_requests.map(({ txRequestId }) => ({
    ...artifacts.simulation!.results[0]!,
    txRequestId,
  }))
  input.userTexts = [`some USDC ETH WETH on Uniswap ${FRIEND}`]
  return readReview(input)
}

test('whatever the builders make passes the rules, is as shown and as asked for, and can be told in words', () => {
  for (const [what, built] of Object.entries(BUILT)) {
    const review = reviewed(built())
    const checks = [
      ...evaluatePolicyRules(review),
      ...runChecks([...CALLDATA_CHECKS, ...INTENT_CHECKS], review),
    ]
    expect({ what, concerns: checks.filter(({ status }) => status !== 'PASS') }).toEqual({
      what,
      concerns: [],
    })
    expect(describePlan(review).join(' '), what).not.toMatch(/not known|base units/)
  }
})

test('what a swap goes through on its way is told', () => {
  const told = (through: Address[]) =>
    describePlan(reviewed(swap('in', 'USDC', 'ETH', AMOUNT, through)))
      .at(-1)!
      .replace(/^.* ETH on /, '')
  expect(told([])).toBe('Uniswap V2')
  expect(told([usdc!.address])).toBe('Uniswap V2 by way of USDC')
  expect(told([FRIEND])).toBe(`Uniswap V2 by way of ${FRIEND}`)
})

test('a plan for one token is never taken for a plan for another, nor coins for their wrapped token', () => {
  const { drafts, quote } = swap('in', 'USDC', 'ETH')
  const { action } = swap('in', 'USDC', 'WETH')
  const [conformance] = runChecks(
    INTENT_CHECKS.filter(({ id }) => id === 'intent_conformance'),
    reviewed({ drafts, action, quote }),
  )
  expect(conformance!.status).toBe('FAIL')
})
