import type { Json } from '../../lib/canonical-json.ts'
import { fieldsOf, RUN_ACTIONS } from './action-fields.ts'
import type { PolicyRequest } from './read-facts.ts'
import type { Namespace } from './schema.ts'

type Facts = { readonly [namespace: string]: Json }

export type RunAction = (typeof RUN_ACTIONS)[number]

export const isRunAction = (action: string): action is RunAction =>
  (RUN_ACTIONS as readonly string[]).includes(action)

/** Parts that a call inside a run may do without: rules about them do not apply then. */
const OPTIONAL: Namespace[] = ['app', 'agent']

/** The question that the engine puts to the policies, from its facts alone, so that a recorded one can be put again. */
export function runRequest(action: RunAction, facts: Facts): PolicyRequest {
  const absent = OPTIONAL.filter((namespace) => facts[namespace] === undefined)
  const scopeIds = Object.fromEntries(
    (['app', 'tool', 'workflow', 'agent'] as const).flatMap((namespace) => {
      const id = memberOf(facts[namespace], 'id')
      return typeof id === 'string' ? [[namespace, id]] : []
    }),
  )
  const attached = memberOf(facts.agent, 'default_policies')
  return {
    action,
    fields: fieldsOf(action, absent),
    facts,
    scopeIds,
    ...(Array.isArray(attached) && { attached: attached.filter((id) => typeof id === 'string') }),
    unmatched: 'allow',
  }
}

function memberOf(value: Json | undefined, member: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, member) ? value[member] : undefined
}
