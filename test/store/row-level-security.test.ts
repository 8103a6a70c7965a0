import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database, Session } from '../../src/store/database.ts'
import { DATABASES, openTestDatabase } from '../harness/open-test-database.ts'
import { fillTables, insertRow, TABLES_WITHOUT_TENANT } from './fill-tables.ts'

const APP = 'countersign_app'
const SERVICE_ROLES = ['countersign_lookup', 'countersign_sequencer']

/** Functions that see all tenants. A new one is a decision: they answer ids and sums, never content. */
const SECURITY_DEFINERS = [
  'find_api_key_by_hash',
  'find_due_alerts',
  'find_due_approvals',
  'find_due_deliveries',
  'find_due_runs',
  'find_invitation_by_hash',
  'find_old_audit_logs',
  'find_old_metrics',
  'find_open_effects',
  'find_sent_transactions',
  'find_session_by_refresh_token',
  'find_tenants_behind',
  'find_user_by_email',
  'find_user_by_id',
  'find_user_by_identity',
  'installation_has_users',
  'renew_runs',
  'sum_metric_minutes',
  'sum_metric_totals',
]

describe.each(DATABASES)('row-level security on %s', (kind) => {
  let database: Database
  let tables: string[]
  const catalogue = <R extends Record<string, unknown>>(text: string, values: unknown[] = []) =>
    database.asOwner((session) => session.query<R>(text, values))
  const inTenant = <R extends Record<string, unknown>>(
    tenant: string,
    text: string,
    values: unknown[] = [],
  ) => database.transaction(tenant, (session) => session.query<R>(text, values))
  const mayApp = async (table: string, privilege: string) => {
    const [row] = await catalogue<{ may: boolean }>('SELECT has_table_privilege($1, $2, $3) AS may', [
      APP,
      table,
      privilege,
    ])
    return row!.may
  }

  beforeAll(async () => {
    database = await openTestDatabase(kind)
    tables = await database.asOwner((session) => fillTables(session, 'acme'))
  })
  afterAll(() => database.close())

  test('every table but a named few has a tenant that cannot be left out, and forced security with a policy', async () => {
    const found = await catalogue<{ name: string; rule: string }>(`
      SELECT c.relname AS name, concat_ws(' ',
        CASE WHEN a.attnotnull THEN 'tenant' END, CASE WHEN c.relrowsecurity THEN 'enabled' END,
        CASE WHEN c.relforcerowsecurity THEN 'forced' END,
        CASE WHEN EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) THEN 'policy' END,
        CASE WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c'
          AND pg_get_constraintdef(k.oid) LIKE '%tenant_id <> ''''%') THEN 'named' END) AS rule
      FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
      WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace ORDER BY 1`)
    expect(found.length).toBeGreaterThan(15)
    const expected = found.map(({ name }) => ({
      name,
      rule: TABLES_WITHOUT_TENANT.includes(name) ? '' : 'tenant enabled forced policy named',
    }))
    expect(found).toEqual(expected)
  })

  test('no view, materialized view or foreign table looks around the policies', async () => {
    expect(
      await catalogue(
        "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm', 'f') AND relnamespace = 'public'::regnamespace",
      ),
    ).toEqual([])
  })

  test('every policy for ordinary work compares the tenant, on reading and on writing', async () => {
    const policies = await catalogue<{ name: string; reads: string | null; writes: string | null }>(
      `SELECT tablename || '.' || policyname AS name, qual AS reads, with_check AS writes, cmd
       FROM pg_policies WHERE schemaname = 'public' AND (roles @> ARRAY[$1::name] OR roles @> ARRAY['public'::name])`,
      [APP],
    )
    expect(policies.length).toBeGreaterThanOrEqual(tables.length)
    const setting = "current_setting('countersign.tenant'::text, true)"
    for (const { name, reads, writes } of policies) {
      for (const condition of [reads, writes])
        if (condition !== null) expect(condition, name).toContain(setting)
    }
    // In a select of its own, so that it is looked up once a statement and not once a row.
    const exact = `(tenant_id = ( SELECT ${setting} AS current_setting))`
    const loose = policies.filter(({ reads, writes }) =>
      [reads, writes].some((condition) => condition !== null && condition !== exact),
    )
    expect(loose.map(({ name }) => name).sort()).toEqual(['policies.global', 'policy_revisions.global'])
  })

  test('policies that see all tenants belong to the service roles alone', async () => {
    const open = await catalogue<{ role: string }>(
      "SELECT DISTINCT unnest(roles)::text AS role FROM pg_policies WHERE schemaname = 'public' AND qual = 'true' ORDER BY 1",
    )
    expect(open.map(({ role }) => role)).toEqual(SERVICE_ROLES)
  })

  test('no role of ours logs in, owns a table or passes row-level security', async () => {
    const roles = await catalogue(
      `SELECT rolname, rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole OR rolcreatedb AS privileged,
         (SELECT count(*) FROM pg_class WHERE relowner = r.oid)::int AS owns,
         has_schema_privilege(rolname, 'public', 'CREATE') AS creates
       FROM pg_roles r WHERE rolname LIKE 'countersign_%' ORDER BY 1`,
    )
    expect(roles).toEqual(
      [APP, ...SERVICE_ROLES].map((rolname) => ({ rolname, privileged: false, owns: 0, creates: false })),
    )
  })

  test('nothing is granted to everybody, and the tables of the installation not to ordinary work', async () => {
    const granted = await catalogue(
      `SELECT DISTINCT table_name, grantee FROM information_schema.table_privileges WHERE table_schema = 'public'
       AND (grantee = 'PUBLIC' OR table_name = ANY ($1) AND grantee = $2)`,
      [TABLES_WITHOUT_TENANT, APP],
    )
    expect(granted).toEqual([])
  })

  test('a statement, a transaction and a service transaction run under their roles', async () => {
    const who = 'SELECT current_user::text AS name'
    expect(await database.statement(who)).toEqual([{ name: APP }])
    expect(await inTenant('acme', who)).toEqual([{ name: APP }])
    expect(await database.transactionAs('countersign_sequencer', (session) => session.query(who))).toEqual([
      { name: 'countersign_sequencer' },
    ])
    expect(await database.statement(who), 'the role before does not stay').toEqual([{ name: APP }])
  })

  test('without a tenant every table reads as empty; the tenant itself sees its row', async () => {
    for (const table of tables) {
      if (!(await mayApp(table, 'SELECT'))) continue
      const count = `SELECT count(*)::int AS rows FROM ${table}`
      expect(await database.statement(count), table).toEqual([{ rows: 0 }])
      expect(await inTenant('acme', count), table).toEqual([{ rows: 1 }])
    }
  })

  test('another tenant sees no row, and changes and deletes none', async () => {
    for (const table of tables) {
      if (await mayApp(table, 'SELECT'))
        expect(await inTenant('other', `SELECT FROM ${table}`), table).toEqual([])
      if (await mayApp(table, 'UPDATE')) {
        expect(
          await inTenant('other', `UPDATE ${table} SET tenant_id = tenant_id RETURNING 1`),
          table,
        ).toEqual([])
      }
      if (await mayApp(table, 'DELETE'))
        expect(await inTenant('other', `DELETE FROM ${table} RETURNING 1`), table).toEqual([])
    }
  })

  test('a row of another tenant is refused with 42501 in every table', async () => {
    for (const table of tables) {
      await expect(
        database.transaction('other', (session) => insertRow(session, table, 'acme')),
        table,
      ).rejects.toMatchObject({ code: '42501' })
    }
  })

  test('a row of its own is not refused for its tenant, wherever ordinary work may write', async () => {
    const refused: string[] = []
    const attempt = (table: string, session: Session) => insertRow(session, table, 'other')
    for (const table of tables) {
      if (!(await mayApp(table, 'INSERT'))) continue
      await database
        .transaction('other', (session) => attempt(table, session))
        .catch((error) => error.code === '42501' && refused.push(table))
    }
    expect(refused).toEqual([])
  })

  test('a row cannot be handed to another tenant', async () => {
    await expect(inTenant('acme', "UPDATE run_heads SET tenant_id = 'other'")).rejects.toMatchObject({
      code: '42501',
    })
  })

  test('a global policy is written by the tenant of the installation only and read by all', async () => {
    await expect(inTenant('acme', "UPDATE policies SET scope = 'global'")).rejects.toMatchObject({
      code: '23514',
    })
    await database.transaction('default', (session) => insertRow(session, 'policies', 'default'))
    await inTenant('default', "UPDATE policies SET scope = 'global'")
    expect(
      await inTenant('other', 'SELECT tenant_id FROM policies WHERE tenant_id <> $1', ['other']),
    ).toEqual([{ tenant_id: 'default' }])
    expect(
      await inTenant('other', "UPDATE policies SET name = 'x' WHERE scope = 'global' RETURNING 1"),
    ).toEqual([])
    expect(await inTenant('other', "DELETE FROM policies WHERE scope = 'global' RETURNING 1")).toEqual([])
    expect(await database.statement('SELECT tenant_id FROM policies')).toEqual([])
  })

  test('each function that sees all tenants is named here, owned by its role, pinned and not for everybody', async () => {
    const functions = await catalogue(
      `SELECT proname AS name, proowner::regrole::text AS owner, proconfig::text AS config,
         has_function_privilege('public', oid, 'EXECUTE') AS everybody, has_function_privilege($1, oid, 'EXECUTE') AS app
       FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace ORDER BY 1`,
      [APP],
    )
    expect(functions).toEqual(
      SECURITY_DEFINERS.map((name) => ({
        name,
        owner: 'countersign_lookup',
        config: '{"search_path=pg_catalog, public"}',
        everybody: false,
        app: true,
      })),
    )
  })
})
