import type { CompiledRule } from './compile-rule.ts'
import type { PolicyRequest } from './read-facts.ts'

const NONE: readonly string[] = []

/** Ids of policies that the API key which asks carries, from the facts: a recorded request is judged by them too. */
export function imposedOn({ facts }: PolicyRequest): readonly string[] {
  const { user } = facts
  if (typeof user !== 'object' || user === null || Array.isArray(user)) return NONE
  const ids = Object.hasOwn(user, 'key_policies') ? user.key_policies : null
  return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : NONE
}

/** Whether a rule holds for a request only because of the key that asks. Such a rule tightens and allows nothing. */
export function isImposed(rule: CompiledRule, request: PolicyRequest): boolean {
  const { scope, effect, id } = rule.policy
  return scope === 'agent' && effect !== 'allow' && imposedOn(request).includes(id) && !rule.covers(request)
}
