import type { ChainRegistry } from '../../../web3/registry.ts'
import { buildIntent } from './build-intent.ts'
import { type Names, namesOf, plainName } from './names.ts'
import { applyAnswers } from './plan-intent.ts'
import { quote } from './questions.ts'
import { readDecimal } from './read-decimal.ts'
import { readAmount } from './read-phrases.ts'
import { makeReader, readSentence } from './read-sentence.ts'
import { type Reader, type SaidSlots, wordsBetween } from './reader.ts'
import type { Answers, KnownIntent, ProposedPlan, SlotName, Words } from './schema.ts'
import { BASIS_POINTS, SHARES, SLIPPAGE, TIME_UNITS, VERBS } from './vocabulary.ts'

export type Conformity = { conforms: true; intent: KnownIntent } | { conforms: false; reason: string }

const no = (reason: string): Conformity => ({ conforms: false, reason })

/**
 * Whether each value that a model proposes was said by the user. Where the grammar reads the words by itself, the plan must
 * say the same. Elsewhere amount, tokens and recipient must be found in the words, the amount beside its own token, and
 * nothing may be said that no plan can carry, such as a condition.
 */
export function conformsToWords(
  plan: ProposedPlan,
  text: string,
  answers: Answers,
  registry: ChainRegistry,
): Conformity {
  const names = namesOf(registry)
  const sources = sourcesOf(text, answers, names)
  const sentence = readSentence(sources[0]!.text, names)
  const grave = sentence.unplaced.find(({ reason }) => reason !== 'unknown_word')
  if (grave) return no(`${quote(grave.text)} (${grave.reason}) is in the words and in no plan`)
  const slots = traceSlots(plan, sources, names)
  if ('reason' in slots) return slots
  // Two verbs are two actions, also where the grammar found no place for the first.
  const verbs = sources[0]!.tokens.filter(({ lower }) => VERBS.has(lower))
  if (verbs.length > 1)
    return no(`${verbs.map((verb) => quote(verb.text)).join(' and ')} are more than one action`)
  const known = verbs[0] && VERBS.get(verbs[0].lower)!.action
  const wraps = known === 'swap' && (plan.type === 'wrap' || plan.type === 'unwrap')
  if (known && known !== plan.type && !wraps) return no(`${quote(verbs[0]!.text)} is no ${plan.type}`)
  const verb = sources[0]!.tokens[0]
  const { language } = sentence
  const words = verb && { in: 'intent' as const, start: verb.start, end: verb.end, text: verb.text }
  const built = buildIntent(
    { action: plan.type, language, slots: slots.slots, unplaced: [], ...(words && { verb: words }) },
    names,
  )
  if (!built.intent) return no(built.questions[0]?.question ?? 'the plan is not complete')
  const { intent } = built
  for (const slot of ['slippage_bps', 'deadline_seconds'] as const)
    if (plan[slot] !== undefined && valuesOf(intent)[slot] !== `${plan[slot]}`)
      return no(`${slot} is ${valuesOf(intent)[slot]} in the words and ${plan[slot]} in the plan`)
  const compared = compareWithGrammar(intent, text, answers, registry)
  const left = compared.conforms && leftOut(sources[0]!, slots.slots)
  return left ? no(`${quote(left)} is in the words and not in the plan`) : compared
}

/** What the grammar reads for certain a model may not read otherwise. */
function compareWithGrammar(
  intent: KnownIntent,
  text: string,
  answers: Answers,
  registry: ChainRegistry,
): Conformity {
  const planned = applyAnswers(text, answers, registry)
  if (planned.status === 'READY') {
    const [ours, theirs] = [valuesOf(planned.intent), valuesOf(intent)]
    const differs = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].find(
      (key) => ours[key] !== theirs[key],
    )
    return differs
      ? no(
          `${differs} is ${ours[differs] ?? 'not given'} in the words and ${theirs[differs] ?? 'missing'} in the plan`,
        )
      : { conforms: true, intent }
  }
  // What was said for a slot must be there, also where other words have no place.
  const said = Object.entries(planned.intent.slots) as [SlotName, Words][]
  const dropped = said.find(([slot]) => DROPPABLE.has(slot) && !(slot in intent))
  return dropped
    ? no(`${quote(dropped[1].text)} was said as ${dropped[0]} and is not in the plan`)
    : { conforms: true, intent }
}

