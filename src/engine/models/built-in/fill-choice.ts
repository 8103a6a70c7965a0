import { compareMeaning, readMeaning } from './compare-meaning.ts'
import { nameWords } from './read-schema.ts'
import { compilePhrases, findPhrases, foldWord, isNegated, readText } from './read-text.ts'
import type { SlotSource } from './slot-source.ts'
import { type Priority, triageText } from './triage-ticket.ts'

/** Words for ranks, best known names of each first. */
const RANKS: [Priority, string[]][] = [
  [
    'urgent',
    'urgent critical emergency p0 p1 sev1 sev0 highest blocker immediate severe urgente critica critico maxima'.split(
      ' ',
    ),
  ],
  ['high', 'high p2 sev2 major important alta alto elevada grave'.split(' ')],
  ['normal', 'normal medium moderate p3 sev3 standard regular media medio default'.split(' ')],
  ['low', 'low p4 p5 sev4 minor lowest trivial baixa baixo minima none'.split(' ')],
]

export function rankOf(word: string): Priority | undefined {
  const folded = foldWord(word)
  return RANKS.find(([, words]) => words.includes(folded))?.[0]
}

/** The choice that stands for a rank; where there are fewer ranks than ours, the nearest below or above. */
export function chooseRank(priority: Priority, choices: unknown[]): unknown {
  const ranked = choices.flatMap((choice) => {
    const rank = typeof choice === 'string' ? rankOf(choice) : undefined
    return rank === undefined ? [] : [{ choice, at: RANKS.findIndex(([name]) => name === rank) }]
  })
  if (ranked.length < 2) return undefined
  const wanted = RANKS.findIndex(([name]) => name === priority)
  const exact = ranked.filter(({ at }) => at === wanted)
  // Two names for the top, as in P0 and P1: the milder one, so that the sharper stays for people to give.
  if (exact.length > 0)
    return (exact.find(({ choice }) => foldWord(String(choice)) === priority) ?? exact.at(-1)!).choice
  return ranked.reduce((best, next) =>
    Math.abs(next.at - wanted) < Math.abs(best.at - wanted) ? next : best,
  ).choice
}

const FALLBACKS =
  /^(other|others|general|none|unknown|misc|miscellaneous|default|else|neutral|otherwise|fallback|outro|outros|outra|geral|nenhum|nenhuma|unspecified)$/

export function isFallback(choice: unknown): boolean {
  return typeof choice === 'string' && nameWords(choice).some((word) => FALLBACKS.test(word))
}

const JUDGED = /^(sentiment|mood|tone|polarity|sentimento|tom)$/
const RANKED = /^(priority|urgency|severity|importance|prioridade|urgencia|gravidade|level)$/
const LANGUAGE = /^(language|idioma|lang|locale|lingua)$/
const CLASSIFIED =
  /^(category|categories|type|kind|topic|intent|class|classification|label|department|team|queue|area|subject|reason|tag|tags|categoria|tipo|assunto|departamento|equipa|equipe|tema|route)$/

/**
 * The one of several given values that a text means. A rank or a class that has to be given is judged by the words; one
 * that may be left out is taken only where the text says it.
 */
export function fillChoice(name: string, choices: unknown[], source: SlotSource, required: boolean): unknown {
  const words = nameWords(name)
  const said = findSaid(choices, source)
  if (required && words.some((word) => RANKED.test(word)) && said.length !== 1) {
    const ranked = chooseRank(triageText(source.text).priority, choices)
    if (ranked !== undefined) return ranked
  }
  if (said.length > 0) return said[0]!.choice
  if (words.some((word) => JUDGED.test(word))) {
    const mood = readMood(source.text)
    return choices.find((choice) => moodOf(String(choice)) === mood) ?? choices.find(isFallback)
  }
  // Another language than that of the text has to be named.
  if (/^(?:(?:detected|text|message) )?(?:language|idioma|lang)$/.test(words.join(' '))) {
    const wanted = source.language === 'pt' ? /^(pt|portuguese|portugues)/ : /^(en|english|ingles)/
    return choices.find((choice) => wanted.test(foldWord(String(choice))))
  }
  if (words.some((word) => RANKED.test(word) || LANGUAGE.test(word))) return undefined
  const best = findNearest(choices, source.text)
  if (best !== undefined) return best
  return required && words.some((word) => CLASSIFIED.test(word)) ? choices.find(isFallback) : undefined
}

