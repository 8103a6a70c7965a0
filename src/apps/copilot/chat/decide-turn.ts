import type { Address } from 'viem'
import { checksumAddress } from '../../../web3/checksum-address.ts'
import type { ChainRegistry } from '../../../web3/registry.ts'
import { addAnswers } from '../planner/add-answers.ts'
import { classify } from '../planner/classify.ts'
import { applyAnswers, planIntent } from '../planner/plan-intent.ts'
import { readReply } from '../planner/read-reply.ts'
import type {
  Answers,
  Classification,
  KnownIntent,
  NeedsInput,
  PlannedIntent,
  SlotName,
} from '../planner/schema.ts'
import { whyNoWallet } from '../why-no-wallet.ts'
import {
  type Account,
  ASK_WALLET,
  accountOf,
  askForChain,
  chainOf,
  chainToRead,
  findChain,
  type Places,
  registryFor,
  rememberAccount,
  type Said,
  type Wish,
} from './account.ts'
import { classificationOf, classificationOfAnswer, isAction, POINTED } from './classify-turn.ts'
import { composeSentence } from './compose-sentence.ts'
import { isGreeting, readControlWord } from './control-words.ts'
import type { Memory } from './conversation-rows.ts'
import type { Pending } from './schema.ts'
import { suggestCompletions } from './suggest.ts'
import { otherWallet, saysNothingElse, walletNamed, whichWallet } from './wallet-beside.ts'

export type QueryIntent = Extract<KnownIntent, { type: 'query' }>

export type Ask = Pick<NeedsInput, 'missing' | 'questions'> & {
  data: NeedsInput['data']
  suggestions: string[]
}

/** What is to be done about a message. Nothing among it approves, rejects or executes anything. */
export type Act =
  | { type: 'query'; intent: QueryIntent; registry: ChainRegistry; wallet: Address | null }
  | { type: 'start'; kind: Pending['kind']; sentence: string; chainId: number; wallet: Address }
  | { type: 'answer'; pending: Pending & { run_id: string }; answers: Answers }
  | ({ type: 'ask' } & Ask)
  | { type: 'talk'; text: string }
  /** What was said before is set aside, and with it the run that asks. */
  | { type: 'drop'; pending: Pending; text: string }
  /** Words that would approve or reject, if anything that is said did. */
  | { type: 'point' }

export type Turn = {
  memory: Memory
  classification: Classification
  /** What has to be said before the rest. */
  notice: string | null
  /** Where the words were read. */
  registry: ChainRegistry
  act: Act
}

/** What a message means in its conversation. Only the message itself is read, and what was said before it is kept in `before`. */
export function decideTurn(before: Memory, said: Said, places: Places): Turn {
  const account = accountOf(before, said, places)
  const registry = registryFor(account.chainId, places)
  const memory = rememberAccount(before, account, said, places)
  const { pending } = before
  const { message } = said
  const control = readControlWord(message)
  const classification = classify(message, registry)
  const planned = planIntent(message, registry)
  const base = { memory, classification, notice: null, registry }

  if (pending && said.messageId && pending.message_id === said.messageId)
    return { ...base, act: askAgain(pending, registry) }
  if (pending && control === 'no')
    return {
      ...base,
      memory: { ...memory, pending: null },
      act: { type: 'drop', pending, text: dropped(pending) },
    }
  const reply = pending && readAnswer(pending, message, classification, account, places)
  const other = pending && classification.intent_type === null && otherWallet(pending, reply, said, account)
  if (other) {
    const missing: SlotName[] = ['wallet_address']
    const act = asAsk({ missing, questions: [whichWallet(account.wallet!, other)], data: {} })
    return { ...base, classification: { ...classification, missing_slots: missing }, act }
  }
  if (pending && reply) return answer(pending, reply, { account, places, base })
  const goesOn = control === 'yes' || (saysNothingElse(message, account) && !isGrave(planned))
  const further = pending && goesOn && goOn(pending, { account, places, base })
  if (further) return further
  if (control) return { ...base, classification: POINTED, act: { type: 'point' } }
  if (classification.intent_type === null)
    return { ...base, act: talk(classification, planned, pending, account) }
  if (planned.status === 'NEEDS_INPUT' && isGrave(planned))
    return { ...base, act: asAsk(planned.needs_input) }
  // Questions leave an action that waits alone; another action takes its place.
  const waiting = pending && pending.kind !== 'query' ? pending : null
  const replaced = isAction(classification.intent_type) ? waiting : null
  const notice = replaced && `Your ${NOUNS[replaced.kind]} from before is set aside.`
  return settle(
    { sentence: message, answers: {} },
    { ...base, notice },
    { pending: replaced ? null : waiting, account, places },
  )
}

