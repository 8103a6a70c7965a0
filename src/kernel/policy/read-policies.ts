import type { Context } from '../context.ts'
import { findPolicy, listPolicies } from './policy-rows.ts'
import type { Policy } from './schema.ts'
import { policyNotFound } from './write-policy.ts'

/** The tenant's policies and the global ones, with the version of the whole set in force (built-in ones included). */
export async function readPolicies({
  database,
  principal,
  policySets,
}: Context): Promise<{ policies: Policy[]; policy_sha256: string }> {
  const { tenantId } = principal
  const policies = await database.transaction(tenantId, (session) => listPolicies(session, tenantId))
  return { policies, policy_sha256: (await policySets.current(tenantId)).version }
}

export async function readPolicy({ database, principal }: Context, id: string): Promise<Policy> {
  const policy = await database.transaction(principal.tenantId, (session) =>
    findPolicy(session, principal.tenantId, id),
  )
  if (!policy) throw policyNotFound(id)
  return policy
}
