import type { Json } from '../../lib/canonical-json.ts'

/**
 * A copy of a value with every text in Unicode form NFC, so that one meaning has one hash however it was typed. Members
 * that are `undefined` are left out. Whatever JSON would silently turn into something else is refused.
 *
 * @throws TypeError naming the place.
 */
export function normaliseJson(value: unknown, path = 'value'): Json {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') return value.normalize('NFC')
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`expected a finite number at ${path}, got ${value}`)
    return value
  }
  if (Array.isArray(value))
    return Array.from(value, (item, index) => normaliseJson(item, `${path}[${index}]`))
  if (typeof value === 'object' && isPlain(value)) return normaliseMembers(value, path)
  throw new TypeError(`expected a JSON value at ${path}, got ${describe(value)}`)
}

function normaliseMembers(value: object, path: string): Json {
  const members = new Map<string, Json>()
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue
    const normalised = name.normalize('NFC')
    // Two spellings of one name would become one member, and which of them stayed would depend on their order.
    if (members.has(normalised)) throw new TypeError(`two members of ${path} are both named ${normalised}`)
    members.set(normalised, normaliseJson(member, `${path}.${normalised}`))
  }
  return Object.fromEntries(members)
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function describe(value: unknown): string {
  return typeof value === 'object' ? `an instance of ${value?.constructor?.name ?? 'a class'}` : typeof value
}
