import { expect, test } from 'vitest'
import { Artifacts, ConsensusSummary } from '../schema.ts'
import { judgeResult, securityResult } from './agent-results.ts'
import { buysExactly } from './checks/check-cases.fixture.ts'
import { evaluatePlan } from './evaluate-plan.ts'
import { finalizeRun } from './finalize.ts'
import { judgePlan } from './judge.ts'
import { coinTransfer, FRIEND, headlineSwap, STRANGER, swapData, tokenTransfer } from './policy.fixture.ts'
import { type ReviewInput, readReview } from './review.ts'

const NOW = '2026-01-01T00:00:00.000Z'

function finalized(input: ReviewInput, more: Partial<Artifacts> = {}) {
  const review = readReview(input)
  const { policy, security, decision } = evaluatePlan(review)
  const artifacts = Artifacts.parse({
    ...input.artifacts,
    policy_result: policy,
    decision,
    security_result: securityResult(security, decision, NOW),
    judge_result: judgeResult(judgePlan(review, [...policy.checks, ...security]), NOW),
    ...more,
  })
  return finalizeRun(artifacts, review)
}

/** Words of the program that a person has no use for. */
const INTERNAL = /noop|artifact|tx_|simulat\w+_v1|base units|broken|undefined|null|NaN|FAIL|WARN/

test('a swap is told with what goes, what comes, the least, the slippage, the fee and that the approval comes first', () => {
  const { assistant_message, final_status_suggested } = finalized(headlineSwap())
  expect(final_status_suggested).toBe('READY')
  expect(assistant_message.split('\n')).toEqual([
    '1. Approve Uniswap V2 to take exactly 50 USDC.',
    '2. Swap 50 USDC for at least 0.019839904392306416 ETH on Uniswap V2.',
    'At the price of now that is about 0.019939602404328057 ETH, with a slippage of 0.5% at most.',
    'The network fee is up to 0.00024 ETH at the gas price of now.',
    'The approval comes first, and what follows needs it.',
    'Nothing is sent before you approve it here and sign it in your wallet.',
  ])
})

test('a transfer is one sentence, and a warning is told with it', () => {
  expect(finalized(coinTransfer()).assistant_message.split('\n')[0]).toBe(`Send 1 ETH to ${FRIEND}.`)
  const { assistant_message, consensus_summary } = finalized(tokenTransfer(STRANGER))
  expect(assistant_message).toContain(`Please note: ${STRANGER} was never paid from here.`)
  expect(consensus_summary.signals.Security.status).toBe('WARN')
})

test('of a swap for an exact amount the quote says what goes, because what comes was asked for', () => {
  const input = headlineSwap()
  buysExactly(input)
  expect(finalized(input).assistant_message.split('\n').slice(1, 3)).toEqual([
    '2. Swap at most 25.20186 USDC for exactly 0.01 ETH on Uniswap V2.',
    'At the price of now that is about 25.076478 USDC, with a slippage of 0.5% at most.',
  ])
})

test('what may be taken and is not is told in the unit of the token', () => {
  const input = headlineSwap()
  buysExactly(input)
  const { assistant_message } = finalized(input)
  expect(assistant_message).toContain(
    'Please note: An allowance of 0.125382 USDC stays behind. It can be taken back.',
  )
  expect(assistant_message).not.toMatch(INTERNAL)
})

/** What the last engine leaves: the approval ran, the swap could only be assumed. */
function assumedSwap(): ReviewInput {
  const input = headlineSwap()
  const { simulation } = input.artifacts
  Object.assign(simulation!, { engine: 'eth_call', override_support: 'unsupported' })
  for (const each of simulation!.results) {
    delete each.logs
    delete each.assetChanges
  }
  const reason = 'ALLOWANCE_NOT_APPLIED_IN_SIMULATION'
  const assumed = { assumed_success: true, assumption_reason: reason, gasEstimate: null, fee: null }
  Object.assign(simulation!.results[1]!, assumed)
  return input
}

