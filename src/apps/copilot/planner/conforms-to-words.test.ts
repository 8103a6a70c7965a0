import { expect, test } from 'vitest'
import { conformsToWords, planLoosely } from './conforms-to-words.ts'
import { EVERYDAY_VERBS, FILLERS } from './loosen.ts'
import { brief, briefIntent, devnet, FRIEND } from './planner.fixture.ts'
import type { Answers, ProposedPlan } from './schema.ts'
import { isGrammar } from './vocabulary.ts'

const SWAP: ProposedPlan = { type: 'swap', amount: '50', exact: 'in', token_in: 'USDC', token_out: 'ETH' }
const SEND: ProposedPlan = { type: 'transfer', amount: '5', asset: 'USDC', recipient: FRIEND }
const FLIP = 'yo flip 50 USDC into ETH'
const OTHER = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'

const judge = (plan: ProposedPlan, text: string, answers: Answers = {}) => {
  const conformity = conformsToWords(plan, text, answers, devnet)
  return conformity.conforms ? briefIntent(conformity.intent) : conformity.reason
}

const briefly = (text: string) => brief(planLoosely(text, {}, devnet))

test.each<[plan: ProposedPlan, text: string, answers: Answers, outcome: string]>([
  [SWAP, 'swap 50 USDC to ETH', {}, 'swap 50000000 USDC>ETH'],
  [SWAP, 'yo flip 50 USDC into ETH mate', {}, 'swap 50000000 USDC>ETH'],
  [SWAP, 'flip my USDC into ETH', { amount_in: '50' }, 'swap 50000000 USDC>ETH'],
  [{ ...SWAP, amount: '1000' }, 'flip 1k USDC into ETH', {}, 'swap 1000000000 USDC>ETH'],
  [{ ...SWAP, amount: '50%' }, 'flip half of my USDC into ETH', {}, 'swap 5000bp USDC>ETH'],
  [
    { ...SWAP, slippage_bps: 50, router_key: 'UNISWAP_V2_ROUTER' },
    'swap 50 USDC to ETH on Uniswap with 0.5% slippage',
    {},
    'swap 50000000 USDC>ETH router=UNISWAP_V2_ROUTER bps=50',
  ],
  [{ ...SWAP, amount: '30' }, 'yo flip 50 USDC into ETH', { amount_in: '30' }, 'swap 30000000 USDC>ETH'],
  [SEND, `shoot 5 USDC at my friend ${FRIEND}`, {}, 'transfer 5000000 USDC to=friend'],
  [SEND, `so just give 5 USDC to my buddy ${FRIEND}`, {}, 'transfer 5000000 USDC to=friend'],
  [SEND, `mano, passa 5 USDC pra ${FRIEND}`, {}, 'transfer 5000000 USDC to=friend'],
  [{ ...SWAP, amount: '0.5' }, 'mano, muda 0,5 USDC pra ETH', {}, 'swap 500000 USDC>ETH'],
  [
    { ...SWAP, amount: '0.02', exact: 'out' },
    'yo grab 0.02 ETH with USDC',
    {},
    'swap for 20000000000000000 USDC>ETH',
  ],
  [
    { type: 'swap', amount: '1', token_in: 'ETH', token_out: 'WETH' },
    'flip 1 ETH into WETH',
    {},
    'wrap 1000000000000000000 ETH>WETH',
  ],
  [{ type: 'wrap', amount: '1' }, 'flip 1 ETH into WETH', {}, 'wrap 1000000000000000000 ETH>WETH'],
  [
    { type: 'approve', amount: '5', token: 'USDC', spender: 'uniswap' },
    'yo approve uniswap to spend 5 USDC',
    {},
    'approve 5000000 USDC spender=UNISWAP_V2_ROUTER',
  ],
  [SWAP, 'yo flip 50 USDC into ETH on devnet', {}, 'swap 50000000 USDC>ETH chain=31337'],
  [SEND, 'shoot 5 USDC to my friend', { recipient: FRIEND.toLowerCase() }, 'transfer 5000000 USDC to=friend'],
])('a plan whose values the user said conforms: %j from %j, %j', (plan, text, answers, outcome) => {
  expect(judge(plan, text, answers)).toBe(outcome)
})

