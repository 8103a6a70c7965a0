import { text } from '../text.ts'

/** A field of a form, made from a JSON Schema. What the form cannot say, it asks for as JSON. */
export type Field = {
  label: string
  hint: string | null
  example: string | null
  /** What is filled in at first. */
  initial: Json | undefined
} & (
  | { kind: 'text'; isLong: boolean }
  | { kind: 'number'; isWhole: boolean }
  | { kind: 'flag' }
  | { kind: 'choice'; options: Json[] }
  | { kind: 'group'; members: Member[] }
  | { kind: 'list'; item: Field }
  | { kind: 'json' }
)
export type Member = { name: string; isRequired: boolean; field: Field }
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

type Schema = Record<string, unknown>

/** A form is to be looked over: deeper or wider than this, JSON reads better. */
const MAX_DEPTH = 5
const MAX_MEMBERS = 60
const MAX_CHOICES = 200
/** Texts that may be longer than this get more than one line. */
const LONG_TEXT = 200

/** Keywords that say more than a field of one kind can. */
const BEYOND_FORMS = ['$ref', '$dynamicRef', 'anyOf', 'oneOf', 'allOf', 'not', 'if', 'patternProperties']

/**
 * The form that a schema asks for. The subset that people write for inputs: texts, numbers, truth values, choices,
 * objects and lists of these. The server checks the whole schema; a field that says less here loses nothing.
 */
export function readSchema(schema: unknown, name: string, depth = 0): Field {
  const known: Schema = isObject(schema) ? schema : {}
  const base = {
    label: textOf(known.title) ?? name,
    hint: joinHints(known),
    example: exampleOf(known),
    initial: known.default as Json | undefined,
  }
  const asJson: Field = { ...base, kind: 'json' }
  if (depth > MAX_DEPTH || BEYOND_FORMS.some((keyword) => keyword in known)) return asJson
  const choices = 'const' in known ? [known.const] : known.enum
  if (Array.isArray(choices)) {
    const isShort = choices.length > 0 && choices.length <= MAX_CHOICES
    return isShort ? { ...base, kind: 'choice', options: choices as Json[] } : asJson
  }
  switch (typeOf(known)) {
    case 'string':
      return {
        ...base,
        kind: 'text',
        isLong: typeof known.maxLength === 'number' && known.maxLength > LONG_TEXT,
      }
    case 'integer':
      return { ...base, kind: 'number', isWhole: true }
    case 'number':
      return { ...base, kind: 'number', isWhole: false }
    case 'boolean':
      return { ...base, kind: 'flag' }
    case 'object': {
      const members = readMembers(known, depth)
      return members === null ? asJson : { ...base, kind: 'group', members }
    }
    case 'array':
      return isObject(known.items)
        ? { ...base, kind: 'list', item: readSchema(known.items, base.label, depth + 1) }
        : asJson
    default:
      return asJson
  }
}

function readMembers({ properties, required }: Schema, depth: number): Member[] | null {
  if (!isObject(properties)) return null
  const needed = Array.isArray(required) ? required : []
  const entries = Object.entries(properties)
  if (entries.length > MAX_MEMBERS) return null
  return entries.map(([name, member]) => ({
    name,
    isRequired: needed.includes(name),
    field: readSchema(member, name, depth + 1),
  }))
}

/** The one type of a value, leaving aside that it may be null: then it is not given. */
function typeOf({ type, properties, items }: Schema): string | null {
  const types = (Array.isArray(type) ? type : [type]).filter((each) => each !== 'null' && each !== undefined)
  if (types.length === 1) return String(types[0])
  if (types.length > 1) return null
  return isObject(properties) ? 'object' : isObject(items) ? 'array' : null
}

function joinHints({ description, minimum, maximum }: Schema): string | null {
  const bounds =
    typeof minimum === 'number' && typeof maximum === 'number'
      ? text.form.between(minimum, maximum)
      : typeof minimum === 'number'
        ? text.form.atLeast(minimum)
        : typeof maximum === 'number'
          ? text.form.atMost(maximum)
          : null
  const parts = [textOf(description), bounds].filter((part) => part !== null)
  return parts.length > 0 ? parts.join(' ') : null
}

function exampleOf({ examples }: Schema): string | null {
  const [first] = Array.isArray(examples) ? examples : []
  if (first === undefined) return null
  return typeof first === 'string' ? first : JSON.stringify(first)
}

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
