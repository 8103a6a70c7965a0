import { compareMeaning, type Meaning, readMeaning } from './compare-meaning.ts'
import { rankOf, readMood } from './fill-choice.ts'
import { coerceNumber } from './fill-number.ts'
import { dropDirectives } from './find-directives.ts'
import { type Comparison, type Condition, parseCondition } from './parse-condition.ts'
import { foldWord } from './read-text.ts'
import { type Leaf, listLeaves, resolveLists, resolveSubject } from './resolve-subject.ts'
import type { SignalName } from './triage-signals.ts'
import { type Action, PRIORITIES, triageText } from './triage-ticket.ts'

/** `holds` is null when the data does not say. `fit` ranks conditions that are about meaning, 0 to 1. */
export type Judgement = { holds: boolean | null; fit: number; reason: string }

export type Judged = { data: unknown; text: string; leaves: Leaf[]; topics?: Meaning }

/** Prepares data once for all conditions over it. Orders inside its texts are not part of what it is about. */
export function prepareData(data: unknown): Judged {
  const leaves = listLeaves(data)
  const texts = leaves.flatMap(({ value }) => (typeof value === 'string' ? [value] : []))
  const text = typeof data === 'string' ? data : texts.join('.\n')
  return { data, text: dropDirectives(text), leaves }
}

export function judgeCondition(condition: string, judged: Judged): Judgement {
  return judge(parseCondition(condition), judged)
}

function judge(condition: Condition, judged: Judged): Judgement {
  switch (condition.kind) {
    case 'default':
      return { holds: true, fit: 0.01, reason: 'It holds when nothing else does.' }
    case 'and': {
      const parts = condition.parts.map((part) => judge(part, judged))
      const failed = parts.find(({ holds }) => holds === false)
      const unknown = parts.find(({ holds }) => holds === null)
      const deciding = failed ?? unknown
      if (deciding) return { ...deciding, fit: Math.min(...parts.map(({ fit }) => fit)) }
      return {
        holds: true,
        fit: Math.min(...parts.map(({ fit }) => fit)),
        reason: parts.map(({ reason }) => reason).join(' '),
      }
    }
    case 'or': {
      const parts = condition.parts
        .map((part) => judge(part, judged))
        .sort((left, right) => right.fit - left.fit)
      return (
        parts.find(({ holds }) => holds === true) ?? parts.find(({ holds }) => holds === null) ?? parts[0]!
      )
    }
    case 'about':
      return deny(judgeMeaning(condition.text, judged), condition.denied)
    case 'comparison':
      return compare(condition, judged)
  }
}

function deny(judgement: Judgement, denied: boolean): Judgement {
  if (!denied || judgement.holds === null) return judgement
  return { ...judgement, holds: !judgement.holds, fit: judgement.holds ? 0 : 0.5 }
}

function compare(condition: Comparison, judged: Judged): Judgement {
  const { subject, relation, quantifier } = condition
  const counted = /^(?:number|count|amount|quantity|quantidade|numero) (?:of|de) (.+)$/.exec(subject)?.[1]
  const lists = resolveLists(counted ?? subject, judged.data)
  const isCount =
    counted !== undefined ||
    (lists.length > 0 && condition.values.every((value) => coerceNumber(value) !== undefined))
  if (lists.length > 0 && (isCount || relation === 'given' || relation === 'missing')) {
    const size = Math.max(...lists.map((list) => list.length))
    if (relation === 'given' || relation === 'missing') {
      return tell(size > 0 === (relation === 'given'), `There are ${size}.`)
    }
    return tell(meets(size, condition) !== condition.denied, `There are ${size}.`)
  }
  const leaves = resolveSubject(subject, judged.leaves)
  if (relation === 'given' || relation === 'missing') {
    const given = leaves.some(({ value }) => value !== null && value !== '' && value !== undefined)
    if (leaves.length === 0 && relation === 'given') return aboutWhole(condition, judged)
    return tell(
      given === (relation === 'given'),
      given ? `"${subject}" is given.` : `"${subject}" is not given.`,
    )
  }
  const flags = judged.leaves.filter(
    ({ value, words }) =>
      typeof value === 'boolean' &&
      condition.values.some((one) => one === words.slice(-one.split(' ').length).join(' ')),
  )
  if (relation === 'is' && flags.length > 0) {
    return tell(
      flags.some(({ value }) => value) !== condition.denied,
      `${flags[0]!.path} is ${flags[0]!.value}.`,
    )
  }
  const comparable = leaves.filter(({ value }) => value !== null && canCompare(value, condition))
  if (comparable.length > 0) return overLeaves(comparable, condition, quantifier)
  const equal = judged.leaves.filter(
    ({ value, words }) =>
      typeof value === 'string' && relation === 'is' && belongs(words, subject) && meets(value, condition),
  )
  const denied = condition.denied !== (quantifier === 'none')
  if (equal.length > 0) return tell(!denied, `${equal[0]!.path} is "${String(equal[0]!.value)}".`)
  return aboutWhole({ ...condition, denied }, judged)
}

