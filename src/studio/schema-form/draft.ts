import { text } from '../text.ts'
import type { Field, Json } from './read-schema.ts'

/** What stands in the fields: texts as they were typed, until they are read. An empty text is nothing. */
export type Draft = string | Draft[] | { [name: string]: Draft }

export type Fault = { path: string; message: string }
type Read = { value: Json | undefined; faults: Fault[] }

/** What a field shows at first, or for a value. */
export function makeDraft(field: Field, value: Json | undefined = field.initial): Draft {
  switch (field.kind) {
    case 'group': {
      const given = isObject(value) ? value : {}
      return Object.fromEntries(
        field.members.map(({ name, field: member }) => [
          name,
          Object.hasOwn(given, name) ? makeDraft(member, given[name]) : makeDraft(member),
        ]),
      )
    }
    case 'list':
      return Array.isArray(value) ? value.map((item) => makeDraft(field.item, item)) : []
    case 'choice': {
      const index = field.options.findIndex((option) => isSame(option, value))
      return index < 0 ? '' : String(index)
    }
    case 'json':
      return value === undefined ? '' : JSON.stringify(value, null, 2)
    case 'text':
      return typeof value === 'string' ? value : ''
    case 'number':
      return typeof value === 'number' ? String(value) : ''
    case 'flag':
      return typeof value === 'boolean' ? String(value) : ''
  }
}

/** The value that a draft says, with every fault of it. Members that are not given are left out. */
export function readDraft(field: Field, draft: Draft, isRequired: boolean, path: string): Read {
  if (field.kind === 'group') return readGroup(field, draft, isRequired, path)
  if (field.kind === 'list') {
    const items = (draft as Draft[]).map((item, index) =>
      readDraft(field.item, item, true, `${path}.${index}`),
    )
    const faults = items.flatMap((item) => item.faults)
    const isLeftOut = items.length === 0 && !isRequired
    return { value: isLeftOut ? undefined : items.map(({ value }) => value ?? null), faults }
  }
  const typed = draft as string
  if (typed.trim() === '' && !(field.kind === 'text' && typed !== '')) {
    return isRequired ? refuse(path, text.form.needed) : { value: undefined, faults: [] }
  }
  switch (field.kind) {
    case 'text':
      return { value: typed, faults: [] }
    case 'flag':
      return { value: typed === 'true', faults: [] }
    case 'choice':
      return { value: field.options[Number(typed)], faults: [] }
    case 'number':
      return readNumber(typed.trim(), field.isWhole, path)
    case 'json':
      return readJson(typed, path)
  }
}

function readGroup(
  field: Extract<Field, { kind: 'group' }>,
  draft: Draft,
  isRequired: boolean,
  path: string,
): Read {
  const drafts = draft as Record<string, Draft>
  const read = field.members.map(({ name, isRequired: needed, field: member }) => ({
    name,
    ...readDraft(member, drafts[name] ?? '', needed, `${path}.${name}`),
  }))
  const given = read.filter(({ value }) => value !== undefined)
  // An optional group of which nothing is given is not given, so what it would need is not missing.
  if (!isRequired && given.length === 0) return { value: undefined, faults: [] }
  const value: Record<string, Json> = {}
  for (const member of given) {
    // `__proto__` is a name like any other.
    Object.defineProperty(value, member.name, {
      value: member.value,
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return { value, faults: read.flatMap(({ faults }) => faults) }
}

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

function readNumber(typed: string, isWhole: boolean, path: string): Read {
  if (!NUMBER.test(typed)) return refuse(path, isWhole ? text.form.notWhole : text.form.notNumber)
  const value = Number(typed)
  if (isWhole && !Number.isInteger(value)) return refuse(path, text.form.notWhole)
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    return refuse(path, text.form.tooExact)
  }
  return { value, faults: [] }
}

export function readJson(typed: string, path: string): Read {
  try {
    return { value: JSON.parse(typed) as Json, faults: [] }
  } catch (error) {
    return refuse(path, text.form.notJson(error instanceof Error ? error.message : String(error)))
  }
}

const refuse = (path: string, message: string): Read => ({ value: undefined, faults: [{ path, message }] })

/** Whether a form can say this value: what its fields would send is the same. */
export function fitsForm(field: Field, value: Json): boolean {
  const { value: said, faults } = readDraft(field, makeDraft(field, value), true, '')
  return faults.length === 0 && said !== undefined && isSame(said, value)
}

/** The same whatever the order of its members. */
function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]))
  }
  if (!isObject(a) || !isObject(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]))
  )
}

const isObject = (value: unknown): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Faults by the field they can be shown at; the rest names something that has no field. */
export function placeFaults(
  field: Field,
  draft: Draft,
  path: string,
  faults: Fault[],
): { placed: Map<string, string>; rest: Fault[] } {
  const leaves = new Set<string>()
  collectLeaves(field, draft, path, leaves)
  const placed = new Map<string, string>()
  const rest: Fault[] = []
  for (const fault of faults) {
    const leaf = [...leaves].find((each) => fault.path === each || fault.path.startsWith(`${each}.`))
    if (leaf === undefined) rest.push(fault)
    else if (!placed.has(leaf)) {
      const inside = fault.path.slice(leaf.length + 1)
      placed.set(leaf, inside === '' ? fault.message : `${inside}: ${fault.message}`)
    }
  }
  return { placed, rest }
}

function collectLeaves(field: Field, draft: Draft, path: string, leaves: Set<string>): void {
  if (field.kind === 'group') {
    for (const { name, field: member } of field.members) {
      collectLeaves(member, (draft as Record<string, Draft>)[name] ?? '', `${path}.${name}`, leaves)
    }
  } else if (field.kind === 'list') {
    const items = draft as Draft[]
    for (const [index, item] of items.entries()) {
      collectLeaves(field.item, item, `${path}.${index}`, leaves)
    }
  } else {
    leaves.add(path)
  }
}
