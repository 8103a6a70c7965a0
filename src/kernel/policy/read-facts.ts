import type { Json } from '../../lib/canonical-json.ts'
import type { ActionFields } from './action-fields.ts'
import { type Namespace, stripToolAlias } from './schema.ts'

/** How the ids of principals begin that are API keys. */
export const KEY_PREFIX = 'key:'

/** What policies are asked about. */
export type PolicyRequest = {
  /** What counts for conditions on `action`, whatever the facts say. */
  action: string
  fields: ActionFields
  /** Plain JSON by namespace. */
  facts: { readonly [namespace: string]: Json }
  /** What the request belongs to, for policies of narrower scope than the tenant. */
  scopeIds: { readonly [S in 'app' | 'tool' | 'workflow' | 'agent']?: string }
  /** Ids of policies of scope `agent` that hold for the agent at work as if they named it. */
  attached?: readonly string[]
  /**
   * What the caller answers when nothing matches. With `deny`, a rule that may hold cannot lift that denial to a
   * question: leaving a field out must never get more than filling it in.
   */
  unmatched?: 'allow' | 'deny'
  /** Asks those policies alone that name changes of policies. */
  onlyAboutPolicies?: boolean
}

/** The action has the field, this request does not. */
export const MISSING = Symbol('missing')
/** The action has no such field. */
export const OUT_OF_REACH = Symbol('out of reach')
export type Fact = Exclude<Json, null> | typeof MISSING | typeof OUT_OF_REACH

export type FactReader = (request: PolicyRequest) => Fact

/**
 * The facts of one request as far as they were looked at. Each field is read once, however many conditions name it:
 * measured at 1,000 policies, reading for each condition anew halved the speed.
 */
export type FactView = {
  readonly request: PolicyRequest
  readonly readers: readonly FactReader[]
  readonly facts: (Fact | undefined)[]
}

export function viewFacts(readers: readonly FactReader[], request: PolicyRequest): FactView {
  return { request, readers, facts: readers.map(() => undefined) }
}

/** The fact at a place in the list of readers. */
export function factAt(view: FactView, slot: number): Fact {
  const known = view.facts[slot]
  if (known !== undefined) return known
  const fact = view.readers[slot]!(view.request)
  view.facts[slot] = fact
  return fact
}

/** How to read a field of a request, within what its action has and without leaving plain JSON. */
export function compileReader(field: string): FactReader {
  if (field === 'action') return (request) => request.action
  const [namespace, name, ...below] = field.split('.') as [Namespace, string, ...string[]]
  const read = ({ fields, facts }: PolicyRequest): Fact => {
    const reach = fields[namespace]
    if (reach !== 'open' && !reach?.includes(name)) return OUT_OF_REACH
    const fact = memberOf(memberOf(facts, namespace), name)
    return factOf(below.length === 0 ? fact : below.reduce(memberOf, fact))
  }
  if (field === 'tool.id') return (request) => stripToolAlias(read(request))
  if (field === 'user.key_id') return (request) => (asksByKey(request) ? read(request) : OUT_OF_REACH)
  return read
}

/** A person has no key, which is no reason to escalate what they do. */
function asksByKey({ facts }: PolicyRequest): boolean {
  const id = memberOf(memberOf(facts, 'user'), 'id')
  return typeof id === 'string' && id.startsWith(KEY_PREFIX)
}

/** Own members of objects only: nothing of a prototype, and no position or length of a list. */
function memberOf(value: Json | PolicyRequest['facts'] | undefined, member: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, member) ? (value as PolicyRequest['facts'])[member] : undefined
}

/**
 * `null` is no value: a decision id is made without null members, and what has one id must have one answer. NaN and the
 * infinities are no JSON. Both count as missing, so that they satisfy nothing.
 */
function factOf(value: Json | undefined): Fact {
  if (value === null || value === undefined) return MISSING
  return typeof value === 'number' && !Number.isFinite(value) ? MISSING : value
}
