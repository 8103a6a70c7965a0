import { randomUUID } from 'node:crypto'
import { AppError, notFound, stateConflict } from '../../lib/errors.ts'
import { parseInput } from '../../lib/validation.ts'
import type { Session } from '../../store/database.ts'
import { describeChanges } from '../audit/describe-changes.ts'
import { appendAudit } from '../audit/record-audit.ts'
import type { Context } from '../context.ts'
import type { LedgerTransaction } from '../ledger/ledger.ts'
import { DEFAULT_TENANT } from '../schema.ts'
import { compilePolicies } from './compile-policies.ts'
import { isAboutPolicies } from './compile-rule.ts'
import type { PolicyChange } from './policy-change.ts'
import {
  findPolicy,
  formOf,
  insertVersion,
  listPolicies,
  listVersions,
  moveRevision,
  removePolicy,
  upsertPolicy,
} from './policy-rows.ts'
import { type Policy, PolicyInput, type PolicyPatch } from './schema.ts'
import { POLICY_VOCABULARY } from './vocabulary.ts'

/** A change that was checked against the policy it changes. */
export type PlannedChange = { change: PolicyChange; current: Policy | null; author: string | null }

export type RequestedChange =
  | { operation: 'create'; input: PolicyInput }
  | { operation: 'update'; id: string; patch: PolicyPatch }
  | { operation: 'delete'; id: string }

/**
 * What a request to change a policy comes to. A patch replaces each member whole; the result must be a policy again.
 *
 * @throws AppError 404 for a policy that is not the tenant's, 403 for a global one of another tenant than the
 * installation's, 422 for one that could never be met.
 */
export async function planChange(
  context: Context,
  session: Session,
  request: RequestedChange,
): Promise<PlannedChange> {
  const { operation } = request
  if (operation === 'create') {
    await refuseUnmeetable(context, session, request.input)
    refuseForeignGlobal(context, request.input)
    const change = { operation, policy_id: `pol_${randomUUID()}`, base_version: 0, policy: request.input }
    return { change, current: null, author: null }
  }
  const current = await findOwn(context, session, request.id)
  const author = (await listVersions(session, current.tenant_id, current.id))[0]?.changed_by ?? null
  const base = { policy_id: current.id, base_version: current.version }
  if (operation === 'delete') return { change: { operation, ...base, policy: null }, current, author }
  const merged = parseInput(PolicyInput, { ...formOf(current), ...request.patch }, POLICY_VOCABULARY)
  await refuseUnmeetable(context, session, merged)
  refuseForeignGlobal(context, merged)
  return { change: { operation, ...base, policy: merged }, current, author }
}

/**
 * Makes exactly this change, which holds from the next decision on. The policies must compile with it: a set that cannot
 * be loaded would stop every decision.
 *
 * @param by Whose change it is, and the decision that allowed it where policies spoke about it.
 * @throws AppError 409 POLICY_CHANGED where the policy is another one by now.
 */
export async function applyChange(
  context: Context,
  transaction: LedgerTransaction,
  { operation, policy_id: id, base_version: base, policy: form }: PolicyChange,
  { by, decisionId }: { by: string; decisionId: string | null },
): Promise<Policy> {
  const { tenantId } = context.principal
  const now = new Date(context.clock.now()).toISOString()
  const current = operation === 'create' ? null : await findPolicy(transaction, tenantId, id)
  if ((current?.version ?? 0) !== base || (current && current.tenant_id !== tenantId)) {
    throw policyChanged(id, base, current?.version ?? null)
  }
  const members = form ?? formOf(current!)
  const created_at = current?.created_at ?? now
  const policy: Policy = {
    ...members,
    id,
    tenant_id: tenantId,
    version: base + 1,
    created_at,
    updated_at: now,
  }
  if (form) await upsertPolicy(transaction, policy, by)
  else await removePolicy(transaction, tenantId, id)
  await insertVersion(transaction, policy, { operation: PAST[operation], by, decisionId })
  await moveRevision(transaction, tenantId, current?.scope === 'global' || policy.scope === 'global')
  compilePolicies(await listPolicies(transaction, tenantId))
  await auditChange(transaction, context, current, form && policy)
  return policy
}

const PAST = { create: 'created', update: 'updated', delete: 'deleted' } as const

function policyChanged(id: string, base: number, version: number | null): AppError {
  const found = version === null ? 'it is gone' : `it is at version ${version}`
  return stateConflict('POLICY_CHANGED', 'The policy is another one by now', {
    path: 'base_version',
    message: `expected version ${base} of policy '${id}', ${found}: look at it and ask for the change anew`,
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

export function policyNotFound(id: string): AppError {
  return notFound('POLICY_NOT_FOUND', 'Policy not found', 'id', `Policy '${id}' was not found`)
}

/** A global policy of the installation can be read by every tenant, and changed by its own alone. */
async function findOwn({ principal }: Context, session: Session, id: string): Promise<Policy> {
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

/** A policy that wants more people than there are could never be met; one about policies could never be taken back. */
async function refuseUnmeetable(
  { settings, principal }: Context,
  session: Session,
  policy: PolicyInput,
): Promise<void> {
  const {
    required_approvals: required = 1,
    forbid_self_approval: other = false,
    require_fresh_authentication: method,
  } = policy.rule_expr.approval ?? {}
  const several = required > 1 || other
  if (settings.localMode && (several || method)) {
    throw unmeetable(
      'NEEDS_SIGNED_IN_PEOPLE',
      several
        ? 'this policy needs two different people, and an installation without AUTH_SECRET knows only one; set AUTH_SECRET so that people sign in'
        : `this policy needs the ${method} of whoever approves, and nobody has one in an installation without AUTH_SECRET; set AUTH_SECRET so that people sign in`,
    )
  }
  if (!several) return
  if (!policy.rule_expr.conditions.some(isAboutPolicies)) return
  const needed = required + (other ? 1 : 0)
  const [row] = await session.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM users WHERE tenant_id = $1 AND role = 'admin'",
    [principal.tenantId],
  )
  if (row!.count >= needed) return
  throw unmeetable(
    'NEEDS_ADMINISTRATORS',
    `changes of policies are approved by administrators, and this policy needs ${needed} of them where there are ${row!.count}: nobody could take it back`,
  )
}

function unmeetable(code: string, message: string): AppError {
  return new AppError({
    code: POLICY_VOCABULARY.code,
    status: 422,
    message: POLICY_VOCABULARY.message,
    details: [{ path: 'rule_expr.approval', message, type: 'value_error', code }],
  })
}
