import { rankOf } from './fill-choice.ts'
import { coerceNumber } from './fill-number.ts'
import { dropDirectives } from './find-directives.ts'
import { type Judged, type Judgement, judgeMeaning } from './judge-meaning.ts'
import { type Comparison, type Condition, parseCondition } from './parse-condition.ts'
import { readNumberWord } from './parse-numbers.ts'
import { foldWord } from './read-text.ts'
import { type Leaf, listLeaves, resolveLists, resolveSubject } from './resolve-subject.ts'
import { PRIORITIES } from './triage-ticket.ts'

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
      return { holds: true, fit: 0.01, reason: 'It holds when nothing else does.', certain: false }
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
        certain: parts.every(({ certain }) => certain),
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
  return { ...judgement, holds: !judgement.holds, fit: judgement.holds ? 0 : 0.3 }
}

function compare(condition: Comparison, judged: Judged): Judgement {
  const { subject, relation, quantifier } = condition
  const counted = /^(?:number|count|amount|quantity|quantidade|numero) (?:of|de) (.+)$/.exec(subject)?.[1]
  const lists = resolveLists(counted ?? subject, judged.data)
  const isCount =
    counted !== undefined ||
    (lists.length > 0 && condition.values.every((value) => numberOf(value) !== undefined))
  if (lists.length > 0 && (isCount || relation === 'given' || relation === 'missing')) {
    const size = Math.max(...lists.map((list) => list.length))
    if (relation === 'given' || relation === 'missing') {
      return tell(size > 0 === (relation === 'given'), `There are ${size}.`)
    }
    return tell(meets(size, condition) !== condition.denied, `There are ${size}.`)
  }
  const leaves = resolveSubject(subject, judged.leaves)
  const flags = judged.leaves.filter(
    ({ value, words }) =>
      typeof value === 'boolean' &&
      (words.length === 1 || belongs(words, subject)) &&
      condition.values.some((one) => one === words.slice(-one.split(' ').length).join(' ')),
  )
  if (/^(is|given|missing)$/.test(relation) && flags.length > 0) {
    return tell(
      flags.some(({ value }) => value) !== condition.denied,
      `${flags[0]!.path} is ${flags[0]!.value}.`,
    )
  }
  if (relation === 'given' || relation === 'missing') {
    const within = leaves.length > 0 ? leaves : judged.leaves.filter(({ words }) => words.includes(subject))
    if (within.length === 0 && relation === 'given') return aboutWhole(condition, judged)
    const given = within.some(({ value }) => value !== null && value !== '')
    return tell(
      given === (relation === 'given'),
      given ? `"${subject}" is given.` : `"${subject}" is not given.`,
    )
  }
  const comparable = leaves.filter((leaf) => leaf.value !== null && canCompare(leaf, condition))
  if (comparable.length > 0) return overLeaves(comparable, condition, quantifier)
  const denied = condition.denied !== (quantifier === 'none')
  const peers = relation === 'is' ? findPeers(condition, judged) : []
  if (peers.length > 0) return overLeaves(peers, condition, quantifier)
  return aboutWhole({ ...condition, denied }, judged)
}

const STATES =
  /^(open|closed|resolved|pending|done|active|inactive|failed|completed|cancelled|canceled|paid|unpaid|shipped|delivered|new|waiting|approved|rejected|abert[oa]s?|fechad[oa]s?|resolvid[oa]s?|pendentes?|conclu[ií]d[oa]s?|cancelad[oa]s?|pag[oa]s?)$/

/**
 * The values a condition speaks of without their name: "all tickets are low" means the priority of each ticket, because
 * that is where such words stand.
 */
function findPeers(condition: Comparison, { leaves }: Judged): Leaf[] {
  const own = leaves.filter(
    ({ value, words }) => typeof value === 'string' && belongs(words, condition.subject),
  )
  const ranked = condition.values.some((value) => rankOf(value) !== undefined)
  const sample =
    own.find(({ value }) => meets(value, condition)) ??
    (ranked ? own.find(({ value }) => rankOf(String(value)) !== undefined) : undefined) ??
    (condition.values.some((value) => STATES.test(value))
      ? own.find(({ words }) => /^(status|state|estado|situacao)$/.test(words.at(-1) ?? ''))
      : undefined)
  return sample ? own.filter(({ words }) => words.join(' ') === sample.words.join(' ')) : []
}

/** Whether a value stands in what the subject names: "the ticket is urgent" looks at every value of a ticket. */
function belongs(words: string[], subject: string): boolean {
  const nouns = subject.split(' ').filter((word) => word.length > 2 && !/^(the|any|this|that)$/.test(word))
  return (
    nouns.length === 0 || nouns.some((noun) => words.some((word) => word === noun || `${noun}s` === word))
  )
}

const SAID =
  /^(message|text|body|content|description|comment|comments|subject|title|question|request|note|notes|mensagem|texto|descricao|assunto)$/

function canCompare({ value, words }: Leaf, { relation, values }: Comparison): boolean {
  if (/^(greater|less|between)/.test(relation))
    return coerceNumber(value) !== undefined || rankOf(String(value)) !== undefined
  // What somebody wrote is no value to compare: whether it "is urgent" is a matter of what it says.
  if (relation === 'is' && (SAID.test(words.at(-1) ?? '') || String(value).split(/\s+/).length > 4))
    return false
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
  const right = numberOf(wanted.replace(/(?<=\d)\.(?=\d{3}(?!\d))/g, '')) ?? rankNumber(wanted)
  if (left === undefined || right === undefined) return false
  if (relation === 'greater') return left > right
  if (relation === 'greater-or-equal') return left >= right
  return relation === 'less' ? left < right : left <= right
}

function numberOf(text: string): number | undefined {
  return coerceNumber(text) ?? readNumberWord(text)
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
  const number = numberOf(wanted)
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
    return { holds: null, fit: 0, reason: `The data has no value for "${subject}".`, certain: false }
  }
  const judgements = (values.length > 0 ? values : ['']).map((value) =>
    judgeMeaning(`${relation === 'contains' ? '' : subject} ${value}`.trim(), judged),
  )
  return deny(judgements.sort((left, right) => right.fit - left.fit)[0]!, denied)
}

function tell(holds: boolean, reason: string): Judgement {
  return { holds, fit: holds ? 1 : 0, reason, certain: true }
}
