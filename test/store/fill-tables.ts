import type { Session } from '../../src/store/database.ts'

/** Tables of the whole installation; every other one belongs to tenants. */
export const TABLES_WITHOUT_TENANT = ['schema_migrations', 'sequencer']

export async function listTenantTables(session: Session): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY 1",
  )
  return rows.map(({ name }) => name).filter((name) => !TABLES_WITHOUT_TENANT.includes(name))
}

/** What a column takes where its type alone does not say it. */
const VALUES: Record<string, unknown> = {
  'alert_configs.rule_type': 'error_rate',
  'alert_configs.comparison_operator': '>',
  'alert_deliveries.status': 'pending',
  'policies.scope': 'tenant',
  'policies.effect': 'allow',
  'policy_versions.operation': 'created',
  'approvals.status': 'pending',
  'effects.status': 'intended',
  'users.role': 'user',
  'invitations.role': 'user',
  'merkle_nodes.level': 8,
  'tickets.status': 'open',
  'workflows.type': 'graph',
  'tools.handler_type': 'builtin',
  'tools.risk_level': 'low',
  'tools.recovery': 'ask_human',
  'runs.status': 'running',
  'copilot_transactions.state': 'PENDING',
  'runs.mode': 'draft',
  'apps.visibility': 'org',
  'app_scopes.scope_type': 'tool',
  'app_workflows.default_mode': 'draft',
}

const UUIDS: Record<string, string> = {
  acme: '00000000-0000-4000-8000-00000000000a',
  other: '00000000-0000-4000-8000-00000000000b',
}

type Column = { name: string; type: string }

/** Writes one row of this tenant into a table, whatever columns it has. */
export async function insertRow(session: Session, table: string, tenant: string): Promise<void> {
  const columns = await session.query<Column>(
    `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attnotnull AND NOT atthasdef ORDER BY attnum`,
    [table],
  )
  const values = columns.map((column) => sampleOf(table, column, tenant))
  await session.query(
    `INSERT INTO ${table} (${columns.map(({ name }) => `"${name}"`).join(', ')})
     VALUES (${values.map((_, index) => `$${index + 1}`).join(', ')})`,
    values,
  )
}

function sampleOf(table: string, { name, type }: Column, tenant: string): unknown {
  if (name === 'tenant_id') return tenant
  const known = VALUES[`${table}.${name}`]
  if (known !== undefined) return known
  switch (type) {
    case 'text':
      return `${name} of ${tenant}`
    case 'uuid':
      return UUIDS[tenant]
    case 'bytea':
      return Buffer.alloc(32, tenant)
    case 'boolean':
      return false
    case 'json':
    case 'jsonb':
      return '{}'
    case 'text[]':
      return []
    case 'timestamp with time zone':
      return '2026-03-01T12:00:00Z'
    case 'integer':
    case 'bigint':
    case 'smallint':
    case 'numeric':
    case 'double precision':
      return 1
    default:
      throw new Error(`say in fill-tables.ts what ${table}.${name} of type ${type} takes`)
  }
}

/** One row of this tenant in every table of tenants, written past every rule. */
export async function fillTables(session: Session, tenant: string): Promise<string[]> {
  const tables = await listTenantTables(session)
  await session.query('SET session_replication_role = replica')
  for (const table of tables) await insertRow(session, table, tenant)
  await session.query('RESET session_replication_role')
  return tables
}
