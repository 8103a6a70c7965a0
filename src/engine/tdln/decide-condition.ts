import type { Json } from '../../lib/canonical-json.ts'
import { anyOf, type Compared, compareValue, type Verdict } from './condition/compare-value.ts'
import { CONDITION_GRAMMARS } from './condition/condition-words.ts'
import { findField, listPlaces, namesField, type Place } from './condition/find-field.ts'
import { type Clause, type Operand, type Reading, readCondition } from './condition/read-condition.ts'
import type { Language } from './lexicon.ts'

export type ConditionParse = {
  condition: string
  /** The language that it was read in; null when it could not be read. */
  language: Language | null
  /** Each way to read it, with what every comparison found. Two where words leave two open. */
  readings: Json[]
  /** Why the verdict is unknown. */
  reasons: string[]
}

export type DecidedCondition = { verdict: Verdict; parse: ConditionParse }

type Decided = { verdict: Verdict; shown: Json; reasons: string[] }

const LONGEST_SHOWN = 120
const LONGEST_CONDITION = 600

/**
 * Decides a condition in plain English or Portuguese by reading the data, without a model. The answer is `unknown`
 * whenever a word has no place in the grammar, a name is not in the data or stands for several values, or what it says
 * could be meant in another way: then somebody else has to judge. The parse shows how it was read and fits into a log.
 *
 * @example decideCondition('if ticket priority is high or urgent', { ticket: { priority: 'high' } }).verdict // 'true'
 */
export function decideCondition(condition: string, data: Json): DecidedCondition {
  const places = listPlaces(data)
  const shown = showText(condition, LONGEST_CONDITION)
  if (places === undefined) return giveUp(shown, ['the data is too large to search'])
  const faults: string[] = []
  const decided: (Decided & { language: Language })[] = []
  for (const grammar of CONDITION_GRAMMARS) {
    const read = readCondition(condition.toWellFormed(), grammar)
    if ('fault' in read) faults.push(`${grammar.language}: ${read.fault}`)
    else {
      for (const reading of read.readings) {
        decided.push({ ...decideReading(reading, places, grammar.language), language: grammar.language })
      }
    }
  }
  const [first] = decided
  if (first === undefined) return giveUp(shown, faults)
  const readings = [...new Map(decided.map((one) => [JSON.stringify(one.shown), one.shown])).values()]
  const parse = { condition: shown, language: first.language, readings }
  if (decided.some(({ verdict }) => verdict !== first.verdict)) {
    return {
      verdict: 'unknown',
      parse: { ...parse, reasons: ['it can be read in two ways, and they differ'] },
    }
  }
  const isOpen = first.verdict === 'unknown'
  const reasons = isOpen ? [...new Set(decided.flatMap((one) => one.reasons))] : []
  return { verdict: first.verdict, parse: { ...parse, reasons } }
}

function giveUp(condition: string, reasons: string[]): DecidedCondition {
  return { verdict: 'unknown', parse: { condition, language: null, readings: [], reasons } }
}

/** Unknown is neither: it only counts where the other parts leave the answer open. */
function decideReading(reading: Reading, places: readonly Place[], language: Language): Decided {
  if (reading.kind === 'clause') return decideClause(reading, places, language)
  const parts = reading.parts.map((part) => decideReading(part, places, language))
  const verdict = reading.kind === 'any' ? anyOf(parts).verdict : allOf(parts)
  return {
    verdict,
    shown: { [reading.kind]: parts.map(({ shown }) => shown), verdict },
    reasons: parts.flatMap(({ reasons }) => reasons),
  }
}

function allOf(parts: readonly Compared[]): Verdict {
  if (parts.some(({ verdict }) => verdict === 'false')) return 'false'
  return parts.some(({ verdict }) => verdict === 'unknown') ? 'unknown' : 'true'
}

function decideClause(clause: Clause, places: readonly Place[], language: Language): Decided {
  const found = findField(clause.field, places)
  const compared: Compared = found.found
    ? compareValue(clause, found.value, { language, namesField: (words) => namesField(words, places) })
    : { verdict: 'unknown', reason: found.reason }
  const operands = clause.operands.map(showOperand)
  const shown: Json = {
    field: clause.field.join(' '),
    operator: clause.negated ? `not ${clause.operator}` : clause.operator,
    ...(operands.length === 0 ? {} : { operand: operands.length === 1 ? operands[0]! : operands }),
    ...(found.found ? { paths: found.paths, value: showValue(found.value) } : {}),
    ...(found.found && found.note !== undefined ? { note: found.note } : {}),
    verdict: compared.verdict,
    ...(compared.reason === undefined ? {} : { reason: compared.reason }),
  }
  return { verdict: compared.verdict, shown, reasons: compared.reason === undefined ? [] : [compared.reason] }
}

function showOperand(operand: Operand): Json {
  if (operand.kind === 'number')
    return operand.readings.length === 1 ? operand.readings[0]! : operand.readings
  return operand.kind === 'quoted' ? operand.text : operand.words.join(' ')
}

/** A log needs to know what was compared and not all of it. */
function showValue(value: Json): Json {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (value !== null && typeof value === 'object') return `an object of ${Object.keys(value).length}`
  return typeof value === 'string' ? showText(value, LONGEST_SHOWN) : value
}

function showText(text: string, longest: number): string {
  const kept = text.length <= longest ? text : `${text.slice(0, longest)}…`
  return kept.toWellFormed()
}
