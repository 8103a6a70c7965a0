import { compareMeaning, type Meaning, readMeaning } from './compare-meaning.ts'
import { type Mood, readMood } from './fill-choice.ts'
import type { Leaf } from './resolve-subject.ts'
import type { SignalName } from './triage-signals.ts'
import { type Action, type Triage, triageText } from './triage-ticket.ts'

/**
 * `holds` is null when the data does not say. `fit` ranks conditions that are about meaning, 0 to 1. What was read off a
 * value is `certain`; what a text seems to be about is not.
 */
export type Judgement = { holds: boolean | null; fit: number; reason: string; certain: boolean }

/** Data made ready to be judged; its text is read when a condition first asks what it is about, and then kept. */
export type Judged = { data: unknown; text: string; leaves: Leaf[]; reading?: Reading }

type Reading = { topics: Meaning; triage: Triage; mood: Mood }

function readOnce(judged: Judged): Reading {
  const triage = triageText(judged.text)
  judged.reading = { triage, mood: readMood(judged.text), topics: readTopics(judged.text, triage) }
  return judged.reading
}

const URGENT = /\b(urgent|urgente|emergency|emergencia|critical|critico|critica)\b/
const UNHAPPY =
  /\b(angry|upset|frustrated|unhappy|furious|zangad[oa]|irritad[oa]|negative|negativ[oa]|dissatisfied|insatisfeit[oa]|complain\w*|reclam\w*)\b/
const HAPPY = /\b(happy|satisfied|positive|pleased|feliz|satisfeit[oa]|positiv[oa]|praise\w*|thank\w*)\b/
const NEEDS_HUMAN =
  /\b(human|person|supervisor|humano|pessoa)\b.*\b(needed|required|necessary|preciso|precisa|necessari[oa]|must|should|has to|decide|decid[ae]|approve|review|look)\b|\b(need|needs|require|requires|precisa)\b.*\b(human|person|humano|pessoa)\b|\bescalat\w*\b/

/** What conditions ask of a text beyond its topic: how soon, in what mood, whether a person has to look. */
function judgeTone(condition: string, { triage: { priority, action, signals }, mood }: Reading): number {
  if (URGENT.test(condition) && priority === 'urgent') return 0.9
  if (NEEDS_HUMAN.test(condition) && action === 'escalate_to_human') return 0.9
  if (HAPPY.test(condition) && mood === 'positive') return 0.8
  if (UNHAPPY.test(condition) && ['negative', 'mixed'].includes(mood)) {
    return signals.includes('threat') ? 0.8 : signals.includes('frustration') ? 0.5 : 0.2
  }
  return 0
}

/** Whether a person may be spared: only where the words say what it is about, and that it is nothing grave. */
function judgeNeed({ triage: { priority, signals, reason } }: Reading): Judgement {
  const harmless = signals.length > 0 && (priority === 'low' || priority === 'normal')
  return { holds: harmless ? false : null, fit: 0, reason, certain: false }
}

/** Topics that follow from what is the matter although no word names them: a lamp that flickers is a repair. */
const IMPLIED: Partial<Record<SignalName | Action, string[]>> = {
  safety: ['safety'],
  security: ['security'],
  outage: ['outage', 'problem'],
  frustration: ['complaint'],
  threat: ['complaint'],
  money: ['payment', 'problem'],
  billing: ['payment'],
  medical: ['medical', 'safety'],
  unwell: ['medical'],
  schedule: ['booking'],
  praise: ['praise'],
  spam: ['spam'],
  suggestion: ['feature'],
  defect: ['problem', 'damaged'],
  connectivity: ['problem', 'internet'],
  locked_out: ['problem', 'lock'],
  blocked: ['problem'],
  assign_to_maintenance: ['repair'],
  assign_to_technical_support: ['technical', 'error'],
}

/** Who says it and that it is said: no topic. */
const REPORTING =
  /^(?:the )?(?:customer|user|guest|client|sender|caller|message|text|ticket|email|request|o cliente|o utilizador|a mensagem)?\s*(?:reports?|describes?|mentions?|talks? about|says?|states?|refere|descreve|menciona|fala de|pergunta sobre)\s+/

const PLACE =
  /(?<=\S\s+)(?:(?:in|at|inside) (?:the|a|my|our|their|his|her|one of the) (?:rooms?|hotel|house|building|apartment|bathroom|office|property)|n[oa]s? (?:quartos?|hotel|casa|edif[ií]cio|apartamento|casa de banho|escrit[óo]rio))(?!\p{L})/giu

function readTopics(text: string, { action, signals, reason }: Triage): Meaning {
  const topics = readMeaning(text)
  const quote = /"([^"]+)"/.exec(reason)?.[1] ?? ''
  for (const topic of [action, ...signals].flatMap((name) => IMPLIED[name] ?? [])) {
    if (!topics.has(topic)) topics.set(topic, { quote, declined: false, implied: true })
  }
  return topics
}

/** Whether a text is about what a condition describes, by topics and tone. */
export function judgeMeaning(condition: string, judged: Judged): Judgement {
  if (judged.text.trim() === '')
    return { holds: null, fit: 0, reason: 'There is no text to judge by.', certain: false }
  const reading = judged.reading ?? readOnce(judged)
  // A list of topics is met by any of them; where something is says nothing about what it is.
  const topics = condition.replace(REPORTING, '').replace(PLACE, ' ')
  const agreements = topics
    .split(/,|(?<=\S\s)(?:or|ou)(?=\s\S)/)
    .map((part) => compareMeaning(readMeaning(part.trim()), reading.topics))
  const fits = agreements.map(({ score, strong }) =>
    strong === 0 ? 0 : score * 0.6 + Math.min(strong, 3) * 0.1,
  )
  const topical = Math.max(...fits)
  const agreement = agreements[fits.indexOf(topical)]!
  const tone = judgeTone(condition, reading)
  if (tone > topical)
    return { holds: tone >= 0.5 ? true : null, fit: tone, reason: reading.triage.reason, certain: false }
  if (NEEDS_HUMAN.test(condition)) return judgeNeed(reading)
  const quotes = [...new Set(agreement.shared.map(({ quote }) => `"${quote}"`))].slice(0, 4)
  // One strong word in common is enough for a short condition; long ones have to be met by a good part.
  if (agreement.strong >= 0.6 && agreement.score >= 0.3) {
    return { holds: true, fit: topical, reason: `The text says ${quotes.join(', ')}.`, certain: false }
  }
  return {
    holds: agreement.strong > 0 ? null : false,
    fit: topical,
    reason:
      quotes.length > 0 ? `Only ${quotes.join(', ')} points to it.` : 'Nothing in the data points to it.',
    certain: false,
  }
}