/** All of the given values that a text names, for a list of choices. */
export function fillChoices(choices: unknown[], source: SlotSource): unknown[] {
  return findSaid(choices, source).map(({ choice }) => choice)
}

function findSaid(choices: unknown[], source: SlotSource): { choice: unknown; first: number }[] {
  const text = readText(source.text)
  const found = choices.flatMap((choice) => {
    if (typeof choice !== 'string' && typeof choice !== 'number') return []
    const words = nameWords(String(choice))
    if (words.length === 0) return []
    const forms = [words.join(' '), words.join('')].flatMap((form) => [form, `${form}s`, `${form}es`])
    const rank = words.length === 1 && choices.length > 1 ? rankOf(words[0]!) : undefined
    const other = rank === undefined ? [] : RANKS.find(([one]) => one === rank)![1]
    const matches = findPhrases(text, compilePhrases([...new Set([...forms, ...other])].join(',')))
    const match = matches.find(({ first }) => !isNegated(text, first))
    return match ? [{ choice, first: match.first, last: match.last, length: match.last - match.first }] : []
  })
  // "Double room" is not also "double": the longer name owns its words.
  return found
    .filter(
      (one) =>
        !found.some(
          (other) => other.length > one.length && other.first <= one.first && other.last >= one.last,
        ),
    )
    .sort((left, right) => left.first - right.first)
}

function findNearest(choices: unknown[], text: string): unknown {
  const given = readMeaning(text)
  const scored = choices
    .filter((choice) => typeof choice === 'string' && !isFallback(choice))
    .map((choice) => ({ choice, ...compareMeaning(readMeaning(nameWords(String(choice)).join(' ')), given) }))
    .filter(({ strong }) => strong > 0)
    .sort((left, right) => right.score * right.strong - left.score * left.strong)
  return scored[0]?.choice
}

export type Mood = 'positive' | 'negative' | 'mixed' | 'neutral'
const GLAD = compilePhrases(
  'good, great, nice, happy, love*, perfect, bom, boa, feliz, gostei, excelente, thank you so much, adorei, delicious, helpful, friendly, simpatic*, best',
)
const SAD = compilePhrases(
  'bad, poor, worst, sad, hate*, unhappy, mau, ma, pior, triste, odeio, odiei, waste of, regret, not good, nao gostei, overpriced, cold food, slow',
)

export function readMood(source: string): Mood {
  const text = readText(source)
  const { signals } = triageText(source)
  const has = (phrases: RegExp, negated: boolean) =>
    findPhrases(text, phrases).some((match) => match.negated === negated)
  const glad = signals.includes('praise') || has(GLAD, false) || has(SAD, true)
  const sad =
    signals.some((name) =>
      ['frustration', 'threat', 'defect', 'discomfort', 'money', 'outage', 'safety'].includes(name),
    ) ||
    has(SAD, false) ||
    has(GLAD, true)
  return glad && sad ? 'mixed' : glad ? 'positive' : sad ? 'negative' : 'neutral'
}

function moodOf(choice: string): Mood | undefined {
  const folded = foldWord(choice)
  if (/^(positiv|happy|good|glad|satisf|content|feliz|bom)/.test(folded)) return 'positive'
  if (/^(negativ|unhappy|bad|angry|sad|dissatis|mau|triste|frustr)/.test(folded)) return 'negative'
  if (/^(mixed|mist)/.test(folded)) return 'mixed'
  return /^(neutr)/.test(folded) ? 'neutral' : undefined
}
