import type { Json } from '../../../lib/canonical-json.ts'
import { SUBJECTS } from './condition-words.ts'
import { areTranslations } from './link-words.ts'
import { splitWords } from './split-words.ts'

export type FoundField =
  | { found: true; paths: string[]; value: Json; note?: string }
  | { found: false; reason: string }

/** One value in the data: its path and the words of the names on it. */
export type Place = { path: string[]; names: string[][]; value: Json }

/** Data with more values than this is not searched: that a name stands in it once could not be told in short time. */
const MOST_PLACES = 5_000
const DEEPEST = 32

/**
 * Finds the value that a name stands for: the last members of a path have these words, as they are or else translated. A
 * name for several different values stands for none of them. Positions in lists are no part of a name.
 */
export function findField(words: readonly string[], places: readonly Place[]): FoundField {
  const named = matchPlaces(words, places)
  if (named.length > 0) return agreeOn(named, words)
  const withoutSubject = matchBeyondSubject(words, places)
  if (withoutSubject.length === 0)
    return { found: false, reason: `nothing in the data is named "${words.join(' ')}"` }
  const field = agreeOn(withoutSubject, words)
  return field.found ? { ...field, note: `"${words[0]}" is read as the data itself` } : field
}

/** Whether a word is a name in the data, so that it may stand for a value instead of being one. */
export function namesField(words: readonly string[], places: readonly Place[]): boolean {
  return matchPlaces(words, places).length > 0
}

function agreeOn(places: readonly Place[], words: readonly string[]): FoundField {
  const values = new Set(places.map(({ value }) => JSON.stringify(value)))
  if (values.size > 1)
    return { found: false, reason: `"${words.join(' ')}" names ${values.size} different values` }
  return {
    found: true,
    paths: places.slice(0, 5).map(({ path }) => path.join('.').toWellFormed()),
    value: places[0]!.value,
  }
}

function matchPlaces(words: readonly string[], places: readonly Place[]): Place[] {
  const exact = places.filter(({ names }) => endsWith(names, words, (one, other) => one === other))
  if (exact.length > 0) return exact
  return places.filter(({ names }) =>
    endsWith(names, words, (one, other) => one === other || areTranslations(one, other)),
  )
}

/**
 * "ticket priority" where the data is the ticket: it has a priority of its own, every priority in it is the same, and no
 * member is named like a ticket.
 */
function matchBeyondSubject([subject, ...rest]: readonly string[], places: readonly Place[]): Place[] {
  if (subject === undefined || rest.length === 0 || !SUBJECTS.has(subject)) return []
  const isNamed = places.some(({ names }) =>
    names.at(-1)?.some((word) => word.startsWith(subject) || areTranslations(word, subject)),
  )
  const matched = isNamed ? [] : matchPlaces(rest, places)
  return matched.some(({ path }) => path.length === 1) ? matched : []
}

/** Whole members only: "id" is not the end of "user_id". */
function endsWith(
  names: readonly string[][],
  words: readonly string[],
  equal: (one: string, other: string) => boolean,
): boolean {
  let tail: string[] = []
  for (const name of names.toReversed()) {
    tail = [...name, ...tail]
    if (tail.length === words.length) return tail.every((word, index) => equal(word, words[index]!))
    if (tail.length > words.length) return false
  }
  return false
}

/** All values in the data that have a name; undefined when there are too many to search. */
export function listPlaces(data: Json): Place[] | undefined {
  const places: Place[] = []
  const visit = (value: Json, path: string[], names: string[][]): boolean => {
    if (value === null || typeof value !== 'object') return true
    if (path.length > DEEPEST) return false
    for (const [name, member] of Object.entries(value)) {
      const isItem = Array.isArray(value)
      const place = {
        path: [...path, name],
        names: isItem ? names : [...names, splitWords(name)],
        value: member,
      }
      if (!isItem) places.push(place)
      if (places.length > MOST_PLACES || !visit(member, place.path, place.names)) return false
    }
    return true
  }
  return visit(data, [], []) ? places : undefined
}