/** Whether a value stands in what the subject names: "the ticket is urgent" looks at every value of a ticket. */
function belongs(words: string[], subject: string): boolean {
  const nouns = subject.split(' ').filter((word) => word.length > 2 && !/^(the|any|this|that)$/.test(word))
  return (
    nouns.length === 0 || nouns.some((noun) => words.some((word) => word === noun || `${noun}s` === word))
  )
}

function canCompare(value: unknown, { relation, values }: Comparison): boolean {
  if (/^(greater|less|between)/.test(relation))
    return coerceNumber(value) !== undefined || rankOf(String(value)) !== undefined
  // A whole sentence is no value of a list: whether it "is urgent" is a matter of what it says.
  if (relation === 'is' && String(value).split(/\s+/).length > 4) return false
  return values.length > 0
}

function overLeaves(leaves: Leaf[], condition: Comparison, quantifier: Comparison['quantifier']): Judgement {
  const met = (leaf: Leaf) => meets(leaf.value, condition) !== condition.denied
  if (quantifier === 'all') {
    const against = leaves.find((leaf) => !met(leaf))
    return tell(!against, describe(against ?? leaves[0]!))
  }
  if (quantifier === 'none') {
    const against = leaves.find(met)
    return tell(!against, describe(against ?? leaves[0]!))
  }
  // Of several ranks the sharpest speaks for the whole: one urgent ticket among calm ones is not a calm inbox.
  const ranked = leaves.filter(({ value }) => rankOf(String(value)) !== undefined)
  if (quantifier === undefined && ranked.length === leaves.length) {
    const rank = ({ value }: Leaf) => PRIORITIES.indexOf(rankOf(String(value))!)
    const sharpest = ranked.reduce((best, leaf) => (rank(leaf) > rank(best) ? leaf : best))
    return tell(met(sharpest), describe(sharpest))
  }
  const found = condition.denied ? leaves.every(met) && leaves[0] : leaves.find(met)
  return tell(Boolean(found), describe(found || leaves.find((leaf) => !met(leaf)) || leaves[0]!))
}

function describe({ path, value }: Leaf): string {
  return `${path || 'It'} is ${typeof value === 'string' ? `"${value.slice(0, 80)}"` : String(value)}.`
}

function meets(value: unknown, { relation, values }: Comparison): boolean {
  if (relation === 'between') {
    const [low, high] = (values[0] ?? '').split(' and ').map(coerceNumber)
    const number = coerceNumber(value)
    return number !== undefined && low !== undefined && high !== undefined && number >= low && number <= high
  }
  if (/^(greater|less)/.test(relation)) return values.some((wanted) => ordered(value, wanted, relation))
  const text = fold(String(value))
  return values.some((one) => {
    const wanted = fold(one)
    if (relation === 'starts') return text.startsWith(wanted)
    if (relation === 'ends') return text.endsWith(wanted)
    if (relation === 'contains') return ` ${text} `.includes(` ${wanted} `) || text.includes(wanted)
    return isSame(value, text, wanted)
  })
}

function ordered(value: unknown, wanted: string, relation: string): boolean {
  const left = coerceNumber(value) ?? rankNumber(String(value))
  // Nobody compares with a number of three decimals: "1.000" in a condition is a thousand.
  const right = coerceNumber(wanted.replace(/(?<=\d)\.(?=\d{3}(?!\d))/g, '')) ?? rankNumber(wanted)
  if (left === undefined || right === undefined) return false
  if (relation === 'greater') return left > right
  if (relation === 'greater-or-equal') return left >= right
  return relation === 'less' ? left < right : left <= right
}

function rankNumber(word: string): number | undefined {
  const rank = rankOf(word)
  return rank && PRIORITIES.indexOf(rank)
}

function isSame(value: unknown, text: string, wanted: string): boolean {
  if (text === wanted) return true
  if (typeof value === 'boolean')
    return (
      /^(true|yes|sim|verdadeiro)$/.test(wanted) === value &&
      /^(true|yes|sim|verdadeiro|false|no|nao|falso)$/.test(wanted)
    )
  const number = coerceNumber(wanted)
  if (typeof value === 'number') return number === value
  const rank = rankOf(wanted)
  return rank !== undefined && rankOf(text) === rank
}

function fold(text: string): string {
  return text
    .split(/[\s_-]+/)
    .map(foldWord)
    .join(' ')
    .trim()
}

