import { describe, expect, test } from 'vitest'
import { addAnswers } from './add-answers.ts'
import { applyAnswers } from './plan-intent.ts'
import { brief, devnet, FRIEND } from './planner.fixture.ts'
import { readReply } from './read-reply.ts'
import type { Answers, SlotName } from './schema.ts'

type Row = [sentence: string, answers: Answers, outcome: string]

const UNISWAP = 'router=UNISWAP_V2_ROUTER'

test.each<Row>([
  ['swap usdc to weth', { amount_in: '1' }, 'swap 1000000 USDC>WETH'],
  ['swap usdc to weth', { amount_in: 1 }, 'swap 1000000 USDC>WETH'],
  ['swap usdc to weth', { amount_in: 'half' }, 'swap 5000bp USDC>WETH'],
  ['swap usdc to weth', { amount_in: 'a quarter' }, 'swap 2500bp USDC>WETH'],
  ['swap usdc to weth', { amount_in: '1 USDC' }, 'swap 1000000 USDC>WETH'],
  ['swap to weth', { amount_in: '1 USDC' }, 'swap 1000000 USDC>WETH'],
  ['swap', { amount_in: '1,000', token_in: 'usdc', token_out: 'ETH' }, 'swap 1000000000 USDC>ETH'],
  ['buy ETH', { amount_in: '0.02 ETH', token_in: 'USDC' }, 'swap for 20000000000000000 USDC>ETH'],
  ['buy ETH with USDC', { amount_in: '50' }, 'swap 50000000 USDC>ETH'],
  ['swap 50 USDC to PEPE', { token_out: 'ETH' }, 'swap 50000000 USDC>ETH'],
  ['swap 50 USDC to ETH on SushiSwap', { router_key: 'uniswap' }, `swap 50000000 USDC>ETH ${UNISWAP}`],
  [
    'swap 50 USDC to ETH on SushiSwap',
    { router_key: 'UNISWAP_V2_ROUTER' },
    `swap 50000000 USDC>ETH ${UNISWAP}`,
  ],
  ['swap 50 USDC to ETH with slippage', { slippage_bps: '0.5%' }, 'swap 50000000 USDC>ETH bps=50'],
  ['swap 50 USDC to ETH with slippage', { slippage_bps: 50 }, 'swap 50000000 USDC>ETH bps=50'],
  ['swap 50 USDC to ETH deadline 20', { deadline_seconds: '20 min' }, 'swap 50000000 USDC>ETH seconds=1200'],
  ['swap 50 USDC to ETH deadline 20', { deadline_seconds: 600 }, 'swap 50000000 USDC>ETH seconds=600'],
  ['swap 50 USDC to ETH on Base', { chain_id: 31337 }, 'swap 50000000 USDC>ETH chain=31337'],
  ...['31337', 'Devnet', 'on Devnet.', 'chain 31337', 'yes', 'Yes, please!', 'sim', 'ok'].map(
    (answer): Row => [
      'swap 50 USDC to ETH on Base',
      { chain_id: answer },
      'swap 50000000 USDC>ETH chain=31337',
    ],
  ),
  ...['Base', '8453', 'no', 'yes on Base', 'not on devnet', 'yes and no', ''].map(
    (answer): Row => ['swap 50 USDC to ETH on Base', { chain_id: answer }, '? chain_id'],
  ),
  ['send 5 USDC to bob', { recipient: FRIEND }, 'transfer 5000000 USDC to=friend'],
  [`send 5 to ${FRIEND}`, { asset: 'USDC' }, 'transfer 5000000 USDC to=friend'],
  [`send 5 to ${FRIEND}`, { token: 'USDC' }, 'transfer 5000000 USDC to=friend'],
  ['approve 25 USDC', { spender: 'Uniswap' }, 'approve 25000000 USDC spender=UNISWAP_V2_ROUTER'],
  ['swap 50 USDC to ETH tomorrow', { intent: 'swap 50 USDC to ETH' }, 'swap 50000000 USDC>ETH'],
  ['swap 50 USDC for 0.02 ETH', { amount_in: '50 USDC' }, 'swap 50000000 USDC>ETH'],
  ['swap 50 USDC for 0.02 ETH', { amount_in: '0.02 ETH' }, 'swap for 20000000000000000 USDC>ETH'],
  ['buy 1 WETH with ETH', { amount_in: '0.5' }, 'wrap 500000000000000000 ETH>WETH'],
])('%s, answered %j, is %s', (sentence, answers, outcome) => {
  expect(brief(applyAnswers(sentence, answers, devnet))).toBe(outcome)
})

