import type { Json } from '../../../lib/canonical-json.ts'
import { type JsonObject, ToolError } from '../tool-handler.ts'

/** What a placeholder may stand for: `{{input.path}}`, `{{secret.NAME}}`, `{{idempotency_key}}`. */
export type Reference =
  | { kind: 'input'; path: string[] }
  | { kind: 'secret'; name: string }
  | { kind: 'idempotency_key' }

/** What placeholders are filled with. */
export type TemplateValues = {
  input: JsonObject
  secrets: Record<string, string>
  idempotencyKey: string
}

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g
const SECRET = /^secret\.([A-Za-z_][A-Za-z0-9_]{0,63})$/
/** Names with a character that has a meaning in addresses cannot be told from one there. */
const INPUT = /^input((?:\.[^.\s/?#\\]+)*)$/

/**
 * Every placeholder of a text, in order; one that is none of ours as its text. Braces that open or close nothing are
 * reported the same way, because they are a slip of the pen that would otherwise be sent.
 */
export function findReferences(template: string): (Reference | string)[] {
  const found = [...template.matchAll(PLACEHOLDER)].map(([text, inner]) => parseReference(inner!) ?? text)
  const stray = /\{\{|\}\}/.exec(template.replace(PLACEHOLDER, ''))
  return stray ? [...found, stray[0]] : found
}

function parseReference(inner: string): Reference | undefined {
  const text = inner.trim()
  if (text === 'idempotency_key') return { kind: 'idempotency_key' }
  const secret = SECRET.exec(text)
  if (secret) return { kind: 'secret', name: secret[1]! }
  const input = INPUT.exec(text)
  return input ? { kind: 'input', path: input[1]!.split('.').slice(1) } : undefined
}

/**
 * Fills the placeholders of a text in one pass: what was filled in is never looked at again, so an input that says
 * `{{secret.X}}` stays those letters.
 *
 * @param encode is applied to each value and not to the text around it.
 */
export function fillText(
  template: string,
  values: TemplateValues,
  encode: (value: string) => string = (value) => value,
): string {
  return template.replace(PLACEHOLDER, (text, inner: string) => {
    const reference = parseReference(inner)
    if (!reference) throw new ToolError('handler_config_invalid', `${text} is no placeholder`)
    const value = resolve(reference, values)
    if (value === undefined) {
      throw new ToolError(
        'input_missing',
        `this tool needs '${text.slice(2, -2).trim()}', which is not given`,
      )
    }
    if (value === null || typeof value === 'object') {
      const got = value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object'
      throw new ToolError('invalid_value', `expected a text, number or boolean for ${text}, got ${got}`)
    }
    return encode(String(value))
  })
}

/**
 * Fills a value of any shape. A text that is one placeholder and nothing else becomes the value it stands for, of
 * whatever type; where the input has none, a member of an object is left out, so that optional inputs stay optional.
 *
 * @returns undefined when the whole template is such a placeholder.
 */
export function fillValue(template: Json, values: TemplateValues): Json | undefined {
  if (typeof template === 'string') {
    const [reference, ...others] = findReferences(template)
    const whole = others.length === 0 && /^\{\{[^{}]*\}\}$/.test(template)
    if (whole && typeof reference === 'object') return resolve(reference, values)
    return fillText(template, values)
  }
  if (Array.isArray(template)) {
    return template.map((item, index) => {
      const filled = fillValue(item, values)
      if (filled !== undefined) return filled
      throw new ToolError('input_missing', `this tool needs ${item} for item ${index}, which is not given`)
    })
  }
  if (template === null || typeof template !== 'object') return template
  const entries: [string, Json][] = []
  for (const [name, inner] of Object.entries(template)) {
    const filled = fillValue(inner, values)
    if (filled !== undefined) entries.push([name, filled])
  }
  return Object.fromEntries(entries)
}

function resolve(reference: Reference, { input, secrets, idempotencyKey }: TemplateValues): Json | undefined {
  if (reference.kind === 'idempotency_key') return idempotencyKey
  if (reference.kind === 'input') return readPath(input, reference.path)
  if (Object.hasOwn(secrets, reference.name) && secrets[reference.name] !== '') return secrets[reference.name]
  throw new ToolError(
    'secret_unknown',
    `this tool needs the secret '${reference.name}', which is not configured; nothing was sent`,
  )
}

/** The value at a path of member names and list positions, if there is one. */
export function readPath(value: Json, path: string[]): Json | undefined {
  let inner: Json | undefined = value
  for (const name of path) {
    if (inner === null || typeof inner !== 'object' || !Object.hasOwn(inner, name)) return undefined
    inner = (inner as Record<string, Json>)[name]
  }
  return inner
}

/** All texts within a value, with their paths; the names of members too, marked `isName`. */
export function* listTexts(
  value: Json,
  path: string[] = [],
): Generator<{ path: string; text: string; isName: boolean }> {
  if (typeof value === 'string') yield { path: path.join('.'), text: value, isName: false }
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* listTexts(item, [...path, String(index)])
  } else if (value !== null && typeof value === 'object') {
    for (const [name, inner] of Object.entries(value)) {
      yield { path: [...path, name].join('.'), text: name, isName: true }
      yield* listTexts(inner, [...path, name])
    }
  }
}
