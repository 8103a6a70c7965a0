import type { Run } from '../../engine/runs/schema.ts'

type Json = Run['input']

/** What somebody said, found in the input of the run where the action's mapping put it; null when it is not there. */
export function findSaid(mapping: Json, input: Json | undefined): string | null {
  if (input === undefined) return null
  if (mapping === '$event.message') return typeof input === 'string' ? input : null
  if (mapping === '$event') return isObject(input) && typeof input.message === 'string' ? input.message : null
  if (!isObject(mapping) || !isObject(input)) return null
  for (const [member, inner] of Object.entries(mapping)) {
    const said = Object.hasOwn(input, member) ? findSaid(inner, input[member]) : null
    if (said !== null) return said
  }
  return null
}

/** Where agents and workflows put what they say. */
const SAYING = ['text', 'answer', 'message', 'summary']

/** What a run answers in words: a text, or the member of its result that is one; else all of it, as it is. */
export function answerOf(result: Json): Json {
  if (!isObject(result)) return result
  const member = SAYING.find((name) => typeof result[name] === 'string' && result[name] !== '')
  return member === undefined ? result : result[member]!
}

const isObject = (value: Json): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
