import { randomUUID } from 'node:crypto'
import { AppError, notFound } from '../../lib/errors.ts'
import { parseInput } from '../../lib/validation.ts'
import { describeChanges } from '../audit/describe-changes.ts'
import { appendAudit } from '../audit/record-audit.ts'
import type { Context } from '../context.ts'
import type { LedgerTransaction } from '../ledger/ledger.ts'
import { DEFAULT_TENANT } from '../schema.ts'
import { compilePolicies } from './compile-policies.ts'
import {
  findPolicy,
  formOf,
  insertVersion,
  listPolicies,
  moveRevision,
  removePolicy,
  upsertPolicy,
} from './policy-rows.ts'
import { type Policy, PolicyInput, type PolicyPatch } from './schema.ts'
import { POLICY_VOCABULARY } from './vocabulary.ts'

/**
 * Adds a policy; it holds from the next decision on.
 *
 * @throws AppError 403 for a global policy of a tenant other than the installation's, 422 for one that could never be met.
 */
export function createPolicy(context: Context, input: PolicyInput): Promise<Policy> {
  const { tenantId } = context.principal
  refuseUnmeetable(context, input)
  refuseForeignGlobal(context, input)
  const now = new Date(context.clock.now()).toISOString()
  const policy: Policy = {
    ...input,
    id: `pol_${randomUUID()}`,
    tenant_id: tenantId,
    version: 1,
    created_at: now,
    updated_at: now,
  }
  return change(context, async (session) => {
    await upsertPolicy(session, policy, context.principal.id)
    await insertVersion(session, policy, { operation: 'created', by: context.principal.id, decisionId: null })
    await moveRevision(session, tenantId, policy.scope === 'global')
    await auditChange(session, context, null, policy)
    return policy
  })
}

/** Changes members of a policy, each replaced whole; the result must be a policy again. */
export function updatePolicy(context: Context, id: string, patch: PolicyPatch): Promise<Policy> {
  return change(context, async (session) => {
    const current = await findOwn(context, session, id)
    const merged = parseInput(PolicyInput, { ...formOf(current), ...patch }, POLICY_VOCABULARY)
    refuseUnmeetable(context, merged)
    refuseForeignGlobal(context, merged)
    const policy: Policy = {
      ...current,
      ...merged,
      version: current.version + 1,
      updated_at: new Date(context.clock.now()).toISOString(),
    }
    await upsertPolicy(session, policy, context.principal.id)
    await insertVersion(session, policy, { operation: 'updated', by: context.principal.id, decisionId: null })
    await moveRevision(session, current.tenant_id, current.scope === 'global' || policy.scope === 'global')
    await auditChange(session, context, current, policy)
    return policy
  })
}

export function deletePolicy(context: Context, id: string): Promise<void> {
  return change(context, async (session) => {
    const current = await findOwn(context, session, id)
    const ended = {
      ...current,
      version: current.version + 1,
      updated_at: new Date(context.clock.now()).toISOString(),
    }
    await removePolicy(session, current.tenant_id, id)
    await insertVersion(session, ended, { operation: 'deleted', by: context.principal.id, decisionId: null })
    await moveRevision(session, current.tenant_id, current.scope === 'global')
    await auditChange(session, context, current, null)
  })
}

function auditChange(
  transaction: LedgerTransaction,
  context: Context,
  before: Policy | null,
  after: Policy | null,
): Promise<void> {
  return appendAudit(transaction, context, {
    action: before ? (after ? 'update' : 'delete') : 'create',
    resourceType: 'policy',
    resourceId: (after ?? before)!.id,
    changes: describeChanges(before && formOf(before), after && formOf(after), {
      told: Object.keys(PolicyInput.shape) as (keyof PolicyInput)[],
    }),
  })
}

/** Makes a change, unless the policies would not compile with it: a set that cannot be loaded would stop every decision. */
function change<T>(
  { ledger, principal }: Context,
  work: (transaction: LedgerTransaction) => Promise<T>,
): Promise<T> {
  return ledger.transaction(principal.tenantId, async (session) => {
    const result = await work(session)
    compilePolicies(await listPolicies(session, principal.tenantId))
    return result
  })
}

export function policyNotFound(id: string): AppError {
  return notFound('POLICY_NOT_FOUND', 'Policy not found', 'id', `Policy '${id}' was not found`)
}

/** A global policy of the installation can be read by every tenant, and changed by its own alone. */
async function findOwn({ principal }: Context, session: LedgerTransaction, id: string): Promise<Policy> {
  const policy = await findPolicy(session, principal.tenantId, id)
  if (!policy || policy.tenant_id !== principal.tenantId) throw policyNotFound(id)
  return policy
}

function refuseForeignGlobal({ principal }: Context, policy: PolicyInput): void {
  if (policy.scope !== 'global' || principal.tenantId === DEFAULT_TENANT) return
  const message =
    "a global policy holds for every tenant and is for the installation's administrator; use scope 'tenant'"
  throw new AppError({
    code: 'FORBIDDEN',
    status: 403,
    message,
    details: [{ path: 'scope', message, type: 'forbidden', code: 'FORBIDDEN' }],
  })
}

/** Where everybody is the one local administrator, nobody could ever be the second human. */
function refuseUnmeetable({ settings }: Context, policy: PolicyInput): void {
  const { approval } = policy.rule_expr
  const needsTwo = (approval?.required_approvals ?? 1) > 1 || approval?.forbid_self_approval
  if (!settings.localMode || !needsTwo) return
  const message =
    'this policy needs two different people, and an installation without AUTH_SECRET knows only one; set AUTH_SECRET so that people sign in'
  throw new AppError({
    code: POLICY_VOCABULARY.code,
    status: 422,
    message: POLICY_VOCABULARY.message,
    details: [{ path: 'rule_expr.approval', message, type: 'value_error', code: 'NEEDS_SIGNED_IN_PEOPLE' }],
  })
}
