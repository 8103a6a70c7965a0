import type { Json } from '../../lib/canonical-json.ts'
import type { Context } from '../context.ts'
import { diffPolicies } from './diff-policies.ts'
import { findPolicy, listPolicies, listVersions } from './policy-rows.ts'
import type { Policy, PolicyVersion } from './schema.ts'
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

/**
 * Every form a policy of the tenant has had, youngest first, each with what it changed in the one before. A deleted
 * policy keeps its history.
 *
 * @throws AppError 404 POLICY_NOT_FOUND
 */
export async function readPolicyVersions(
  { database, principal: { tenantId } }: Context,
  id: string,
): Promise<PolicyVersion[]> {
  const rows = await database.transaction(tenantId, (session) => listVersions(session, tenantId, id))
  if (rows.length === 0) throw policyNotFound(id)
  return rows.map((row, index) => {
    const former = rows[index + 1]?.content
    return {
      ...row,
      changed_at: row.changed_at.toISOString(),
      diff: row.content && former ? diffPolicies(former as Json, row.content as Json) : null,
    }
  })
}
