import type { Token } from '../../../web3/registry.ts'
import { type Collector, collectSlots, given, type Slot, symbolOf } from './collect-slots.ts'
import type { Names } from './names.ts'
import { type Question, quote } from './questions.ts'
import type { Sentence } from './reader.ts'
import { resolveAddress, resolveSpender } from './resolve-names.ts'
import type { IntentType, KnownIntent, SlotName, Words } from './schema.ts'
import { VERBS } from './vocabulary.ts'

const TERMS: SlotName[] = ['router_key', 'slippage_bps', 'deadline_seconds', 'chain_id']
const SWAP: SlotName[] = ['amount_in', 'amount_out', 'token_in', 'token_out', 'recipient', ...TERMS]

/** The slots that an action has. */
export const SLOTS_OF: Record<IntentType, SlotName[]> = {
  swap: SWAP,
  wrap: SWAP,
  unwrap: SWAP,
  transfer: ['amount_in', 'asset', 'recipient', 'chain_id'],
  approve: ['amount_in', 'token', 'spender', 'chain_id'],
  revoke: ['token', 'spender', 'chain_id'],
  query: ['token', 'spender', 'wallet_address', 'chain_id'],
}

type Built = { intent: KnownIntent | undefined; questions: Question[] }

/** Makes the intent of a sentence, or tells what to ask. The intent is there only where nothing has to be asked. */
export function buildIntent(sentence: Sentence & { action: IntentType }, names: Names): Built {
  const collector = collectSlots(sentence, names)
  const slots = Object.entries(sentence.slots) as [SlotName, Words][]
  const foreign = slots.find(([slot]) => !SLOTS_OF[sentence.action].includes(slot))
  if (foreign)
    collector.ask(
      'intent',
      `${quote(foreign[1].text)} does not belong to this action. Say the action again without it.`,
    )
  const intent = build(sentence, collector)
  const { questions } = collector
  return { intent: questions.length === 0 ? intent : undefined, questions }
}

function build(sentence: Sentence & { action: IntentType }, collector: Collector): KnownIntent | undefined {
  switch (sentence.action) {
    case 'swap':
      return buildSwap(collector, VERBS.get(sentence.verb?.text.toLowerCase() ?? '')?.buys === true)
    case 'wrap':
    case 'unwrap':
      return buildWrap(sentence.action, sentence.verb, collector)
    case 'transfer':
      return buildTransfer(collector)
    case 'approve':
      return buildApprove(collector)
    case 'revoke':
      return buildRevoke(collector)
    case 'query':
      return buildQuery(sentence, collector)
  }
}

function buildSwap(collector: Collector, buys: boolean): KnownIntent | undefined {
  const { slots } = collector
  const exact = slots.amount_out && !slots.amount_in ? 'out' : 'in'
  // Tokens are looked at first, because the amount is read with the decimals of its own; it is asked about first.
  const at = collector.questions.length
  const token_in = collector.token('token_in', 'Which token do you want to swap from?')
  const token_out = collector.token('token_out', 'Which token do you want to receive?')
  const ofTokens = collector.questions.splice(at)
  const amount = swapAmount(collector, exact, token_in, token_out, buys)
  collector.questions.push(...ofTokens)
  const terms = collector.terms()
  const recipient = slots.recipient && collector.recipient('Which address should receive it?')
  if (token_in && token_out && token_in.value.symbol === token_out.value.symbol)
    return collector.ask(
      'token_out',
      `${token_in.value.symbol} cannot be swapped against itself. Which token do you want to receive?`,
    )
  if (!token_in || !token_out || !amount) return undefined
  if (token_in.value.address === token_out.value.address)
    return oneToOne(collector, { amount, token_in, token_out })
  const tokens = { token_in: symbolOf(token_in), token_out: symbolOf(token_out) }
  return { type: 'swap', exact, amount, ...tokens, ...terms, ...given('recipient', recipient) }
}

function swapAmount(
  collector: Collector,
  exact: 'in' | 'out',
  token_in: Slot<Token> | undefined,
  token_out: Slot<Token> | undefined,
  buys: boolean,
) {
  const { amount_in, amount_out } = collector.slots
  const [inSymbol, outSymbol] = [token_in?.value.symbol ?? '', token_out?.value.symbol ?? '']
  if (amount_in && amount_out)
    return collector.ask(
      'amount_in',
      `You named two amounts, ${quote(`${amount_in.text} ${inSymbol}`)} and ${quote(`${amount_out.text} ${outSymbol}`)}. Which one is exact? Answer it with its token.`,
    )
  if (exact === 'in') return collector.amount('amount_in', token_in, askHowMuch(buys, inSymbol, outSymbol))
  const wanted = `How much ${token_out?.value.symbol ?? 'of it'} do you want to receive?`
  const amount = collector.amount('amount_out', token_out, wanted)
  if (amount?.value.kind === 'share')
    return collector.ask(
      'amount_out',
      `${quote(amount.words.text)} is a share of nothing that is known yet. ${wanted}`,
    )
  return amount
}

/** Who buys may have either side in mind: the token with the answer tells. */
function askHowMuch(buys: boolean, inSymbol: string, outSymbol: string): string {
  if (!buys) return inSymbol ? `How much ${inSymbol} do you want to swap?` : 'How much do you want to swap?'
  const spent = inSymbol ? `How much ${inSymbol} do you want to spend?` : 'How much do you want to spend?'
  return outSymbol ? `${spent} Or how much ${outSymbol} do you want to receive: “0.02 ${outSymbol}”?` : spent
}

