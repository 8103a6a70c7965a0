import { findDirectives, findDistrusted } from './find-directives.ts'
import { findPhrases, type Match, type ReadText, readText } from './read-text.ts'
import { HARMLESS, SIGNALS, type Signal, type SignalName, SOFTWARE } from './triage-signals.ts'

export const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const
export type Priority = (typeof PRIORITIES)[number]

export const ACTIONS = [
  'escalate_to_human',
  'assign_to_maintenance',
  'assign_to_technical_support',
  'assign_to_billing',
  'assign_to_service',
  'schedule',
  'auto_reply',
  'request_information',
  'close',
] as const
export type Action = (typeof ACTIONS)[number]

export type Triage = { priority: Priority; action: Action; reason: string; signals: SignalName[] }

type Found = { signal: Signal; matches: Match[] }

/** What can be the matter, as against what makes it better or worse. */
const TROUBLES: SignalName[] = [
  'safety',
  'medical',
  'unwell',
  'security',
  'outage',
  'locked_out',
  'connectivity',
  'defect',
  'discomfort',
  'money',
  'service',
  'schedule',
  'billing',
]
const PROBLEMS: SignalName[] = [...TROUBLES.slice(0, 10), 'blocked']

/**
 * Rates one text by the words in it. The same text always gets the same answer, and nothing a text says about how it
 * should be rated is followed.
 */
export function triageText(source: string): Triage {
  const text = readText(source)
  const directives = findDirectives(text)
  const steered = directives.length > 0
  const found = findSignals(text, directives)
  const names = new Set(found.map(({ signal }) => signal.name))
  const has = (...wanted: SignalName[]) => wanted.some((name) => names.has(name))

  const over = endsResolved(found)
  const unclear = found.length === 0 && text.words.filter((word) => word.text.length > 2).length > 2
  const priority = over
    ? has('safety')
      ? 'high'
      : 'low'
    : unclear
      ? // What the rules do not understand is not thereby unimportant.
        'normal'
      : priorityOf(weigh(found))
  const action = chooseAction(has, priority, over, text)
  return { priority, action, reason: explain(found, over, action, steered), signals: [...names] }
}

function findSignals(text: ReadText, directives: Match[]): Found[] {
  const harmless = [...findPhrases(text, HARMLESS), ...directives]
  const inside = (match: Match) =>
    harmless.some(({ first, last }) => match.first <= last && match.last >= first)
  const distrusted = findDistrusted(text, directives)
  const within = (match: Match) =>
    distrusted.some(({ first, last }) => match.first >= first && match.last <= last)
  const found: Found[] = []
  let denied: Match | undefined
  for (const signal of SIGNALS) {
    const all = findPhrases(text, signal.phrases).filter(
      (match) => !inside(match) && !(signal.soft && within(match)),
    )
    const matches = all.filter(({ negated }) => !negated)
    if (signal.name === 'time_pressure') denied = all.find(({ negated }) => negated)
    if (signal.name === 'question' && matches.length === 0) matches.push(...askedSentences(text))
    if (matches.length > 0) found.push({ signal, matches })
  }
  const calm = SIGNALS.find(({ name }) => name === 'calm')!
  // "Not urgent" says more than that nobody called it urgent.
  if (denied && !found.some(({ signal }) => signal === calm)) found.push({ signal: calm, matches: [denied] })
  return withoutContradiction(found, calm)
}

/** A question mark asks, whatever the words before it. */
function askedSentences(text: ReadText): Match[] {
  const mark = text.words.findIndex((word) => word.text === '?')
  return mark < 0 ? [] : [{ quote: '?', first: mark, last: mark, negated: false }]
}

/** What is called not urgent is not also urgent: the word inside the denial is no evidence of its own. */
function withoutContradiction(found: Found[], calm: Signal): Found[] {
  const denials = found.find(({ signal }) => signal === calm)?.matches ?? []
  const thanks = found.filter(({ signal }) => signal.name !== 'thanks').length > 0
  return found
    .map(({ signal, matches }) => ({
      signal,
      matches:
        signal === calm
          ? matches
          : matches.filter(
              (match) => !denials.some(({ first, last }) => match.first >= first && match.last <= last),
            ),
    }))
    .filter(({ signal, matches }) => matches.length > 0 && !(signal.name === 'thanks' && thanks))
}