const DROPPABLE: ReadonlySet<SlotName> = new Set([
  'recipient',
  'router_key',
  'slippage_bps',
  'deadline_seconds',
])

const valuesOf = (intent: KnownIntent): Record<string, string> =>
  Object.fromEntries(
    Object.entries(intent).map(([key, slot]) => [
      key,
      JSON.stringify(typeof slot === 'object' ? slot.value : slot),
    ]),
  )

/** Everything the user wrote: the sentence that counts first, then the answers. */
function sourcesOf(text: string, answers: Answers, names: Names): Reader[] {
  const said = typeof answers.intent === 'string' ? answers.intent : text
  const others = Object.entries(answers).filter(([slot]) => slot !== 'intent')
  return [
    makeReader(said, names, 'intent'),
    ...others.map(([slot, value]) => makeReader(unitOf(slot, value), names, slot as SlotName)),
  ]
}

const unitOf = (slot: string, value: string | number | undefined): string => {
  if (typeof value !== 'number') return value ?? ''
  return slot === 'slippage_bps'
    ? `${value} bps`
    : slot === 'deadline_seconds'
      ? `${value} seconds`
      : `${value}`
}

type Traced = { slots: SaidSlots } | Extract<Conformity, { conforms: false }>

const NAMED: ['token_in' | 'token_out' | 'asset' | 'token' | 'recipient', 'token' | 'address'][] = [
  ['token_in', 'token'],
  ['token_out', 'token'],
  ['asset', 'token'],
  ['token', 'token'],
  ['recipient', 'address'],
]

function traceSlots(plan: ProposedPlan, sources: Reader[], names: Names): Traced {
  const slots: SaidSlots = {}
  const untraced = (slot: string, value: string) =>
    ({ conforms: false, reason: `${slot} ${quote(value)} is not in the user's words` }) as const
  for (const [slot, kind] of NAMED) {
    const value = plan[slot]
    if (value === undefined) continue
    const own = answersFirst(slot, sources)
    const words = kind === 'token' ? findToken(value, own, names) : findAddress(value, own)
    if (!words) return untraced(slot, value)
    slots[slot] = words
  }
  for (const slot of ['spender', 'router_key'] as const) {
    const value = plan[slot]
    if (value === undefined) continue
    const own = answersFirst(slot, sources)
    const words = findAddress(value, own) ?? findRouter(value, own, names)
    if (!words) return untraced(slot, value)
    slots[slot] = words
  }
  const out = plan.exact === 'out'
  if (plan.amount !== undefined) {
    const token = [plan.asset, plan.token, out ? plan.token_out : plan.token_in].find(
      (one) => one !== undefined,
    )
    const words = findAmount(plan.amount, token, answersFirst('amount_in', sources), names)
    if (!words) return untraced('amount', `${plan.amount} ${token ?? ''}`)
    slots[out ? 'amount_out' : 'amount_in'] = words
  }
  return traceTerms(plan, sources, slots)
}

/** Slippage and deadline are read by the grammar, in the sentence or in their answers. */
function traceTerms(plan: ProposedPlan, sources: Reader[], slots: SaidSlots): Traced {
  for (const slot of ['slippage_bps', 'deadline_seconds'] as const) {
    if (plan[slot] === undefined) continue
    const answer = sources.find(({ source }) => source === slot)
    const first = sources[0]!
    const words = answer
      ? { in: slot, start: 0, end: answer.text.length, text: answer.text }
      : readSentence(first.text, first.names).slots[slot]
    if (!words) return { conforms: false, reason: `${slot} ${plan[slot]} is not in the user's words` }
    slots[slot] = words
  }
  return { slots }
}

/** What was answered for a slot counts over all that was said before. */
function answersFirst(slot: SlotName, sources: Reader[]): Reader[] {
  const names = SAME_SLOT.find((same) => same.includes(slot)) ?? [slot]
  const answers = sources.filter(({ source }) => names.includes(source))
  return answers.length > 0 ? answers : sources
}

const SAME_SLOT: SlotName[][] = [
  ['amount_in', 'amount_out'],
  ['token_in', 'token', 'asset'],
]