type Base = Omit<Turn, 'act'>

/** Instructions to a machine and quotations are no wish of the user's own: they begin nothing and replace nothing. */
const isGrave = (planned: PlannedIntent) =>
  planned.status === 'NEEDS_INPUT' &&
  (planned.needs_input.data.unplaced?.some(({ reason }) => reason === 'instruction' || reason === 'quote') ??
    false)

const asAsk = ({ missing, questions, data }: NeedsInput): Act => ({
  type: 'ask',
  missing,
  questions,
  data,
  suggestions: [],
})

/** What was asked last, for who did not get it. */
const askAgain = ({ sentence, answers, missing, questions }: Pending, registry: ChainRegistry): Act => ({
  type: 'ask',
  missing,
  questions,
  data: {},
  suggestions: suggestCompletions(sentence, answers, { missing, data: {} }, registry),
})

const NOUNS: Record<Pending['kind'], string> = {
  swap: 'swap',
  transfer: 'transfer',
  approve: 'approval',
  revoke: 'revocation',
  wrap: 'wrapping',
  unwrap: 'unwrapping',
  query: 'question',
}

const dropped = ({ kind }: Pending) => `Your ${NOUNS[kind]} is set aside. Nothing was sent.`

function talk(
  classification: Classification,
  planned: PlannedIntent,
  pending: Pending | null,
  { wallet }: Account,
): Act {
  const [question = 'What would you like to do?'] =
    planned.status === 'NEEDS_INPUT' ? planned.needs_input.questions : []
  if (pending && pending.kind !== 'query') {
    const text = classification.reason === 'a greeting' ? 'Hello!' : 'I could not take that as an answer.'
    const { missing, questions } = pending
    const how =
      wallet !== null && missing.includes('wallet_address')
        ? ` To go on with ${wallet}, say “go on”. For anything else, say all of what you want.`
        : ''
    return { type: 'ask', missing, questions: [`${text} ${questions[0]}${how}`], data: {}, suggestions: [] }
  }
  if (classification.mode === 'CLARIFY' && planned.status === 'NEEDS_INPUT') return asAsk(planned.needs_input)
  return { type: 'talk', text: classification.reason === 'a greeting' ? `Hello! ${question}` : question }
}

/** What a message answers of that which was asked. A sentence of its own is no answer. */
function readAnswer(
  pending: Pending,
  message: string,
  { intent_type: type }: Classification,
  account: Account,
  places: Places,
): Answers | undefined {
  const control = readControlWord(message)
  const agrees = control === 'yes' && pending.missing[0] === 'chain_id' && account.chainId !== null
  if (agrees) return { chain_id: String(account.chainId) }
  if (control || type !== null || isGreeting(message)) return undefined
  const registry = registryFor(chainOf(pending, account, places), places)
  return readReply(message, pending.missing, registry)
}

type Situation = { account: Account; places: Places; base: Base }

function answer(pending: Pending, reply: Answers, { account, places, base }: Situation): Turn {
  const { wallet_address: walletText, ...rest } = reply
  const { chain_id: chainText } = rest
  const memory = { ...base.memory }
  const filled = { ...account }
  // Both are only filled where they are not known: no answer changes them.
  if (walletText !== undefined && account.wallet === null)
    memory.wallet = filled.wallet = checksumAddress(walletNamed(walletText))
  if (chainText !== undefined && account.chainId === null) {
    memory.chainId = filled.chainId = findChain(String(chainText), base.registry, places)
    if (filled.chainId !== null) filled.refused = null
    delete rest.chain_id
  }
  if (pending.run_id !== null && Object.keys(rest).length > 0) {
    const asked = { ...pending, run_id: pending.run_id }
    return {
      ...base,
      classification: classificationOfAnswer(asked, rest, base.registry),
      memory: { ...memory, pending: null },
      act: { type: 'answer', pending: asked, answers: rest },
    }
  }
  const wish = { sentence: pending.sentence, answers: addAnswers(pending.answers, rest) }
  return settle(wish, { ...base, memory }, { pending: null, account: filled, places })
}

