import type { Json } from '../lib/canonical-json.ts'

type JsonObject = Record<string, Json>
type Sent = { event: JsonObject; context: JsonObject }

/** What was read and not sent: where in the mapping, and which reference. */
export type Unresolved = { path: string; reference: string }

/** `$event`, `$event.a.b`, `$context.a.b`: the whole value, or it is literal. */
const REFERENCE = /^\$(event|context)((?:\.[^.]+)*)$/
/** Means to be a reference and is none, e.g. `$event..a`. */
const BROKEN = /^\$(?:event|context)\./

export type Reference = { root: 'event' | 'context'; path: string[] }

export function readReference(value: Json): Reference | null {
  const match = typeof value === 'string' ? REFERENCE.exec(value) : null
  return match && { root: match[1] as Reference['root'], path: match[2]!.split('.').slice(1) }
}

/** Every text of a mapping, with where it stands. */
export function listTexts(value: Json, path: string): { path: string; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([member, inner]) => listTexts(inner, `${path}.${member}`))
}

export const isBrokenReference = (text: string) => BROKEN.test(text) && !REFERENCE.test(text)

/**
 * What a run is given: the mapping with its references replaced by what was sent. What was not sent is left out of its
 * object, is null in a list, and is told.
 */
export function mapInput(mapping: JsonObject, sent: Sent): { input: JsonObject; unresolved: Unresolved[] } {
  const unresolved: Unresolved[] = []
  const replace = (value: Json, path: string): Json | undefined => {
    const reference = readReference(value)
    if (reference) {
      const found = lookUp(sent[reference.root], reference.path)
      if (found === undefined) unresolved.push({ path, reference: value as string })
      return found
    }
    if (Array.isArray(value)) return value.map((item, index) => replace(item, `${path}.${index}`) ?? null)
    if (typeof value === 'object' && value !== null) return replaceMembers(value, path)
    return value
  }
  const replaceMembers = (object: JsonObject, path: string): JsonObject =>
    Object.fromEntries(
      Object.entries(object).flatMap(([member, value]) => {
        const replaced = replace(value, `${path}.${member}`)
        return replaced === undefined ? [] : [[member, replaced]]
      }),
    )
  return { input: replaceMembers(mapping, 'input_mapping'), unresolved }
}

/** Own members only, and places of lists: what every object inherits is nothing that was sent. */
function lookUp(root: Json, path: string[]): Json | undefined {
  let value: Json | undefined = root
  for (const member of path) {
    if (Array.isArray(value)) value = /^\d+$/.test(member) ? value[Number(member)] : undefined
    else if (typeof value === 'object' && value !== null && Object.hasOwn(value, member))
      value = value[member]
    else return undefined
  }
  return value
}
