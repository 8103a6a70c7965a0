import type { Session } from '../../store/database.ts'
import { DEFAULT_TENANT } from '../schema.ts'
import type { Policy, PolicyForm, PolicyVersion } from './schema.ts'

type Row = Omit<Policy, 'created_at' | 'updated_at'> & { created_at: Date; updated_at: Date }

const COLUMNS = `tenant_id, id, name, description, scope, scope_id, rule_expr, effect, priority, enabled, reason_code,
  mode, version, created_at, updated_at`

const toPolicy = (row: Row): Policy => ({
  ...row,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
})

/** The policies that hold for a tenant: its own, and the global ones. */
export async function listPolicies(session: Session, tenantId: string): Promise<Policy[]> {
  const rows = await session.query<Row>(
    `SELECT ${COLUMNS} FROM policies WHERE tenant_id = $1 OR scope = 'global' ORDER BY priority, id`,
    [tenantId],
  )
  return rows.map(toPolicy)
}

export async function findPolicy(session: Session, tenantId: string, id: string): Promise<Policy | null> {
  const rows = await session.query<Row>(
    `SELECT ${COLUMNS} FROM policies WHERE (tenant_id = $1 OR scope = 'global') AND id = $2`,
    [tenantId, id],
  )
  return rows[0] ? toPolicy(rows[0]) : null
}

export async function upsertPolicy(session: Session, policy: Policy, by: string): Promise<void> {
  await session.query(
    `INSERT INTO policies (${COLUMNS}, created_by, updated_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)
     ON CONFLICT (tenant_id, id) DO UPDATE SET name = EXCLUDED.name, description = EXCLUDED.description,
       scope = EXCLUDED.scope, scope_id = EXCLUDED.scope_id, rule_expr = EXCLUDED.rule_expr, effect = EXCLUDED.effect,
       priority = EXCLUDED.priority, enabled = EXCLUDED.enabled, reason_code = EXCLUDED.reason_code,
       mode = EXCLUDED.mode, version = EXCLUDED.version, updated_at = EXCLUDED.updated_at, updated_by = EXCLUDED.updated_by`,
    [
      policy.tenant_id,
      policy.id,
      policy.name,
      policy.description,
      policy.scope,
      policy.scope_id,
      JSON.stringify(policy.rule_expr),
      policy.effect,
      policy.priority,
      policy.enabled,
      policy.reason_code,
      policy.mode,
      policy.version,
      policy.created_at,
      policy.updated_at,
      by,
    ],
  )
}

export async function removePolicy(session: Session, tenantId: string, id: string): Promise<void> {
  await session.query('DELETE FROM policies WHERE tenant_id = $1 AND id = $2', [tenantId, id])
}

/** What a person wrote of a stored policy. */
export function formOf(policy: Policy): PolicyForm {
  const { name, description, scope, scope_id, rule_expr, effect, priority, enabled, reason_code, mode } =
    policy
  return { name, description, scope, scope_id, rule_expr, effect, priority, enabled, reason_code, mode }
}

/** Keeps what a change made of a policy, or that it ended. */
export async function insertVersion(
  session: Session,
  policy: Policy,
  change: { operation: PolicyVersion['operation']; by: string; decisionId: string | null },
): Promise<void> {
  const { operation, by, decisionId } = change
  const form = operation === 'deleted' ? null : JSON.stringify(formOf(policy))
  await session.query(
    `INSERT INTO policy_versions (tenant_id, policy_id, version, operation, content, changed_by, changed_at, decision_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [policy.tenant_id, policy.id, policy.version, operation, form, by, policy.updated_at, decisionId],
  )
}

type VersionRow = Omit<PolicyVersion, 'diff' | 'changed_at'> & { changed_at: Date }

/** The youngest first. */
export function listVersions(session: Session, tenantId: string, policyId: string): Promise<VersionRow[]> {
  return session.query<VersionRow>(
    `SELECT version, operation, content, changed_by, changed_at, decision_id FROM policy_versions
     WHERE tenant_id = $1 AND policy_id = $2 ORDER BY version DESC`,
    [tenantId, policyId],
  )
}

const EVERYBODY = '*'
const LOCK = "hashtextextended('policies ' || owner, 0)"

/** Until this transaction ends, whoever changes a policy that holds for the tenant waits. */
export async function holdPolicies(session: Session, tenantId: string): Promise<void> {
  await session.query(`SELECT pg_advisory_xact_lock_shared(${LOCK}) FROM unnest($1::text[]) owner`, [
    [tenantId, EVERYBODY],
  ])
}

/** The same for whoever is about to change one: others who change wait too, so that no two wait for each other. */
export async function holdForChange(session: Session, tenantId: string): Promise<void> {
  await session.query(`SELECT pg_advisory_xact_lock(${LOCK}) FROM (SELECT $1::text AS owner) one`, [tenantId])
  await session.query(`SELECT pg_advisory_xact_lock_shared(${LOCK}) FROM (SELECT $1::text AS owner) one`, [
    EVERYBODY,
  ])
}

/** Tells every process that the policies changed: for everybody when a global one did. */
export async function moveRevision(session: Session, tenantId: string, global: boolean): Promise<void> {
  const owner = global && tenantId === DEFAULT_TENANT ? EVERYBODY : tenantId
  await session.query(`SELECT pg_advisory_xact_lock(${LOCK}) FROM (SELECT $1::text AS owner) one`, [owner])
  await session.query(
    `INSERT INTO policy_revisions (tenant_id, revision) VALUES ($1, 1)
     ON CONFLICT (tenant_id) DO UPDATE SET revision = policy_revisions.revision + 1`,
    [owner],
  )
}
