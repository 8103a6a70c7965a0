import { readMeaning, stemWord } from './compare-meaning.ts'
import { nameWords } from './read-schema.ts'

export type Leaf = { path: string; words: string[]; value: unknown }

const MAX_LEAVES = 2000
const MAX_DEPTH = 30

/** Every value in a piece of data with the names on the way to it; positions in lists have no name. */
export function listLeaves(value: unknown, path = '', words: string[] = [], leaves: Leaf[] = []): Leaf[] {
  if (leaves.length >= MAX_LEAVES || words.length > MAX_DEPTH || path.length > 2000) return leaves
  if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      const own = Array.isArray(value) ? [] : nameWords(key)
      listLeaves(member, path === '' ? key : `${path}.${key}`, [...words, ...own], leaves)
    }
    return leaves
  }
  leaves.push({ path, words, value })
  return leaves
}

/** Names that mean the same across languages and habits, e.g. `total`, `amount` and `valor`. */
function keysOf(word: string): Set<string> {
  const keys = [...readMeaning(word).keys()]
  return new Set([`~${stemWord(word)}`, ...keys])
}

function meansSame(left: string, right: string): boolean {
  const keys = keysOf(left)
  return [...keysOf(right)].some((key) => keys.has(key))
}

/** The values a condition's subject names: those whose own name it ends with and whose path holds its other words. */
export function resolveSubject(subject: string, leaves: Leaf[]): Leaf[] {
  const wanted = subject.split(/[^a-z0-9]+/).filter((word) => word !== '' && !SKIPPED.has(word))
  if (wanted.length === 0) return []
  const scored = leaves.map((leaf) => ({ leaf, score: scoreLeaf(wanted, leaf) }))
  const best = Math.max(0, ...scored.map(({ score }) => score))
  return best === 0 ? [] : scored.filter(({ score }) => score === best).map(({ leaf }) => leaf)
}

const SKIPPED = new Set('the a an of its it s this that in for da do de o os as field value'.split(' '))

function scoreLeaf(wanted: string[], leaf: Leaf): number {
  const own = leaf.words.at(-1)
  if (own === undefined) return 0
  const exact = leaf.words.slice(-wanted.length).join(' ') === wanted.join(' ')
  if (exact) return 100
  // The name of the value itself has to be among the words: "ticket priority" names a priority, not any ticket value.
  const named = wanted.findLast((word) => meansSame(word, own))
  if (named === undefined) return 0
  const met = wanted.filter((word) => leaf.words.some((name) => meansSame(word, name))).length
  const last = named === wanted.at(-1) ? 2 : 0
  const same = named === own ? 1 : 0
  return met + last + same > 1 + (wanted.length > 2 ? 1 : 0) || wanted.length === 1
    ? met * 3 + last + same
    : 0
}

/** Lists whose name the subject ends with: what "tickets" counts. */
export function resolveLists(
  subject: string,
  value: unknown,
  found: unknown[][] = [],
  name = '',
  depth = 0,
): unknown[][] {
  const noun = subject
    .split(/[^a-z0-9]+/)
    .filter((word) => !SKIPPED.has(word))
    .at(-1)
  if (noun === undefined || typeof value !== 'object' || value === null || depth > MAX_DEPTH) return found
  if (Array.isArray(value) && name !== '' && meansSame(noun, nameWords(name).at(-1) ?? '')) found.push(value)
  for (const [key, member] of Object.entries(value)) {
    resolveLists(subject, member, found, Array.isArray(value) ? name : key, depth + 1)
  }
  return found
}
