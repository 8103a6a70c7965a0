import type { Json } from '../lib/canonical-json.ts'
import type { Session } from '../store/database.ts'
import type { AppAction, AppFigures, AppScope, AppSummary, AppView, AppWorkflow } from './schema.ts'

/** Who looks: a private app is seen by whoever imported it and by administrators. */
export type Viewer = { tenantId: string; ownerId: string; seesAll: boolean }

export type AppRow = AppSummary & { views: AppView[] }
type Row = Omit<AppRow, 'created_at' | 'updated_at'> & { created_at: Date; updated_at: Date }

const COLUMNS =
  'id, version, name, icon, description, owner, visibility, views, default_view_id, imported_by, created_at, updated_at'
const VISIBLE = "tenant_id = $1 AND ($2 OR visibility <> 'private' OR imported_by = $3)"
const visibleTo = ({ tenantId, seesAll, ownerId }: Viewer) => [tenantId, seesAll, ownerId]

const present = (row: Row): AppRow => ({
  ...row,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
})

export async function findApp(session: Session, viewer: Viewer, id: string): Promise<AppRow | null> {
  const [row] = await session.query<Row>(`SELECT ${COLUMNS} FROM apps WHERE ${VISIBLE} AND id = $4`, [
    ...visibleTo(viewer),
    id,
  ])
  return row ? present(row) : null
}

export async function listAppRows(
  session: Session,
  viewer: Viewer,
  page: { offset: number; limit: number },
): Promise<{ rows: AppRow[]; total: number }> {
  const rows = await session.query<Row>(
    `SELECT ${COLUMNS} FROM apps WHERE ${VISIBLE} ORDER BY name, id LIMIT $4 OFFSET $5`,
    [...visibleTo(viewer), page.limit, page.offset],
  )
  const [count] = await session.query<{ total: number }>(
    `SELECT count(*) AS total FROM apps WHERE ${VISIBLE}`,
    visibleTo(viewer),
  )
  return { rows: rows.map(present), total: count!.total }
}

/** Creates it or replaces what it says; null when it is private to somebody else. The row stays locked. */
export async function upsertApp(
  session: Session,
  viewer: Viewer,
  app: Omit<AppRow, 'created_at' | 'updated_at'>,
  at: Date,
): Promise<{ app: AppRow; created: boolean } | null> {
  const [row] = await session.query<Row & { created: boolean }>(
    `INSERT INTO apps AS a (tenant_id, ${COLUMNS}) VALUES ($1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $3, $13, $13)
     ON CONFLICT (tenant_id, id) DO UPDATE SET version = EXCLUDED.version, name = EXCLUDED.name, icon = EXCLUDED.icon,
       description = EXCLUDED.description, owner = EXCLUDED.owner, visibility = EXCLUDED.visibility, views = EXCLUDED.views,
       default_view_id = EXCLUDED.default_view_id, imported_by = EXCLUDED.imported_by, updated_at = EXCLUDED.updated_at
       WHERE $2 OR a.visibility <> 'private' OR a.imported_by = $3
     RETURNING ${COLUMNS}, a.created_at = a.updated_at AS created`,
    [
      ...visibleTo(viewer),
      app.id,
      app.version,
      app.name,
      app.icon,
      app.description,
      app.owner,
      app.visibility,
      JSON.stringify(app.views),
      app.default_view_id,
      at,
    ],
  )
  if (!row) return null
  const { created, ...stored } = row
  return { app: present(stored), created }
}

export async function deleteApp(session: Session, tenantId: string, id: string): Promise<void> {
  await deleteParts(session, tenantId, id)
  await session.query('DELETE FROM apps WHERE tenant_id = $1 AND id = $2', [tenantId, id])
}

async function deleteParts(session: Session, tenantId: string, appId: string): Promise<void> {
  for (const table of ['app_scopes', 'app_actions', 'app_workflows']) {
    await session.query(`DELETE FROM ${table} WHERE tenant_id = $1 AND app_id = $2`, [tenantId, appId])
  }
}

export type AppParts = {
  scopes: AppScope[]
  workflows: AppWorkflow[]
  actions: Pick<AppAction, 'action_id' | 'label' | 'workflow_alias' | 'input_mapping'>[]
}

/** Puts these scopes, workflows and actions in the place of those there were. */
export async function replaceParts(
  session: Session,
  tenantId: string,
  appId: string,
  { scopes, workflows, actions }: AppParts,
): Promise<void> {
  await deleteParts(session, tenantId, appId)
  await session.query(
    `INSERT INTO app_scopes (tenant_id, app_id, scope_type, scope_value)
     SELECT $1, $2, s.scope_type, s.scope_value FROM json_to_recordset($3) s(scope_type text, scope_value text)`,
    [tenantId, appId, JSON.stringify(scopes)],
  )
  await session.query(
    `INSERT INTO app_workflows (tenant_id, app_id, alias, position, workflow_id, label, default_mode)
     SELECT $1, $2, w.alias, w.position, w.workflow_id, w.label, w.default_mode
     FROM json_to_recordset($3) w(alias text, position integer, workflow_id text, label text, default_mode text)`,
    [tenantId, appId, JSON.stringify(workflows.map((workflow, position) => ({ ...workflow, position })))],
  )
  await session.query(
    `INSERT INTO app_actions (tenant_id, app_id, action_id, position, label, workflow_alias, input_mapping)
     SELECT $1, $2, a.action_id, a.position, a.label, a.workflow_alias, a.input_mapping
     FROM json_to_recordset($3) a(action_id text, position integer, label text, workflow_alias text, input_mapping json)`,
    [tenantId, appId, JSON.stringify(actions.map((action, position) => ({ ...action, position })))],
  )
}