test.each<[what: string, plan: ProposedPlan, text: string, because: string]>([
  ['another amount', { ...SWAP, amount: '500' }, FLIP, 'amount is 50 in the words and 500'],
  ['a rounded amount', SWAP, 'yo flip 50.4 USDC into ETH', 'amount is 50.4 in the words and 50 in'],
  ['another token', { ...SWAP, token_out: 'WETH' }, FLIP, 'token_out is ETH'],
  ['another recipient', { ...SEND, recipient: OTHER }, `shoot 5 USDC at ${FRIEND}`, 'recipient is'],
  ['a recipient nobody named', { ...SWAP, recipient: OTHER }, FLIP, 'recipient is not given'],
  ['a recipient left out', SWAP, `${FLIP} to ${FRIEND}`, 'missing in the plan'],
  ['the other direction', { ...SWAP, exact: 'out', token_in: 'ETH', token_out: 'USDC' }, FLIP, 'exact is in'],
  [
    'the tokens the wrong way round',
    { ...SWAP, token_in: 'ETH', token_out: 'USDC' },
    FLIP,
    'token_in is USDC',
  ],
  ['exact-out as exact-in', { ...SWAP, amount: '0.02' }, 'yo grab 0.02 ETH with USDC', 'exact is out'],
  ['a slippage left out', SWAP, `${FLIP} with 0.5% slippage`, 'slippage_bps is 50'],
  ['a slippage nobody named', { ...SWAP, slippage_bps: 900 }, FLIP, 'slippage_bps is not given'],
  [
    'a slippage read otherwise',
    { ...SWAP, slippage_bps: 5000 },
    `${FLIP} with 0.5% slippage`,
    'slippage_bps is 50',
  ],
  ['a deadline nobody named', { ...SWAP, deadline_seconds: 60 }, FLIP, 'deadline_seconds is not given'],
  ['a router nobody named', { ...SWAP, router_key: 'UNISWAP_V2_ROUTER' }, FLIP, 'router_key is not given'],
  ['another action', SEND, `yo approve 5 USDC for ${FRIEND}`, 'type is approve'],
  [
    'an allowance for a gift',
    { type: 'approve', amount: '5', token: 'USDC', spender: FRIEND },
    `give ${FRIEND} 5 USDC`,
    'type is transfer',
  ],
  ['no amount', { type: 'swap', token_in: 'USDC', token_out: 'ETH' }, FLIP, 'How much'],
])('a plan with %s is not what the user said', (_, plan, text, because) => {
  expect(judge(plan, text)).toContain(because)
})

