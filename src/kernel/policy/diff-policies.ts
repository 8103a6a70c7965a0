import { canonicalJson, type Json } from '../../lib/canonical-json.ts'
import type { PolicyDiff } from './schema.ts'

/**
 * What became of each member from one form of a policy to the next, by its path. Lists are compared between what both
 * begin and end with, so that a condition put in front does not make all others look changed.
 */
export function diffPolicies(before: Json, after: Json): PolicyDiff {
  const diff: PolicyDiff = { added: [], removed: [], changed: [] }
  compare(before, after, [], diff)
  return diff
}

function compare(before: Json, after: Json, path: (string | number)[], diff: PolicyDiff): void {
  if (canonicalJson(before) === canonicalJson(after)) return
  if (Array.isArray(before) && Array.isArray(after)) compareLists(before, after, path, diff)
  else if (isObject(before) && isObject(after)) compareObjects(before, after, path, diff)
  else diff.changed.push({ path: path.join('.'), before, after })
}

function compareObjects(
  before: Record<string, Json>,
  after: Record<string, Json>,
  path: (string | number)[],
  diff: PolicyDiff,
): void {
  for (const name of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
    const place = [...path, name]
    if (!Object.hasOwn(before, name)) diff.added.push({ path: place.join('.'), value: after[name]! })
    else if (!Object.hasOwn(after, name)) diff.removed.push({ path: place.join('.'), value: before[name]! })
    else compare(before[name]!, after[name]!, place, diff)
  }
}

function compareLists(before: Json[], after: Json[], path: (string | number)[], diff: PolicyDiff): void {
  const same = (a: Json | undefined, b: Json | undefined) =>
    a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b)
  let start = 0
  while (same(before[start], after[start])) start++
  let end = 0
  const shorter = Math.min(before.length, after.length)
  while (start + end < shorter && same(before[before.length - 1 - end], after[after.length - 1 - end])) end++
  const left = before.slice(start, before.length - end)
  const right = after.slice(start, after.length - end)
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const place = [...path, start + index]
    if (index >= left.length) diff.added.push({ path: place.join('.'), value: right[index]! })
    else if (index >= right.length) diff.removed.push({ path: place.join('.'), value: left[index]! })
    else compare(left[index]!, right[index]!, place, diff)
  }
}

const isObject = (value: Json): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