/**
 * The wallet, or the chain, that was asked for came beside a message that says nothing else, as it does once a wallet is
 * connected: no word has to name it. Words that say more are not set aside for it. Null where the same is to be asked as before.
 */
function goOn(
  { sentence, answers, questions, run_id: runId }: Pending,
  { account, places, base }: Situation,
): Turn | null {
  if (runId !== null) return null
  const turn = settle({ sentence, answers }, base, { pending: null, account, places })
  return turn.act.type === 'ask' && turn.act.questions[0] === questions[0] ? null : turn
}

/** Does what was wished, or asks for what is missing: the chain first, because everything depends on it, and the wallet last. */
function settle(
  wish: Wish,
  base: Base,
  { pending, account, places }: { pending: Pending | null; account: Account; places: Places },
): Turn {
  const chainId = chainToRead(wish, account, places)
  const registry = registryFor(chainId, places)
  const planned = applyAnswers(wish.sentence, wish.answers, registry)
  const ready = planned.status === 'READY' ? planned.intent : null
  const kind = planned.status === 'READY' ? planned.intent.type : (planned.intent.looks_like ?? 'query')
  const needs: { slot: SlotName; question: string }[] = []
  const wantsChain = !(ready?.type === 'query' && WITHOUT_CHAIN.has(ready.topic))
  if (wantsChain && chainId === null) needs.push({ slot: 'chain_id', question: askForChain(account, places) })
  else if (planned.status === 'NEEDS_INPUT')
    needs.push(
      ...planned.needs_input.missing.map((slot, at) => ({
        slot,
        question: planned.needs_input.questions[at]!,
      })),
    )
  const why = account.wallet && whyNoWallet(account.wallet, registry)
  if ((why || account.wallet === null) && wantsWallet(ready, kind))
    needs.push({ slot: 'wallet_address', question: why ? `No: ${why}. ${ASK_WALLET}` : ASK_WALLET })

  if (needs.length === 0 && ready) {
    const classification = classificationOf(planned, needs, base.classification)
    const memory = { ...base.memory, pending }
    if (ready.type === 'query')
      return {
        ...base,
        memory,
        registry,
        classification,
        act: { type: 'query', intent: ready, registry, wallet: account.wallet },
      }
    const sentence = Object.keys(wish.answers).length === 0 ? wish.sentence : composeSentence(ready)
    const act = { type: 'start', kind, sentence, chainId: chainId!, wallet: account.wallet! } as const
    return { ...base, memory: { ...memory, pending: null }, registry, classification, act }
  }
  const missing = needs.map(({ slot }) => slot)
  const questions = needs.map(({ question }) => question)
  const data = {
    ...(planned.status === 'NEEDS_INPUT' && planned.needs_input.data),
    ...(missing[0] === 'chain_id' && chainId === null && { chain_options: places.supported() }),
  }
  const waits = { ...wish, kind, missing, questions, run_id: null, question_id: null }
  // What has to be said anew cannot be completed, and a question does not push an action aside.
  const keeps = !missing.includes('intent') && (kind !== 'query' || pending === null)
  return {
    ...base,
    // What cannot be a wallet is not remembered, so that another one can be said.
    memory: { ...base.memory, ...(why && { wallet: null }), pending: keeps ? waits : pending },
    registry,
    classification: classificationOf(planned, needs, base.classification),
    act: {
      type: 'ask',
      missing,
      questions,
      data,
      suggestions: suggestCompletions(wish.sentence, wish.answers, { missing, data }, registry),
    },
  }
}

const WITHOUT_CHAIN = new Set<QueryIntent['topic']>(['status', 'chains'])
const OF_WALLET = new Set<QueryIntent['topic']>(['balance', 'snapshot', 'allowances'])

function wantsWallet(ready: KnownIntent | null, kind: Pending['kind']): boolean {
  if (kind !== 'query') return true
  return ready?.type === 'query' && OF_WALLET.has(ready.topic) && !ready.wallet_address
}