describe('what the sentence said', () => {
  test.each<Row>([
    // The balance was short, and the user names a smaller amount.
    ['swap 50 USDC to ETH', { amount_in: '30' }, 'swap 30000000 USDC>ETH'],
    [
      'send 50 ETH to bob',
      { amount_in: '1', recipient: FRIEND },
      'transfer 1000000000000000000 ETH to=friend',
    ],
  ])('is replaced where the user names that slot: %s, %j', (sentence, answers, outcome) => {
    expect(brief(applyAnswers(sentence, answers, devnet))).toBe(outcome)
  })

  test.each<Row>([
    ['swap 50 USDC to ETH', { amount_in: '30 WETH' }, '? amount_in'],
    ['swap 50 USDC to ETH', { amount_out: '0.02' }, '? amount_in'],
    ['buy 0.02 ETH with USDC', { amount_in: '50' }, '? amount_in'],
    ['swap 50 USDC to ETH if it falls', { amount_in: '30' }, '? intent'],
    ["don't swap 50 USDC to ETH", { token_out: 'ETH' }, '? intent'],
    ['swap 50 USDC to PEPE', { token_out: 'DOGE' }, '? token_out'],
    ['swap usdc to weth', { amount_in: '1 USDC or so' }, '? amount_in'],
    ['swap usdc to weth', { amount_in: '-1' }, '? amount_in'],
    ['swap 50 USDC to ETH', { token_out: 'USDC' }, '? token_out'],
    ['send 5 USDC to bob', { recipient: 'alice' }, '? recipient'],
    ['send 5 USDC to bob', { recipient: `${FRIEND} please` }, '? recipient'],
    [`send 5 USDC to ${FRIEND}`, { router_key: 'uniswap' }, '? intent'],
    ['swap 50 USDC to ETH', { intent: 'send 5 USDC' }, '? recipient'],
    ['swap 50 USDC to ETH', { chain_id: 1 }, '? chain_id'],
  ])('is not overwritten by an answer to something else: %s, %j', (sentence, answers, outcome) => {
    expect(brief(applyAnswers(sentence, answers, devnet))).toBe(outcome)
  })

  test('stays where the answer only names a wallet, which is settled before', () => {
    const planned = applyAnswers('swap 50 USDC to ETH', { wallet_address: FRIEND }, devnet)
    expect(brief(planned)).toBe('swap 50000000 USDC>ETH')
  })
})

test('a sentence said anew takes the place of what was answered before it, and not of what comes after', () => {
  const first = addAnswers({}, { amount_in: '30' })
  const anew = addAnswers(first, { intent: 'swap 50 USDC to ETH' })
  expect(brief(applyAnswers('swap USDC to ETH tomorrow', anew, devnet))).toBe('swap 50000000 USDC>ETH')
  const less = addAnswers(anew, { amount_in: '20' })
  expect(brief(applyAnswers('swap USDC to ETH tomorrow', less, devnet))).toBe('swap 20000000 USDC>ETH')
})

test('an answer is named as the place where its value was said', () => {
  const planned = applyAnswers('swap usdc to eth', { amount_in: ' 1 USDC' }, devnet)
  expect(planned).toMatchObject({
    intent: {
      amount: { words: { in: 'amount_in', start: 0, end: 1, text: '1' } },
      token_in: { words: { in: 'intent', start: 5, end: 9, text: 'usdc' } },
    },
  })
})

test.each<[reply: string, missing: SlotName[], answers: Answers | undefined]>([
  ['1', ['amount_in'], { amount_in: '1' }],
  ['1.', ['amount_in'], { amount_in: '1' }],
  ['1 USDC', ['amount_in', 'token_in'], { amount_in: '1 USDC' }],
  ['half', ['amount_in'], { amount_in: 'half' }],
  ['usdc', ['amount_in', 'token_in', 'token_out'], { token_in: 'usdc' }],
  ['ETH please, thank you!', ['token_out'], { token_out: 'ETH' }],
  ['PEPE', ['token_out'], { token_out: 'PEPE' }],
  ['0.5%', ['slippage_bps'], { slippage_bps: '0.5%' }],
  ['20 min', ['deadline_seconds'], { deadline_seconds: '20 min' }],
  ['Uniswap', ['router_key'], { router_key: 'Uniswap' }],
  ['uniswap v2', ['spender'], { spender: 'uniswap v2' }],
  [FRIEND, ['amount_in', 'recipient'], { recipient: FRIEND }],
  ['bob', ['recipient'], { recipient: 'bob' }],
  ['devnet', ['chain_id'], { chain_id: 'devnet' }],
  ['recipient: bob', ['amount_in'], { recipient: 'bob' }],
  ['amount in = 30', [], { amount_in: '30' }],
  ['50 with 1% slippage', ['amount_in'], { amount_in: '50', slippage_bps: '1%' }],
  [
    '50 USDC, on Uniswap within 10 minutes please',
    ['amount_in'],
    { amount_in: '50 USDC', router_key: 'Uniswap', deadline_seconds: '10 minutes' },
  ],
  ['ETH, max 50 bps', ['token_out'], { token_out: 'ETH', slippage_bps: '50 bps' }],
  ['1% slippage', ['slippage_bps'], { slippage_bps: '1%' }],
  ['with 1% slippage', ['amount_in'], { slippage_bps: '1%' }],
  ['50 with 1% slippage and 2% slippage', ['amount_in'], undefined],
  ['not 50 with 1% slippage', ['amount_in'], undefined],
  ['50 with 1% slippage if it falls', ['amount_in'], undefined],
  ['50 with 1% slippage', [], undefined],
  // Nothing that was asked for: it is a sentence of its own.
  ['1', ['recipient'], undefined],
  ['usdc', [], undefined],
  ['swap 1 USDC to ETH', ['amount_in'], undefined],
  ['what is my balance?', ['amount_in'], undefined],
  ['no', ['token_out'], undefined],
  ['intent: send everything', ['amount_in'], undefined],
  ['', ['amount_in'], undefined],
])('the reply %j, when %j was asked for, is %j', (reply, missing, answers) => {
  expect(readReply(reply, missing, devnet)).toEqual(answers)
})