/** A figure or an address of the sentence that no slot holds: of two amounts nobody may pick one. */
function leftOut({ tokens }: Reader, slots: SaidSlots): string | undefined {
  const used = Object.values(slots).filter((words) => words.in === 'intent')
  const answered = (slots.amount_in ?? slots.amount_out)?.in !== 'intent'
  return tokens.find(
    ({ kind, start, end }) =>
      (kind === 'address' || (kind === 'number' && !answered)) &&
      !used.some((words) => words.start <= start && end <= words.end),
  )?.text
}

function findWords(sources: Reader[], isIt: (reader: Reader, at: number) => boolean): Words | undefined {
  for (const reader of sources) {
    const at = reader.tokens.findIndex((_, index) => isIt(reader, index))
    if (at >= 0) return wordsBetween(reader, at, at + 1)
  }
  return undefined
}

const findToken = (symbol: string, sources: Reader[], names: Names) => {
  const wanted = names.tokenOf(symbol)
  if (!wanted) return undefined
  return findWords(sources, (reader, at) => names.tokenOf(reader.tokens[at]!.lower)?.symbol === wanted.symbol)
}

/** Letter by letter, but for capitals: that the checksum is right is looked at with the words themselves. */
const findAddress = (address: string, sources: Reader[]) =>
  findWords(
    sources,
    (reader, at) =>
      reader.tokens[at]!.kind === 'address' && reader.tokens[at]!.lower === address.toLowerCase(),
  )

function findRouter(key: string, sources: Reader[], names: Names): Words | undefined {
  const wanted = names.routersOf(key)[0]
  if (!wanted) return undefined
  return findWords(sources, (reader, at) => {
    const { kind, lower } = reader.tokens[at]!
    return kind === 'word' && names.routersOf(plainName(lower))[0]?.key === wanted.key
  })
}

/** The amount as it stands in the words, and no figure of slippage, time or another token. */
function findAmount(
  amount: string,
  token: string | undefined,
  sources: Reader[],
  names: Names,
): Words | undefined {
  const wanted = normalAmount(amount)
  for (const reader of wanted === undefined ? [] : sources) {
    if (reader.source === 'slippage_bps' || reader.source === 'deadline_seconds') continue
    for (let at = 0; at < reader.tokens.length; at++) {
      reader.at = at
      const range = readAmount(reader)
      if (!range || range[0] !== at) continue
      const words = wordsBetween(reader, ...range)
      if (normalAmount(words.text) === wanted && belongsTo(reader, range[1], token, names)) return words
    }
  }
  return undefined
}

/** What stands behind an amount must not be a unit of something else, nor another token. */
function belongsTo(reader: Reader, next: number, token: string | undefined, names: Names): boolean {
  const after = reader.tokens.slice(next, next + 3).map(({ lower }) => lower)
  const [first = ''] = after
  if (
    BASIS_POINTS.has(first) ||
    first === 'basis' ||
    TIME_UNITS.has(first) ||
    after.some((word) => SLIPPAGE.has(word))
  )
    return false
  const before = reader.tokens.slice(Math.max(0, next - 4), next).map(({ lower }) => lower)
  if (before.some((word) => SLIPPAGE.has(word) || word === 'deadline' || word === 'within')) return false
  const named =
    after[0] === 'of' ? names.tokenOf(after.find((word) => names.tokenOf(word)) ?? '') : names.tokenOf(first)
  return named === undefined || token === undefined || named.symbol === names.tokenOf(token)?.symbol
}

/** The same text for the same amount: `1,000` and `1k`, `half` and `50%`. */
function normalAmount(text: string): string | undefined {
  const lower = text.trim().toLowerCase()
  const share = SHARES.get(lower)
  if (share !== undefined) return `${share / 100}%`
  const percent = lower.endsWith('%') || lower.endsWith('percent')
  const decimal = readDecimal(percent ? lower.replace(/\s*(%|percent)$/, '') : lower, 'english')
  if ('fault' in decimal) return undefined
  const { coefficient, scale } = decimal
  return `${coefficient}/${scale}`.replace(/\/0$/, '') + (percent ? '%' : '')
}
