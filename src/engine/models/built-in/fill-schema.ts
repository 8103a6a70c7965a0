import { compareMeaning, readMeaning } from './compare-meaning.ts'
import { dropDenied } from './drop-denied.ts'
import { fillChoice, fillChoices } from './fill-choice.ts'
import { coerceNumber, fillNumber, isWithin, takesAnyMoney } from './fill-number.ts'
import { fillString, fitsString } from './fill-string.ts'
import { fillTranslation } from './fill-translation.ts'
import { findNumbers } from './parse-numbers.ts'
import { type JsonSchema, nameWords, readShape, type Shape } from './read-schema.ts'
import { compilePhrases, findPhrases, foldWord, readText } from './read-text.ts'
import { findFact, findLabelled, labelsOf, type SlotSource } from './slot-source.ts'

export type Filled = { value: unknown; missing: { path: string; about: string }[] }

type Filling = { source: SlotSource; root: JsonSchema; forced: boolean; missing: Filled['missing'] }

/**
 * Fills a JSON Schema from what was said and from data. Nothing is made up: what is neither said nor given is reported
 * as missing, or, when an answer is `forced`, becomes null where the schema allows that and is left out where not.
 */
export function fillSchema(schema: JsonSchema, source: SlotSource, forced: boolean): Filled {
  const stated = { ...source, text: dropDenied(source.text), verbatim: source.verbatim ?? source.text }
  const filling: Filling = { source: stated, root: schema, forced, missing: [] }
  const shape = readShape(schema, schema)
  const value =
    shape.kind === 'object'
      ? fillObject(shape.schema, '', filling)
      : fillSlot('value', shape, '', filling, { alone: true, required: true })
  return { value, missing: filling.missing }
}

function fillObject(schema: JsonSchema, path: string, filling: Filling): Record<string, unknown> {
  const filled: Record<string, unknown> = {}
  const entries = Object.entries(schema.properties ?? {})
  const shapes = entries.map(([, property]) => readShape(property, filling.root))
  const numeric = ({ kind }: Shape) => kind === 'number' || kind === 'integer'
  const texts = shapes.filter(({ kind }) => kind === 'string').length
  const sums = shapes.filter((shape, index) => numeric(shape) && takesAnyMoney(entries[index]![0])).length
  const translation = fillTranslation(
    entries.map(([name], index) => ({ name, choices: shapes[index]!.schema.enum })),
    filling.source,
  )
  entries.forEach(([name], index) => {
    const shape = shapes[index]!
    const where = path === '' ? name : `${path}.${name}`
    const alone = numeric(shape) ? sums === 1 : texts === 1
    const required = schema.required?.includes(name) ?? false
    const inner = required ? filling : { ...filling, missing: [] }
    const value =
      translation && name in translation
        ? translation[name]
        : fillSlot(name, shape, where, inner, { alone, required })
    if (value !== undefined) filled[name] = value
    else if (!required) return
    else if (shape.schema.default !== undefined) filled[name] = shape.schema.default
    else if (filling.forced && shape.nullable) filled[name] = null
    else filling.missing.push({ path: where, about: shape.schema.description ?? nameWords(name).join(' ') })
  })
  return filled
}

/** `alone`: no other slot of its kind; `required`: where a choice has to be made, it is judged. */
type Place = { alone: boolean; required: boolean }

function fillSlot(name: string, shape: Shape, path: string, filling: Filling, place: Place): unknown {
  const { source, root } = filling
  const { alone } = place
  const { schema } = shape
  if (schema.const !== undefined) return schema.const
  if (shape.choices.length > 1) return fillBest(name, shape.choices, path, filling, place)
  const fact = findFact(source.facts, name, (value) => coerce(value, shape, filling) !== undefined)
  if (fact !== undefined) return coerce(fact, shape, filling)
  if (schema.enum)
    return fillChoice(
      name,
      schema.enum.filter((value) => value !== null),
      source,
      place.required,
    )
  switch (shape.kind) {
    case 'object': {
      const inner = fillObject(schema, path, filling)
      return Object.keys(inner).length > 0 || Object.keys(schema.properties ?? {}).length === 0
        ? inner
        : undefined
    }
    case 'array':
      return fillArray(name, schema, path, filling)
    case 'string':
      return fillString(name, schema, source, alone)
    case 'number':
    case 'integer':
      return fillNumber(name, schema, shape.kind === 'integer', source, alone)
    case 'boolean':
      return fillBoolean(name, source)
    case 'null':
      return null
    case 'any':
      return findLabelled(source.text, name) ?? readShape(schema, root).schema.default
  }
}

/** Of several shapes the first that can be filled wholly, else none. */
function fillBest(name: string, choices: Shape[], path: string, filling: Filling, place: Place): unknown {
  for (const choice of choices) {
    const attempt: Filling = { ...filling, missing: [] }
    const value = fillSlot(name, choice, path, attempt, place)
    if (value !== undefined && attempt.missing.length === 0) return value
  }
  return undefined
}

