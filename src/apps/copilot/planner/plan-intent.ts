import type { ChainRegistry } from '../../../web3/registry.ts'
import { buildIntent, SLOTS_OF } from './build-intent.ts'
import { type Names, namesOf } from './names.ts'
import { askAboutUnplaced, askWhatToDo, needInput, type Question, quote } from './questions.ts'
import { readAmountAnswer } from './read-actions.ts'
import { makeReader, readSentence } from './read-sentence.ts'
import { type SaidSlots, type Sentence, wordsBetween } from './reader.ts'
import type { Answers, IntentType, PlannedIntent, SlotName, UnplacedReason, Words } from './schema.ts'

/**
 * What a sentence wants, by grammar alone: complete, or with one question for each thing that is missing or has no place.
 *
 * @example planIntent('Swap 50 USDC to ETH on Uniswap with 0.5% slippage', registry)
 */
export const planIntent = (text: string, registry: ChainRegistry): PlannedIntent =>
  applyAnswers(text, {}, registry)

/**
 * The same with what the user answered. An answer counts for the slot that it names, also over what the sentence said
 * there; any other word of the sentence stays. The chain is never changed, and the wallet is not looked at.
 */
export function applyAnswers(text: string, answers: Answers, registry: ChainRegistry): PlannedIntent {
  const names = namesOf(registry)
  const said = typeof answers.intent === 'string' ? answers.intent : text
  return planSentence(readSentence(said, names), said, answers, names)
}

/** What a sentence wants that is taken apart already. `said` is its text. */
export function planSentence(
  sentence: Sentence,
  said: string,
  answers: Answers,
  names: Names,
): PlannedIntent {
  const questions = sentence.unplaced.length > 0 ? [askAboutUnplaced(sentence.unplaced, said)] : []
  if (sentence.action === 'unknown') {
    const told = sentence.unplaced.some(({ reason }) => TOLD_WITHOUT_ACTION.has(reason))
    return asked(sentence, told ? questions : [askWhatToDo(sentence.unplaced, said, names)], names)
  }
  questions.push(...mergeAnswers(sentence, answers, names))
  const built = buildIntent(sentence as Sentence & { action: IntentType }, names)
  questions.push(...built.questions)
  return built.intent && questions.length === 0
    ? { status: 'READY', intent: built.intent }
    : asked(sentence, questions, names)
}

/** Why words have no place matters where there is an action, and with these also where there is none. */
const TOLD_WITHOUT_ACTION: ReadonlySet<UnplacedReason> = new Set(['instruction', 'negation', 'quote'])

const asked = (sentence: Sentence, questions: Question[], names: Names): PlannedIntent => ({
  status: 'NEEDS_INPUT',
  intent: {
    type: 'unknown',
    looks_like: sentence.action === 'unknown' ? null : sentence.action,
    slots: sentence.slots,
  },
  needs_input: needInput(questions, sentence.unplaced, names),
})

/** Of actions with one token its slot has several names. */
const ONE_TOKEN: Partial<Record<Sentence['action'], SlotName>> = {
  transfer: 'asset',
  approve: 'token',
  revoke: 'token',
  query: 'token',
}
const TOKEN_NAMES = new Set<SlotName>(['token', 'asset', 'token_in'])

function mergeAnswers(sentence: Sentence, answers: Answers, names: Names): Question[] {
  const questions: Question[] = []
  const twoAmounts = sentence.slots.amount_in !== undefined && sentence.slots.amount_out !== undefined
  const amounts: [SlotName, string][] = []
  for (const [key, value] of Object.entries(answers)) {
    const slot = slotFor(sentence.action, key as SlotName)
    // The wallet is settled before there is a plan.
    if (slot === 'intent' || slot === 'wallet_address' || value === undefined) continue
    const text = answerText(slot, value)
    if (text === '') continue
    if (sentence.action === 'unknown' || !SLOTS_OF[sentence.action].includes(slot))
      questions.push({
        slot: 'intent',
        question: `${quote(text)} was given as ${slot}, which this action does not have. Say the action again with everything in it.`,
      })
    else if (slot === 'amount_in' || slot === 'amount_out') amounts.push([slot, text])
    else sentence.slots[slot] = { in: slot, start: 0, end: text.length, text }
  }
  // The sentence named two, and the answer says which one counts.
  if (twoAmounts && amounts.length === 1) {
    delete sentence.slots.amount_in
    delete sentence.slots.amount_out
  }
  for (const [slot, text] of amounts) questions.push(...mergeAmount(sentence, slot, text, names))
  return questions
}

function slotFor(action: Sentence['action'], slot: SlotName): SlotName {
  return TOKEN_NAMES.has(slot) ? (ONE_TOKEN[action] ?? slot) : slot
}

/** Numbers are in the unit that the slot is named after. */
function answerText(slot: SlotName, value: string | number): string {
  if (typeof value === 'string') return value.trim()
  if (slot === 'slippage_bps') return `${value} bps`
  return slot === 'deadline_seconds' ? `${value} seconds` : String(value)
}

/** `30`, or `30 USDC`, where the token says which side the amount is of. */
function mergeAmount(sentence: Sentence, slot: SlotName, text: string, names: Names): Question[] {
  const { slots, action } = sentence
  const reader = makeReader(text, names, slot)
  const read = readAmountAnswer(reader)
  if (!read) {
    // Kept as it is, so that its fault is told.
    slots[slot] = { in: slot, start: 0, end: text.length, text }
    return []
  }
  const amount = wordsBetween(reader, ...read.amount)
  const token = read.token && wordsBetween(reader, ...read.token)
  const target = token ? sideOf(sentence, slot, token, names) : slot
  const tokenSlot = ONE_TOKEN[action] ?? (target === 'amount_out' ? 'token_out' : 'token_in')
  const said = slots[tokenSlot]
  if (token && said && names.tokenOf(said.text) && !sameToken(said, token, names))
    return [
      {
        slot,
        question: `You said ${quote(said.text)} before, and ${quote(text)} now. How much of ${quote(said.text)} do you mean?`,
      },
    ]
  if (token && !said) slots[tokenSlot] = token
  // Who names the token with the amount says which of the two sides is exact.
  if (token || isOneToOne(slots, names)) {
    delete slots.amount_in
    delete slots.amount_out
  }
  slots[target] = amount
  return []
}

/** Of a coin and its wrapped token as much comes as goes, so that there is one amount only. */
function isOneToOne({ token_in, token_out }: SaidSlots, names: Names): boolean {
  const [from, to] = [names.tokenOf(token_in?.text ?? ''), names.tokenOf(token_out?.text ?? '')]
  return from !== undefined && from.address === to?.address
}

/** The amount belongs to the side whose token is named with it. */
function sideOf(sentence: Sentence, slot: SlotName, token: Words, names: Names): SlotName {
  if (ONE_TOKEN[sentence.action]) return slot
  const { token_in, token_out } = sentence.slots
  if (token_out && sameToken(token_out, token, names)) return 'amount_out'
  return token_in && sameToken(token_in, token, names) ? 'amount_in' : slot
}

const sameToken = (a: Words, b: Words, names: Names) => {
  const [first, second] = [names.tokenOf(a.text), names.tokenOf(b.text)]
  return first !== undefined && first.symbol === second?.symbol
}
