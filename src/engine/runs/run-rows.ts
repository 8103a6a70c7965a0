import type { Database, Session } from '../../store/database.ts'
import type { Run } from './schema.ts'

type Row = Omit<Run, 'id' | 'tenant_id' | 'created_at' | 'updated_at' | 'finished_at' | 'cost_cents'> & {
  run_id: string
  cost_cents: string | null
  created_at: Date
  updated_at: Date
  finished_at: Date | null
}

const COLUMNS = `run_id, workflow_id, workflow_version, definition_sha256, status, mode, input, result, error, waiting, app_id,
  app_action_id, user_id, parent_run_id, forked_from, cost_limit_cents, llm_calls_limit, latency_slo_ms, cost_cents, llm_calls,
  created_at, updated_at, finished_at`

function present(tenantId: string, { run_id: id, ...row }: Row): Run {
  return {
    id,
    tenant_id: tenantId,
    ...row,
    cost_cents: row.cost_cents === null ? null : Number(row.cost_cents),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
  }
}

export async function readRunRow(database: Database, tenantId: string, runId: string): Promise<Run | null> {
  const rows = await database.statement<Row>(
    `SELECT ${COLUMNS} FROM read_run($1, $2)`,
    [tenantId, runId],
    'read_run',
  )
  return rows[0] ? present(tenantId, rows[0]) : null
}

/** Runs that this one began and that have not ended. */
export async function readOpenChildren(
  database: Database,
  tenantId: string,
  runId: string,
): Promise<string[]> {
  const rows = await database.transaction(tenantId, (session) =>
    session.query<{ run_id: string }>(
      "SELECT run_id FROM runs WHERE tenant_id = $1 AND parent_run_id = $2 AND status IN ('running', 'paused')",
      [tenantId, runId],
    ),
  )
  return rows.map(({ run_id }) => run_id)
}

export type RunFilter = {
  workflowId: string | null
  appId: string | null
  appActionId: string | null
  status: Run['status'] | null
  offset: number
  limit: number
}

/** Runs of the tenant, youngest first. */
export async function listRunRows(
  session: Session,
  tenantId: string,
  { workflowId, appId, appActionId, status, offset, limit }: RunFilter,
): Promise<{ runs: Run[]; total: number }> {
  // Only what is asked for stands in the statement, or no index would serve it.
  const wanted = Object.entries({
    workflow_id: workflowId,
    app_id: appId,
    app_action_id: appActionId,
    status,
  }).filter(([, value]) => value !== null)
  const filter = ['tenant_id = $1', ...wanted.map(([column], index) => `${column} = $${index + 2}`)].join(
    ' AND ',
  )
  const values = [tenantId, ...wanted.map(([, value]) => value)]
  const rows = await session.query<Row>(
    `SELECT ${COLUMNS} FROM runs WHERE ${filter} ORDER BY created_at DESC, run_id LIMIT $${values.length + 1} OFFSET $${values.length + 2}`,
    [...values, limit, offset],
  )
  const [count] = await session.query<{ total: number }>(
    `SELECT count(*) AS total FROM runs WHERE ${filter}`,
    values,
  )
  return { runs: rows.map((row) => present(tenantId, row)), total: count!.total }
}