/** A comparison whose subject is no value: what the data is about has to tell. */
function aboutWhole({ subject, values, denied, relation }: Comparison, judged: Judged): Judgement {
  if (/^(greater|less|between)/.test(relation)) {
    return { holds: null, fit: 0, reason: `The data has no value for "${subject}".` }
  }
  const judgements = (values.length > 0 ? values : ['']).map((value) =>
    judgeMeaning(`${relation === 'contains' ? '' : subject} ${value}`.trim(), judged),
  )
  return deny(judgements.sort((left, right) => right.fit - left.fit)[0]!, denied)
}

const URGENT = /\b(urgent|urgente|emergency|emergencia|critical|critico|critica)\b/
const UNHAPPY =
  /\b(angry|upset|frustrated|unhappy|furious|zangad[oa]|irritad[oa]|negative|negativ[oa]|dissatisfied|insatisfeit[oa]|complain\w*|reclam\w*)\b/
const HAPPY = /\b(happy|satisfied|positive|pleased|feliz|satisfeit[oa]|positiv[oa]|praise\w*|thank\w*)\b/
const NEEDS_HUMAN =
  /\b(human|person|supervisor|humano|pessoa)\b.*\b(needed|required|necessary|preciso|precisa|necessari[oa]|approve|review)\b|\b(need|needs|require|requires|precisa)\b.*\b(human|person|humano|pessoa)\b|\bescalat\w*\b/

/** What conditions ask of a text beyond its topic: how soon, in what mood, whether a person has to look. */
function judgeTone(condition: string, text: string): number {
  const { priority, action, signals } = triageText(text)
  if (URGENT.test(condition) && priority === 'urgent') return 0.9
  if (NEEDS_HUMAN.test(condition) && action === 'escalate_to_human') return 0.9
  if (HAPPY.test(condition) && readMood(text) === 'positive') return 0.8
  if (UNHAPPY.test(condition) && ['negative', 'mixed'].includes(readMood(text))) {
    return signals.includes('threat') ? 0.8 : signals.includes('frustration') ? 0.5 : 0.3
  }
  return 0
}

/** Topics that follow from what is the matter although no word names them: a lamp that flickers is a repair. */
const IMPLIED: Partial<Record<SignalName | Action, string[]>> = {
  safety: ['safety'],
  security: ['security'],
  outage: ['outage'],
  frustration: ['complaint'],
  threat: ['complaint'],
  money: ['payment'],
  schedule: ['booking'],
  praise: ['praise'],
  spam: ['spam'],
  suggestion: ['feature'],
  assign_to_maintenance: ['repair'],
  assign_to_technical_support: ['technical', 'error'],
}

function readTopics(text: string): Meaning {
  const { action, signals, reason } = triageText(text)
  const topics = readMeaning(text)
  const quote = /"([^"]+)"/.exec(reason)?.[1] ?? ''
  for (const topic of [action, ...signals].flatMap((name) => IMPLIED[name] ?? [])) {
    if (!topics.has(topic)) topics.set(topic, { quote, negated: false })
  }
  return topics
}

function judgeMeaning(condition: string, judged: Judged): Judgement {
  const { text } = judged
  if (text.trim() === '') return { holds: null, fit: 0, reason: 'There is no text to judge by.' }
  judged.topics ??= readTopics(text)
  const given = judged.topics
  // A list of topics is met by any of them.
  const agreements = condition.split(/\s*,\s*/).map((part) => compareMeaning(readMeaning(part), given))
  const fits = agreements.map(({ score, strong }) =>
    strong === 0 ? 0 : score * 0.6 + Math.min(strong, 3) * 0.1,
  )
  const topical = Math.max(...fits)
  const agreement = agreements[fits.indexOf(topical)]!
  const tone = judgeTone(condition, text)
  if (tone > topical) return { holds: tone >= 0.5 ? true : null, fit: tone, reason: triageText(text).reason }
  const quotes = [...new Set(agreement.shared.map(({ quote }) => `"${quote}"`))].slice(0, 4)
  // One strong word in common is enough for a short condition; long ones have to be met by a good part.
  if (agreement.strong >= 0.6 && agreement.score >= 0.3) {
    return { holds: true, fit: topical, reason: `The text says ${quotes.join(', ')}.` }
  }
  return {
    holds: agreement.strong > 0 ? null : false,
    fit: topical,
    reason:
      quotes.length > 0 ? `Only ${quotes.join(', ')} points to it.` : 'Nothing in the data points to it.',
  }
}

function tell(holds: boolean, reason: string): Judgement {
  return { holds, fit: holds ? 1 : 0, reason }
}