/** One trouble told in two ways is one trouble: of what is the matter the gravest counts, of what makes it worse everything. */
function weigh(found: Found[]): number {
  const troubles = found
    .filter(({ signal }) => TROUBLES.includes(signal.name))
    .map(({ signal }) => signal.weight)
  const rest = found
    .filter(({ signal }) => !TROUBLES.includes(signal.name))
    .map(({ signal }) => signal.weight)
  return 1 + Math.max(0, ...troubles) + rest.reduce((sum, weight) => sum + weight, 0)
}

function priorityOf(score: number): Priority {
  if (score >= 8) return 'urgent'
  if (score >= 5) return 'high'
  return score >= 2 ? 'normal' : 'low'
}

/** Whether the text ends with the trouble gone: "it was broken, now it works", but not "it worked and is broken again". */
function endsResolved(found: Found[]): boolean {
  const resolved = found.find(({ signal }) => signal.name === 'resolved')?.matches ?? []
  if (resolved.length === 0) return false
  const lastResolved = Math.max(...resolved.map(({ last }) => last))
  const problems = found
    .filter(({ signal }) => PROBLEMS.includes(signal.name))
    .flatMap(({ matches }) => matches)
  // A problem inside the words that call it gone ("no longer leaking") is that problem's end.
  return problems.every(
    ({ first, last }) =>
      first < lastResolved || resolved.some((end) => first >= end.first && last <= end.last),
  )
}

function chooseAction(
  has: (...names: SignalName[]) => boolean,
  priority: Priority,
  over: boolean,
  text: ReadText,
): Action {
  if (over) return has('safety') ? 'escalate_to_human' : 'close'
  if (
    priority === 'urgent' ||
    has('safety', 'medical', 'unwell', 'security', 'threat', 'outage', 'locked_out')
  )
    return 'escalate_to_human'
  if (has('money')) return 'assign_to_billing'
  if (has('vulnerable') && has('defect', 'discomfort')) return 'escalate_to_human'
  if (has('suggestion') && !has('defect', 'discomfort', 'blocked', 'connectivity')) return 'auto_reply'
  if (has('connectivity', 'defect', 'discomfort')) {
    if (has('connectivity') || findPhrases(text, SOFTWARE).length > 0) return 'assign_to_technical_support'
    return has('service') && !has('defect') ? 'assign_to_service' : 'assign_to_maintenance'
  }
  if (has('spam')) return 'close'
  if (has('blocked')) return 'assign_to_technical_support'
  if (has('frustration')) return 'escalate_to_human'
  if (has('service')) return 'assign_to_service'
  if (has('billing') && !has('question')) return 'assign_to_billing'
  if (has('schedule')) return 'schedule'
  if (has('question', 'praise', 'suggestion', 'thanks', 'billing')) return 'auto_reply'
  return 'request_information'
}

function explain(found: Found[], over: boolean, action: Action, steered: boolean): string {
  const ranked = [...found].sort(
    (left, right) => Math.abs(right.signal.weight) - Math.abs(left.signal.weight),
  )
  const told = over ? [...ranked].sort((left) => (left.signal.name === 'resolved' ? -1 : 1)) : ranked
  const quotes = told
    .slice(0, 3)
    .map(({ signal, matches }) => `"${(over ? matches.at(-1) : matches[0])!.quote}" (${signal.label})`)
  const reason =
    quotes.length > 0 ? `Decided by ${quotes.join(', ')}.` : 'No word in it tells how soon it matters.'
  const asks = action === 'request_information' ? ' More information is needed.' : ''
  return `${reason}${asks}${steered ? ' Its wording about how to rate it was not followed.' : ''}`
}