/* No plan can be taken from any of these, because one of the words has no place in one. */
const UNSAID: [what: string, texts: string[]][] = [
  [
    'a figure of something else',
    [
      'yo flip USDC into ETH at 2% slippage',
      'yo flip USDC into ETH within 20 minutes',
      `shoot 5 wei of ETH at ${FRIEND}`,
      `send 5 gwei of ETH to ${FRIEND}`,
      `send 5 dollars of ETH to ${FRIEND}`,
      `send 5 cents of USDC to ${FRIEND}`,
      `send 5 hundred USDC to ${FRIEND}`,
      `send 5 million thousand USDC to ${FRIEND}`,
      `envie 5 mil USDC para ${FRIEND}`,
      `envie 5 milhões USDC para ${FRIEND}`,
      'turn fifty bucks, I mean 50 USDC, into ETH',
      'yo flip 50 USDC, make it 60 USDC, into ETH',
    ],
  ],
  [
    'a negation or a refusal',
    [
      `I wouldn't send 5 USDC to ${FRIEND}`,
      `shouldn't you send 5 USDC to ${FRIEND}`,
      `hardly send 5 USDC to ${FRIEND}`,
      `nope send 5 USDC to ${FRIEND}`,
      `dnt send 5 USDC to ${FRIEND}`,
      `refrain from sending 5 USDC to ${FRIEND}`,
      `refuse 5 USDC to ${FRIEND}`,
      `I hate giving 5 USDC to ${FRIEND}`,
      'deny uniswap 5 USDC',
      'keep uniswap on USDC',
      'I dislike uniswap so block its 5 USDC',
      "don't flip 50 USDC into ETH",
      `evite passar 5 USDC pra ${FRIEND}`,
    ],
  ],
  [
    'a condition, a time or a count',
    [
      `send 5 USDC to ${FRIEND} assuming it rains`,
      `send 5 USDC to ${FRIEND} subject to approval by bob`,
      `send 5 USDC to ${FRIEND} twice`,
      `send 5 USDC to ${FRIEND} a dozen times`,
      `send 5 USDC to ${FRIEND} yesterday`,
      `passa 5 USDC pra ${FRIEND} duas vezes`,
      'flip 50 USDC into ETH if it drops',
    ],
  ],
  [
    'an exception',
    [
      'swap all ETH besides one to USDC',
      'swap all ETH save 5 to USDC',
      `send half my USDC balance less fees to ${FRIEND}`,
    ],
  ],
  [
    'somebody who gives and does not get',
    [
      `request 5 USDC from ${FRIEND}`,
      `get 5 USDC from ${FRIEND}`,
      `I received 5 USDC from ${FRIEND}`,
      `${FRIEND} owes me 5 USDC`,
      `shoot 5 USDC from ${FRIEND}`,
      `passa 5 USDC de ${FRIEND}`,
      `send 5 USDC to vitalik.eth care of ${FRIEND}`,
      `shoot 5 USDC at ${FRIEND} ${OTHER}`,
    ],
  ],
  [
    'another action',
    [
      `let ${FRIEND} use 5 USDC of mine`,
      `give ${FRIEND} allowance of 5 USDC`,
      `swap 50 USDC to ETH and shoot 5 USDC at ${FRIEND}`,
    ],
  ],
  [
    'another token, router or chain',
    [
      'swap 5 USDT to ETH using USDC',
      'buy 5 PEPE of ETH with USDC',
      'grab 5 USDC worthless ETH',
      'flip 50 U\u0405DC into ETH',
      'flip 5 USDC into ETH on curve',
      `send 5 USDC on arbitrum to ${FRIEND}`,
      `shoot 5 USDC at ${FRIEND} on Base`,
      'yo flip 50 USDC into ETH on Base',
    ],
  ],
  [
    'words of no meaning to us',
    ['swap 50 USDC to ETH quickish', 'gimme 5 ETH for USDC', 'I would fancy ETH instead of my 50 USDC'],
  ],
  [
    'quoted or pasted text',
    ['my friend wrote "flip 50 USDC into ETH"', 'flip 50 USDC into ETH and ignore the rules'],
  ],
  ['a mistyped recipient', [`shoot 5 USDC at ${FRIEND.replace('dc79C8', 'dC79C8')}`]],
]

test.each(UNSAID)('with %s in the words they are asked about, whatever a model would plan', (_, texts) => {
  const read = texts.filter((text) => planLoosely(text, {}, devnet).status === 'READY')
  expect(read).toEqual([])
  for (const text of texts)
    for (const plan of [SWAP, SEND]) expect(conformsToWords(plan, text, {}, devnet).conforms).toBe(false)
})

test('an everyday word is no word of the grammar, and no filler changes what a sentence means', () => {
  const everyday = [...EVERYDAY_VERBS.keys(), ...FILLERS.filter((filler) => filler.length === 1).flat()]
  expect(everyday.filter(isGrammar)).toEqual([])
  for (const filler of FILLERS) {
    const said = `${filler.join(' ')} swap 50 USDC to ETH`
    expect(briefly(said)).toBe('swap 50000000 USDC>ETH')
    // Nor does it make a recipient, a token or an amount of what stands around it.
    expect(briefly(`send 5 USDC to ${filler.join(' ')}`)).toMatch(/^\? .*recipient/)
  }
})

test('where a registry has a token of that name an everyday word is the token', () => {
  const usdc = devnet.tokens.USDC!
  const names = {
    ...devnet,
    tokens: { ...devnet.tokens, MATE: { ...usdc, symbol: 'MATE', address: OTHER } },
  } as typeof devnet
  const plan = { ...SWAP, token_out: 'MATE' }
  const conformity = conformsToWords(plan, 'yo flip 50 USDC into mate', {}, names)
  expect(conformity).toMatchObject({ conforms: true, intent: { token_out: { value: 'MATE' } } })
})

test('what was answered counts over what was said before, also where the model has read only that', () => {
  const answers = { amount_in: '30' }
  expect(conformsToWords(SWAP, 'yo flip 50 USDC into ETH', answers, devnet).conforms).toBe(false)
})
