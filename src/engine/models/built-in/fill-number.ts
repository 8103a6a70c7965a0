import { findNumbers, readDecimal, readNumberWord } from './parse-numbers.ts'
import { type JsonSchema, nameWords } from './read-schema.ts'
import { findLabelled, labelsOf, type SlotSource } from './slot-source.ts'

const MONEY =
  /^(amount|price|total|cost|fee|budget|value|sum|valor|montante|preco|custo|orcamento|salary|deposit|payment|limit|cents|balance)$/

/**
 * The number a text gives to a slot: one written beside the slot's name, money for a slot of money, or the only number
 * there is when no other slot asks for one (`alone`).
 */
export function fillNumber(
  name: string,
  schema: JsonSchema,
  integer: boolean,
  source: SlotSource,
  alone: boolean,
): number | undefined {
  const words = nameWords(name)
  const money = words.some((word) => MONEY.test(word))
  const scale = words.includes('cents') ? 100 : 1
  const fits = (value: number | undefined) => {
    const scaled = value === undefined ? undefined : Math.round(value * scale * 1e6) / 1e6
    return scaled !== undefined && isWithin(scaled, schema, integer) ? scaled : undefined
  }
  const numbers = findNumbers(source.text, source.language)
  const labelled = findLabelled(source.text, name)
  const candidates = [
    () => (labelled === undefined ? undefined : findNumbers(labelled, source.language)[0]?.value),
    () => besideLabel(name, source, numbers),
    () => (money ? numbers.find(({ currency }) => currency !== undefined)?.value : undefined),
    () => (alone && numbers.length === 1 ? numbers[0]!.value : undefined),
    () => (alone && money ? pickLargest(numbers) : undefined),
  ]
  for (const candidate of candidates) {
    const value = fits(candidate())
    if (value !== undefined) return value
  }
  return undefined
}

function pickLargest(numbers: { value: number }[]): number | undefined {
  return numbers.length === 0 ? undefined : Math.max(...numbers.map(({ value }) => value))
}

/** `3 guests`, `three adult guests`, `table for two people`, `room 305`, `a budget of 500`. */
function besideLabel(
  name: string,
  source: SlotSource,
  numbers: { value: number; start: number; end: number }[],
): number | undefined {
  for (const label of labelsOf(name)) {
    const pattern = new RegExp(
      `(?<![\\p{L}\\p{N}])${label.replace(/[^\p{L}\p{N}]+/gu, '[-_ ]?')}(?![\\p{L}\\p{N}])`,
      'giu',
    )
    for (const match of source.text.matchAll(pattern)) {
      const end = match.index + match[0].length
      const before = numbers.findLast(
        (number) =>
          number.end <= match.index &&
          /^\s*(?:\p{L}+\s+){0,1}$/u.test(source.text.slice(number.end, match.index)),
      )
      if (before) return before.value
      const vague = /(?<!\p{L})(\p{L}+)\s+$/u.exec(source.text.slice(0, match.index))?.[1]
      const after = numbers.find(
        (number) =>
          number.start >= end &&
          /^\s*(?:(?:number|no\.?|nº|of|is|de|é|to|at|#|:|=|up to|até|around)\s*){0,2}$/iu.test(
            source.text.slice(end, number.start),
          ),
      )
      if (after) return after.value
      const counted = vague === undefined ? undefined : readNumberWord(vague)
      if (counted !== undefined) return counted
    }
  }
  return undefined
}

export function isWithin(value: number, schema: JsonSchema, integer: boolean): boolean {
  if (integer && !Number.isInteger(value)) return false
  if (schema.minimum !== undefined && value < schema.minimum) return false
  if (schema.maximum !== undefined && value > schema.maximum) return false
  if (schema.exclusiveMinimum !== undefined && value <= schema.exclusiveMinimum) return false
  if (schema.exclusiveMaximum !== undefined && value >= schema.exclusiveMaximum) return false
  return !schema.enum || schema.enum.includes(value)
}

/** A value of data as a number: 42, "42", "1.250,50 €". */
export function coerceNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || !/\d/.test(value)) return undefined
  const found = findNumbers(value)
  return found.length === 1 ? found[0]!.value : readDecimal(value.trim())
}
