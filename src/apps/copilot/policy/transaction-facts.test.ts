import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from '../../../lib/canonical-json.ts'
import { decimalText } from './amounts.ts'
import { evaluatePlan } from './evaluate-plan.ts'
import { planHash } from './plan-hash.ts'
import {
  approval,
  CHAIN,
  coinTransfer,
  FRIEND,
  headlineSwap,
  ROUTER,
  STRANGER,
  tokenTransfer,
  transferData,
  unwrapping,
  WALLET,
} from './policy.fixture.ts'
import { type ReviewInput, readReview } from './review.ts'
import { transactionFacts } from './transaction-facts.ts'

function factsOf(input: ReviewInput) {
  const review = readReview(input)
  const { security, decision } = evaluatePlan(review)
  return transactionFacts(review, decision, security)
}

test('policies see what goes and comes by the bytes, where to, how risky it is, and dollars where a stable token is in it', () => {
  expect(factsOf(headlineSwap())).toMatchObject({
    kind: 'SWAP',
    chain_id: CHAIN,
    token: 'USDC',
    amount: 50,
    amount_text: '50',
    token_out: 'ETH',
    least_out_text: '0.019839904392306416',
    recipient: WALLET,
    to_other: false,
    spender: ROUTER,
    slippage_bps: 50,
    transactions: 2,
    risk_score: 0,
    severity: 'LOW',
    warnings: [],
    usd: 50,
  })
  expect(factsOf(tokenTransfer(STRANGER))).toMatchObject({
    kind: 'TRANSFER',
    recipient: STRANGER,
    recipient_lowercase: STRANGER.toLowerCase(),
    to_other: true,
    spender: '',
    token_out: '',
    risk_score: 15,
    warnings: ['recipient_new'],
    usd: 5,
  })
  expect(factsOf(coinTransfer())).toMatchObject({ token: 'ETH', amount: 1, recipient: FRIEND })
  expect(factsOf(approval())).toMatchObject({ kind: 'APPROVE', amount: 25, usd: 25, spender: ROUTER })
  expect(factsOf(unwrapping())).toMatchObject({
    kind: 'UNWRAP',
    token: 'WETH',
    token_out: 'ETH',
    amount: 0.5,
  })
})

test('without a stable token nobody knows the dollars, and the fact is absent', () => {
  expect(factsOf(coinTransfer())).not.toHaveProperty('usd')
})

test('every fact but the dollars is there for every kind of plan', () => {
  const names = (input: ReviewInput) =>
    Object.keys(factsOf(input))
      .filter((name) => name !== 'usd')
      .sort()
  for (const plan of [tokenTransfer, coinTransfer, approval, unwrapping]) {
    expect(names(plan())).toEqual(names(headlineSwap()))
  }
})

test('the number of an amount is never below the amount, so that a limit cannot be slipped under', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 200n }), (amount) => {
      const input = tokenTransfer()
      input.artifacts.tx_requests![0]!.data = transferData(amount)
      const { amount: number } = factsOf(input) as { amount: number }
      let [scaled, halvings] = [number, 0n]
      // Doubling is exact, so that a double becomes the whole number that it is of halves.
      for (; !Number.isInteger(scaled); halvings++) scaled *= 2
      // A rule with the same digits has the same number.
      const asWritten = String(number) === decimalText(amount, 6)
      expect(asWritten || BigInt(scaled) * 10n ** 6n >= amount << halvings).toBe(true)
      expect(number).toBeLessThanOrEqual(Number(decimalText(amount, 6)) * (1 + 4 * Number.EPSILON))
    }),
  )
  const input = tokenTransfer()
  input.artifacts.tx_requests![0]!.data = transferData(9_007_199_254_740_993_000_001n)
  const { amount, amount_text } = factsOf(input)
  expect(amount_text).toBe('9007199254740993.000001')
  expect(amount).toBe(9_007_199_254_740_994)
})

const plan = () => {
  const { artifacts, chainId, wallet } = headlineSwap()
  return {
    txRequests: artifacts.tx_requests!,
    chainId,
    wallet: wallet as string,
    definitionSha256: 'a'.repeat(64),
  }
}

test('the hash of a plan is SHA-256, the same for the same plan, whatever the letters of the wallet and the order of members', () => {
  const hash = planHash(plan())
  expect(hash).toMatch(/^[0-9a-f]{64}$/)
  expect(planHash({ ...plan(), wallet: WALLET.toLowerCase() })).toBe(hash)
  const again = JSON.parse(canonicalJson(plan().txRequests))
  expect(planHash({ ...plan(), txRequests: again })).toBe(hash)
})

test('the hash of a plan changes with each request, their order, the chain, the wallet and the definition', () => {
  const changed = [
    { chainId: 1 },
    { wallet: STRANGER },
    { definitionSha256: 'b'.repeat(64) },
    { txRequests: plan().txRequests.toReversed() },
    { txRequests: plan().txRequests.slice(1) },
    ...['to', 'data', 'valueWei', 'txRequestId'].map((member) => {
      const txRequests = plan().txRequests
      Object.assign(txRequests[1]!, { [member]: member === 'to' ? STRANGER : '0x01' })
      return { txRequests }
    }),
  ].map((change) => planHash({ ...plan(), ...change }))
  expect(new Set([planHash(plan()), ...changed]).size).toBe(changed.length + 1)
})