/** A value of data in the form a slot takes, or undefined when it does not fit. */
function coerce(value: unknown, shape: Shape, filling: Filling): unknown {
  const { schema, kind } = shape
  if (value === null) return shape.nullable ? null : undefined
  if (schema.enum) {
    if (schema.enum.includes(value)) return value
    return typeof value === 'string'
      ? schema.enum.find((choice) => foldWord(String(choice)) === foldWord(value))
      : undefined
  }
  switch (kind) {
    case 'string':
      if (typeof value === 'number') return fitsString(String(value), schema) ? String(value) : undefined
      return typeof value === 'string' && value !== '' && fitsString(value, schema) ? value : undefined
    case 'number':
    case 'integer': {
      const number = coerceNumber(value)
      return number !== undefined && isWithin(number, schema, kind === 'integer') ? number : undefined
    }
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'array': {
      if (!Array.isArray(value)) return undefined
      const item = readShape(schema.items, filling.root)
      const items = value.map((one) => coerce(one, item, filling))
      return items.includes(undefined) ? undefined : items
    }
    case 'object':
      return coerceObject(value, schema, filling)
    case 'any':
      return value
    case 'null':
      return undefined
  }
}

/** An object of data cut down to the members the schema names; unfit when a required one is not there. */
function coerceObject(value: unknown, schema: JsonSchema, filling: Filling): unknown {
  if (typeof value !== 'object' || Array.isArray(value)) return undefined
  if (!schema.properties) return value
  const missing: Filled['missing'] = []
  const inner: Filling = { ...filling, missing, source: { ...filling.source, text: '', facts: [value] } }
  const object = fillObject(schema, '', inner)
  return missing.length === 0 ? object : undefined
}

function fillArray(name: string, schema: JsonSchema, path: string, filling: Filling): unknown[] | undefined {
  const { source, root } = filling
  const item = readShape(schema.items, root)
  const found = (() => {
    if (item.schema.enum) return fillChoices(item.schema.enum, source)
    if (item.kind === 'number' || item.kind === 'integer') {
      const numbers = findNumbers(findLabelled(source.text, name) ?? source.text, source.language)
      return numbers
        .map(({ value }) => value)
        .filter((value) => isWithin(value, item.schema, item.kind === 'integer'))
    }
    if (item.kind === 'object') {
      const one = fillObject(item.schema, path, { ...filling, missing: [] })
      const required = item.schema.required ?? []
      return Object.keys(one).length > 0 && required.every((key) => key in one) ? [one] : []
    }
    return item.kind === 'string' || item.kind === 'any' ? listStrings(name, item, source) : []
  })().slice(0, schema.maxItems)
  if (found.length < (schema.minItems ?? 0)) return undefined
  return found.length > 0 || filling.forced ? found : undefined
}

const EMAILS = /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.\w{2,24}/g
const IDENTIFIERS = /(?<![\w@./€$£])#?[A-Za-z]{1,8}[-_]\d[\w-]*/g

function listStrings(name: string, item: Shape, source: SlotSource): string[] {
  const words = nameWords(name)
  if (item.schema.format === 'email' || words.some((word) => /^e?mails?$|^recipients?$/.test(word))) {
    return source.text.match(EMAILS) ?? []
  }
  if (words.at(-1) === 'ids') return source.text.match(IDENTIFIERS) ?? []
  const listed = findLabelled(source.text.replace(/,\s+/g, ' / '), name) ?? findListed(name, source.text)
  if (listed !== undefined) return splitList(listed.replace(/\s(?:to|on|for)\s.*$/s, ''))
  return [...source.text.matchAll(/["“«]([^"”»\n]{1,200})["”»]/gu)].map((match) => match[1]!)
}

/** `tags urgent, billing and vip` without a colon. */
function findListed(name: string, text: string): string | undefined {
  for (const label of labelsOf(name)) {
    const match = new RegExp(`(?<![\\p{L}])${label}\\s+([^.;\\n]+)`, 'iu').exec(text)
    if (match) return match[1]!
  }
  return undefined
}

function splitList(list: string): string[] {
  return list
    .split(/[,;/]|\band\b|\be\b|&/)
    .map((one) => one.trim().replace(/^["'[]|["'\].]$/g, ''))
    .filter((one) => one !== '')
}

const YES = compilePhrases('yes, true, sim, yep, of course, sure, claro, verdadeiro, y')
const NO = compilePhrases('no, false, nao, none, nope, falso, n, without, sem')

/** Whether a thing is wanted or so, when the text mentions it at all. */
function fillBoolean(name: string, source: SlotSource): boolean | undefined {
  const labelled = findLabelled(source.text, name)
  if (labelled !== undefined) {
    const answer = readText(labelled)
    if (findPhrases(answer, NO).some(({ first }) => first === 0)) return false
    if (findPhrases(answer, YES).some(({ first }) => first === 0)) return true
  }
  const about = nameWords(name).filter(
    (word) =>
      !/^(is|has|have|with|needs?|wants?|include[sd]?|including|required?|requested|should|can|allow|allowed|enabled?|flag)$/.test(
        word,
      ),
  )
  const text = readText(source.text)
  const forms = labelsOf(about.join('_')).map((label) => foldPhrase(label))
  const matches = findPhrases(text, compilePhrases(forms.flatMap((form) => [form, `${form}s`]).join(',')))
  if (matches.length > 0) return matches.some(({ negated }) => !negated)
  const given = readMeaning(text)
  const wanted = readMeaning(about.join(' '))
  const denied = [...wanted.keys()].some((key) => given.get(key)?.declined)
  if (compareMeaning(wanted, given).score === 1) return true
  return denied ? false : undefined
}

function foldPhrase(label: string): string {
  return nameWords(label).join(' ')
}