test('a fee that is not known of every transaction is not told as the fee of all', () => {
  const told = (input: ReviewInput) => /.*network fee.*/.exec(finalized(input).assistant_message)?.[0]
  expect(told(assumedSwap())).toBe(
    'The network fee of 1 is up to 0.00012 ETH at the gas price of now; that of 2 could not be found out and comes on top.',
  )
  const unknown = coinTransfer()
  Object.assign(unknown.artifacts.simulation!.results[0]!, { gasEstimate: null })
  expect(told(unknown)).toBe('How much the network fee is could not be found out.')
})

test('where a swap could only be assumed, what that left unchecked is told one by one, and it scores once', () => {
  const review = readReview(assumedSwap())
  expect(evaluatePlan(review).decision.risk_score).toBe(15)
  expect(finalized(assumedSwap()).assistant_message).toContain(
    'Not checked, because this node does not show it: Simulation: nothing else leaves; Simulation: at least what was promised; Simulation: what is sent arrives; Gas: a usual amount.',
  )
  expect(finalized(headlineSwap()).assistant_message).not.toContain('Not checked')
})

test('a blocked plan says why and that nothing was sent', () => {
  const input = headlineSwap()
  input.artifacts.tx_requests![1]!.data = swapData({ recipient: STRANGER })
  const { assistant_message, final_status_suggested, consensus_summary } = finalized(input)
  expect(final_status_suggested).toBe('BLOCKED')
  expect(assistant_message).toContain(`What comes out of the swap goes to ${STRANGER} and not to the wallet.`)
  expect(assistant_message).toMatch(/Nothing was sent\.$/)
  expect(ConsensusSummary.parse(consensus_summary)).toMatchObject({
    verdict: 'BLOCK',
    signals: { Planner: { status: 'SKIPPED' }, Policy: { status: 'OK' }, Security: { status: 'FAIL' } },
    recommended_next_ui: 'explain',
  })
})

test('the first that holds decides: an error, a question, a block, nothing to do, no plan, no simulation', () => {
  const status = (more: Partial<Artifacts>) => finalized(headlineSwap(), more).final_status_suggested
  const question = { questions: ['How much?'], missing: ['amount_in'], data: {} }
  const error = { code: 'WEB3_RPC_ERROR', message: 'the node does not answer' }
  const block = { ...evaluatePlan(readReview(headlineSwap())).decision, action: 'BLOCK' as const }
  const nothing = { type: 'noop' as const, actions: [], candidates: [] }
  const skipped = { status: 'skipped' as const, sequence: [], results: [] }
  expect(status({ fatal_error: error, needs_input: question, decision: block })).toBe('FAILED')
  expect(status({ needs_input: question, decision: block })).toBe('NEEDS_INPUT')
  expect(status({ decision: block, tx_plan: nothing })).toBe('BLOCKED')
  expect(status({ tx_plan: nothing, simulation: skipped })).toBe('NOOP')
  expect(status({ tx_plan: undefined })).toBe('FAILED')
  expect(status({ simulation: skipped })).toBe('FAILED')
  expect(status({})).toBe('READY')
})

test('why it failed is told to its end', () => {
  const message =
    'the RPC of chain 8453 at rpc.example.com:18990 answers for chain 999 and is not asked again until the server starts anew'
  const { assistant_message } = finalized(headlineSwap(), { fatal_error: { code: 'X', message } })
  expect(assistant_message).toContain(`The reason: "${message}".`)
})

test('whatever happened, the person reads plain words', () => {
  const question = { questions: ['How much USDC do you want to swap?'], missing: ['amount_in'], data: {} }
  const messages = [
    finalized(headlineSwap()),
    finalized(coinTransfer()),
    finalized(tokenTransfer(STRANGER)),
    finalized(headlineSwap(), { needs_input: question }),
    finalized(headlineSwap(), { tx_plan: { type: 'noop', actions: [], candidates: [] } }),
    finalized(headlineSwap(), { fatal_error: { code: 'X', message: 'the node does not answer' } }),
  ].map(({ assistant_message }) => assistant_message)
  expect(messages[3]).toBe('How much USDC do you want to swap?')
  expect(messages[5]).toContain('"the node does not answer"')
  for (const message of messages) expect(message).not.toMatch(INTERNAL)
})