export async function listScopes(session: Session, tenantId: string, appId: string): Promise<AppScope[]> {
  return session.query<AppScope>(
    `SELECT scope_type, scope_value FROM app_scopes WHERE tenant_id = $1 AND app_id = $2
     ORDER BY array_position(ARRAY['tool', 'memory', 'external'], scope_type), scope_value`,
    [tenantId, appId],
  )
}

export async function listAppWorkflows(
  session: Session,
  tenantId: string,
  appId: string,
): Promise<AppWorkflow[]> {
  return session.query<AppWorkflow>(
    `SELECT alias, workflow_id, label, default_mode FROM app_workflows WHERE tenant_id = $1 AND app_id = $2 ORDER BY position`,
    [tenantId, appId],
  )
}

/** Every action, or the one of this id. */
export async function listActions(
  session: Session,
  tenantId: string,
  appId: string,
  actionId: string | null = null,
): Promise<AppAction[]> {
  return session.query<AppAction>(
    `SELECT a.action_id, a.label, a.workflow_alias, w.workflow_id, w.default_mode, a.input_mapping
     FROM app_actions a JOIN app_workflows w
       ON w.tenant_id = a.tenant_id AND w.app_id = a.app_id AND w.alias = a.workflow_alias
     WHERE a.tenant_id = $1 AND a.app_id = $2 AND ($3::text IS NULL OR a.action_id = $3) ORDER BY a.position`,
    [tenantId, appId, actionId],
  )
}

/** JSON Schemas of what workflows are given, by workflow; one without is left out. */
export async function readInputSchemas(
  session: Session,
  tenantId: string,
  workflowIds: string[],
): Promise<Map<string, Record<string, Json>>> {
  const rows = await session.query<{ id: string; input_schema: Record<string, Json> }>(
    `SELECT w.id, v.definition -> 'input_schema' AS input_schema FROM workflows w
     JOIN workflow_versions v ON v.tenant_id = w.tenant_id AND v.workflow_id = w.id AND v.revision = w.revision
     WHERE w.tenant_id = $1 AND w.id = ANY ($2) AND v.definition -> 'input_schema' IS NOT NULL`,
    [tenantId, workflowIds],
  )
  return new Map(rows.map(({ id, input_schema }) => [id, input_schema]))
}

/** Figures look at that many of the newest runs: an app that runs for years is told as quickly as a new one. */
export const FIGURES_OF = 10_000

/** Of every action, or the one of this id, among the newest runs of the app. */
export async function readFigures(
  session: Session,
  tenantId: string,
  appId: string,
  actionId: string | null,
): Promise<AppFigures> {
  const ofApp = 'FROM runs WHERE tenant_id = $1 AND app_id = $2 ORDER BY created_at DESC, run_id'
  const among = `FROM (SELECT app_action_id, status, llm_calls, cost_cents, created_at, finished_at ${ofApp} LIMIT $4) newest
     WHERE ($3::text IS NULL OR app_action_id = $3)`
  const values = [tenantId, appId, actionId, FIGURES_OF]
  const rows = await session.query<{
    app_action_id: string | null
    status: string
    runs: number
    calls: number
    cost: string | null
    priced: number
    last_run_at: Date
  }>(
    `SELECT app_action_id, status, count(*) AS runs, sum(llm_calls)::bigint AS calls, sum(cost_cents) AS cost,
       count(cost_cents) AS priced, max(created_at) AS last_run_at
     ${among} GROUP BY app_action_id, status`,
    values,
  )
  const [median] = await session.query<{ seconds: number | null }>(
    `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - created_at)::float8) AS seconds
     ${among} AND status = 'completed'`,
    values,
  )
  const older = await session.query(`SELECT ${ofApp} OFFSET $3 LIMIT 1`, [tenantId, appId, FIGURES_OF])
  return {
    ...summarize(
      rows.map((row) => ({ ...row, calls: Number(row.calls), cost: Number(row.cost ?? 0) })),
      median!.seconds,
    ),
    complete: older.length === 0,
  }
}

type Group = {
  app_action_id: string | null
  status: string
  runs: number
  calls: number
  cost: number
  priced: number
  last_run_at: Date
}

function summarize(groups: Group[], medianSeconds: number | null): Omit<AppFigures, 'complete'> {
  const sum = (of: (group: Group) => number, among = groups) =>
    among.reduce((total, group) => total + of(group), 0)
  const runs = sum(({ runs }) => runs)
  const groupBy = (name: 'status' | 'app_action_id') => [...Map.groupBy(groups, (group) => group[name] ?? '')]
  const newest = Math.max(...groups.map(({ last_run_at }) => last_run_at.getTime()))
  return {
    runs,
    by_status: Object.fromEntries(
      groupBy('status').map(([status, among]) => [status, sum(({ runs }) => runs, among)]),
    ),
    by_action: groupBy('app_action_id')
      .map(([action_id, among]) => ({
        action_id,
        runs: sum(({ runs }) => runs, among),
        failed: sum(({ status, runs }) => (status === 'failed' ? runs : 0), among),
      }))
      .sort((a, b) => b.runs - a.runs || (a.action_id < b.action_id ? -1 : 1)),
    llm_calls: sum(({ calls }) => calls),
    cost_cents: sum(({ priced }) => priced) === runs ? sum(({ cost }) => cost) : null,
    median_seconds: medianSeconds,
    last_run_at: groups.length === 0 ? null : new Date(newest).toISOString(),
  }
}
