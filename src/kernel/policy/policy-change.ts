import { z } from 'zod'
import type { Json } from '../../lib/canonical-json.ts'
import type { ActionFields } from './action-fields.ts'
import type { PolicyRequest } from './read-facts.ts'
import { type Policy, PolicyForm, VOCABULARY } from './schema.ts'

/** What is asked about a change of policies, and what an approval of one binds. */
export const PolicyChange = z.strictObject({
  operation: z.enum(['create', 'update', 'delete']),
  policy_id: z.string(),
  /** The version that is changed; 0 where there is none. Another one by now is another change. */
  base_version: z.int().min(0),
  /** The policy as it would be; null where it would be gone. */
  policy: PolicyForm.nullable(),
})
export type PolicyChange = z.infer<typeof PolicyChange>

type Facts = Record<string, Json>

export const actionOf = ({ operation }: PolicyChange) => `policy.${operation}`
export const isPolicyAction = (action: string | null): boolean =>
  /^policy\.(create|update|delete)$/.test(action ?? '')

/** What policies may look at: the policy as it would be, what it was, and who wrote it last. */
export function factsOfChange(change: PolicyChange, current: Policy | null, author: string | null): Facts {
  const { name, scope, scope_id, effect, priority, enabled, mode } = (change.policy ?? current)!
  return {
    id: change.policy_id,
    name,
    scope,
    ...(scope_id !== null && { scope_id }),
    effect,
    priority,
    enabled,
    mode,
    ...(current && { ...previousOf(current), author }),
  }
}

/**
 * Whether a request is about a change of policies in this installation. Facts named `policy` come from here alone: an
 * outside system that asks about an action of the same name is answered as any other.
 */
export const isPolicyChange = (action: string, facts: Facts): boolean =>
  isPolicyAction(action) && facts.policy !== undefined

/** What it was, so that a rule about some policies is not gone round by renaming or moving one in the change itself. */
const previousOf = ({ name, scope, scope_id: scopeId, effect, priority, enabled, mode }: Policy): Facts => ({
  previous_name: name,
  previous_scope: scope,
  ...(scopeId !== null && { previous_scope_id: scopeId }),
  previous_effect: effect,
  previous_priority: priority,
  previous_enabled: enabled,
  previous_mode: mode,
})

const isNewAtCreation = (field: string) => field !== 'author' && !field.startsWith('previous_')

/**
 * The question that is put to the policies about a change of theirs. It is allowed where none speaks, and only those
 * speak that name such changes: a deny meant for purchases must not lock everybody out of the policies.
 */
export function policyChangeRequest(action: string, facts: Facts): PolicyRequest {
  const { user, tenant, policy } = VOCABULARY
  const isCreation = action === 'policy.create'
  const fields: ActionFields = {
    user,
    tenant,
    policy: isCreation ? policy.filter(isNewAtCreation) : policy,
  }
  return { action, fields, facts, scopeIds: {}, unmatched: 'allow', onlyAboutPolicies: true }
}