type Sides = Pick<Extract<KnownIntent, { type: 'wrap' }>, 'amount'> & {
  token_in: Slot<Token>
  token_out: Slot<Token>
}

/** A coin against its wrapped token is no swap: the contract changes them one to one, for the wallet itself. */
function oneToOne(collector: Collector, { amount, token_in, token_out }: Sides): KnownIntent | undefined {
  if (collector.slots.recipient)
    return collector.ask(
      'intent',
      `${token_in.value.symbol} is changed to ${token_out.value.symbol} one to one and stays in the wallet, so that a recipient has no place. Do you want it without one?`,
    )
  const type = token_in.value.isNative ? 'wrap' : 'unwrap'
  const terms = collector.terms()
  return { type, amount, token_in: symbolOf(token_in), token_out: symbolOf(token_out), ...terms }
}

function buildWrap(
  type: 'wrap' | 'unwrap',
  verb: Words | undefined,
  collector: Collector,
): KnownIntent | undefined {
  const { slots, names } = collector
  const tokens = Object.values(names.registry.tokens)
  const coin = tokens.find(({ isNative }) => isNative)
  const wrapped = coin && tokens.find((token) => !token.isNative && token.address === coin.address)
  if (!coin || !wrapped || !verb)
    return collector.ask(
      'intent',
      `On ${names.registry.name} there is nothing to wrap. What would you like to do?`,
    )
  const [from, to] = type === 'wrap' ? [coin, wrapped] : [wrapped, coin]
  const side = (slot: 'token_in' | 'token_out', wanted: Token): Slot<Token> | undefined => {
    if (!slots[slot]) return { value: wanted, words: verb }
    const said = collector.token(slot, '')
    if (!said || said.value.symbol === wanted.symbol) return said
    const question = `To ${type} changes ${from.symbol} to ${to.symbol}, and you named ${said.value.symbol}. Which token do you mean?`
    return collector.ask(slot, question)
  }
  const token_in = side('token_in', from)
  const token_out = side('token_out', to)
  const amountSlot = slots.amount_out && !slots.amount_in ? 'amount_out' : 'amount_in'
  if (slots.amount_in && slots.amount_out) swapAmount(collector, 'in', token_in, token_out, false)
  const amount = collector.amount(
    amountSlot,
    { value: from, words: verb },
    `How much ${from.symbol} do you want to ${type}?`,
  )
  return token_in && token_out && amount ? oneToOne(collector, { amount, token_in, token_out }) : undefined
}

function buildTransfer(collector: Collector): KnownIntent | undefined {
  const at = collector.questions.length
  const asset = collector.token('asset', 'Which token do you want to send?')
  const ofToken = collector.questions.splice(at)
  const amount = collector.amount(
    'amount_in',
    asset,
    `How much ${asset?.value.symbol ?? ''} do you want to send?`.replace('  ', ' '),
  )
  collector.questions.push(...ofToken)
  const recipient = collector.recipient('Which address should receive it?')
  const chain = collector.chain()
  if (!asset || !amount || !recipient) return undefined
  return { type: 'transfer', amount, asset: symbolOf(asset), recipient, ...chain }
}

function buildApprove(collector: Collector): KnownIntent | undefined {
  const { slots } = collector
  const token = collector.token('token', 'Which token may be spent?')
  // "max" is what a wallet calls an approval without a bound, which is not the balance that it means elsewhere.
  const maximum = slots.amount_in?.text.toLowerCase().startsWith('max')
  const wanted = `How much ${token?.value.symbol ?? ''} may be spent?`.replace('  ', ' ')
  const amount = maximum
    ? collector.ask('amount_in', `I only prepare exact amounts, and “max” has no bound. ${wanted}`)
    : collector.amount('amount_in', token, wanted)
  const spender = collector.spender('Which router or address may spend it?')
  const chain = collector.chain()
  if (!token || !amount || !spender) return undefined
  return (
    refuseNative(collector, token) ?? { type: 'approve', amount, token: symbolOf(token), spender, ...chain }
  )
}

function buildRevoke(collector: Collector): KnownIntent | undefined {
  const token = collector.token('token', 'The allowance of which token should be revoked?')
  const spender = collector.spender('From which router or address should it be revoked?')
  const chain = collector.chain()
  if (!token || !spender) return undefined
  return refuseNative(collector, token) ?? { type: 'revoke', token: symbolOf(token), spender, ...chain }
}

/** Only contracts keep allowances. */
function refuseNative({ ask }: Collector, { value }: Slot<Token>): undefined {
  if (value.isNative)
    ask('token', `${value.symbol} is the coin of the chain and has no allowances. Which token do you mean?`)
}

function buildQuery({ topic, runId }: Sentence, collector: Collector): KnownIntent | undefined {
  const { slots, names } = collector
  const token = slots.token && collector.token('token', '')
  const spender = collector.optional('spender', (text) => resolveSpender(text, names))
  const wallet = collector.optional('wallet_address', (text) => {
    const resolved = resolveAddress(text, 'the address of the wallet')
    return 'fault' in resolved ? { slot: 'wallet_address' as const, question: resolved.fault } : resolved
  })
  const chain = collector.chain()
  if (!topic) return undefined
  return {
    type: 'query',
    topic,
    ...given('token', token && symbolOf(token)),
    ...given('spender', spender),
    ...given('run_id', runId && { value: runId.text, words: runId }),
    ...given('wallet_address', wallet),
    ...chain,
  }
}
