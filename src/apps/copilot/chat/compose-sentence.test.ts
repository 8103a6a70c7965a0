import { expect, test } from 'vitest'
import { applyAnswers, planIntent } from '../planner/plan-intent.ts'
import { brief, devnet, FRIEND } from '../planner/planner.fixture.ts'
import { type ActionIntent, composeSentence } from './compose-sentence.ts'

test.each([
  'Swap 50 USDC to ETH on Uniswap with 0.5% slippage',
  `swap 1,234.5 USDC to ETH within 20 min with 33 bps slippage to ${FRIEND}`,
  'Trocar 0,000001 USDC por WETH',
  'swap 33.33% of my USDC to ETH',
  'swap all my ETH to USDC',
  'swap 1e-3 ETH to USDC',
  'buy 0.02 ETH with USDC on uniswap',
  'swap USDC for exactly 0.02 ETH with 1% slippage',
  'wrap half of my ETH',
  'unwrap 0.5 WETH',
  `Send 1.5 USDC to ${FRIEND.toLowerCase()}`,
  `send max ETH to ${FRIEND}`,
  'Approve Uniswap to spend 25 USDC',
  `approve half of my USDC for ${FRIEND}`,
  'revoke USDC from Uniswap',
  `revoke USDC from ${FRIEND}`,
])('what is composed of %j reads as the same', (sentence) => {
  const planned = planIntent(sentence, devnet)
  if (planned.status !== 'READY') throw new Error(`not understood: ${sentence}`)
  const composed = composeSentence(planned.intent as ActionIntent)
  expect(brief(planIntent(composed, devnet))).toBe(brief(planned))
})

test('what was answered stands in the one sentence as if it had been said at once', () => {
  const planned = applyAnswers(
    'swap to PEPE on SushiSwap',
    { amount_in: '1,000 usdc', token_out: 'eth' },
    devnet,
  )
  expect(brief(planned)).toBe('? router_key')
  const answered = applyAnswers(
    'swap to PEPE on SushiSwap',
    { amount_in: '1,000 usdc', token_out: 'eth', router_key: 'uniswap' },
    devnet,
  )
  if (answered.status !== 'READY') throw new Error('not understood')
  expect(composeSentence(answered.intent as ActionIntent)).toBe('swap 1000 USDC to ETH on UNISWAP_V2_ROUTER')
})
