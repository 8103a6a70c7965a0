import type { Database, Session } from '../../store/database.ts'
import { WorkflowDefinition, type WorkflowType } from './schema.ts'

/** A row of `workflows` with the definition it has now. */
export type WorkflowRow = {
  id: string
  name: string
  version: string
  revision: number
  type: WorkflowType
  definition: unknown
  definition_sha256: string
  archived: boolean
  created_at: Date
  updated_at: Date
}

const SELECT = `SELECT w.id, w.name, w.version, w.revision, w.type, v.definition, w.definition_sha256, w.archived, w.created_at, w.updated_at
  FROM workflows w JOIN workflow_versions v ON v.tenant_id = w.tenant_id AND v.workflow_id = w.id AND v.revision = w.revision`

/** By id, else by name, of which the one changed last counts. Archived ones are found by id alone. */
export async function findWorkflow(
  session: Session,
  tenantId: string,
  ref: string,
): Promise<WorkflowRow | null> {
  const rows = await session.query<WorkflowRow>(
    `${SELECT} WHERE w.tenant_id = $1 AND (w.id = $2 OR (w.name = $2 AND NOT w.archived))
     ORDER BY (w.id = $2) DESC, w.updated_at DESC LIMIT 1`,
    [tenantId, ref],
    'find_workflow',
  )
  return rows[0] ?? null
}

/** A workflow without its definition, which is found by its hash. */
export type WorkflowHead = Omit<WorkflowRow, 'definition'>

/** The same for several ids or names at once, in one round trip. */
export async function findWorkflowHeads(
  database: Database,
  tenantId: string,
  refs: string[],
): Promise<Map<string, WorkflowHead>> {
  const rows = await database.statement<WorkflowHead & { ref: string }>(
    'SELECT * FROM find_workflows($1, $2)',
    [tenantId, refs],
    'find_workflows',
  )
  return new Map(rows.map(({ ref, ...head }) => [ref, head]))
}

/** The row is locked until the transaction ends, so that two changes follow each other. */
export async function lockWorkflow(
  session: Session,
  tenantId: string,
  id: string,
): Promise<WorkflowRow | null> {
  const rows = await session.query<WorkflowRow>(
    `${SELECT} WHERE w.tenant_id = $1 AND w.id = $2 FOR UPDATE OF w`,
    [tenantId, id],
  )
  return rows[0] ?? null
}

export async function listWorkflows(
  session: Session,
  tenantId: string,
  page: { offset: number; limit: number },
): Promise<{ rows: WorkflowRow[]; total: number }> {
  const rows = await session.query<WorkflowRow>(
    `${SELECT} WHERE w.tenant_id = $1 AND NOT w.archived ORDER BY w.created_at DESC, w.id LIMIT $2 OFFSET $3`,
    [tenantId, page.limit, page.offset],
  )
  const [count] = await session.query<{ total: number }>(
    'SELECT count(*) AS total FROM workflows WHERE tenant_id = $1 AND NOT archived',
    [tenantId],
  )
  return { rows, total: count!.total }
}

/** The definition a run was pinned to. */
export async function readDefinition(
  session: Session,
  tenantId: string,
  workflowId: string,
  definitionSha256: string,
): Promise<WorkflowDefinition | null> {
  const [row] = await session.query<{ definition: unknown }>(
    `SELECT definition FROM workflow_versions WHERE tenant_id = $1 AND workflow_id = $2 AND definition_sha256 = $3 LIMIT 1`,
    [tenantId, workflowId, definitionSha256],
    'read_definition',
  )
  return row ? WorkflowDefinition.parse(row.definition) : null
}

/** A definition a workflow has or had. */
export type VersionRow = {
  revision: number
  version: string
  definition_sha256: string
  created_at: Date
  created_by: string
}

export async function listVersions(
  session: Session,
  tenantId: string,
  workflowId: string,
  page: { offset: number; limit: number },
): Promise<{ rows: VersionRow[]; total: number }> {
  const rows = await session.query<VersionRow>(
    `SELECT revision, version, definition_sha256, created_at, created_by FROM workflow_versions
     WHERE tenant_id = $1 AND workflow_id = $2 ORDER BY revision DESC LIMIT $3 OFFSET $4`,
    [tenantId, workflowId, page.limit, page.offset],
  )
  const [count] = await session.query<{ total: number }>(
    'SELECT count(*) AS total FROM workflow_versions WHERE tenant_id = $1 AND workflow_id = $2',
    [tenantId, workflowId],
  )
  return { rows, total: count!.total }
}

/** By the hash of its definition, else by its version, of which the youngest counts: a version may be given twice. */
export async function findVersion(
  session: Session,
  tenantId: string,
  workflowId: string,
  version: string,
): Promise<(VersionRow & { definition: unknown }) | null> {
  const [row] = await session.query<VersionRow & { definition: unknown }>(
    `SELECT revision, version, definition_sha256, created_at, created_by, definition FROM workflow_versions
     WHERE tenant_id = $1 AND workflow_id = $2 AND (definition_sha256 = $3 OR version = $3)
     ORDER BY (definition_sha256 = $3) DESC, revision DESC LIMIT 1`,
    [tenantId, workflowId, version],
  )
  return row ?? null
}

/** False when the id is taken. */
export async function insertWorkflow(session: Session, tenantId: string, row: WorkflowRow): Promise<boolean> {
  const rows = await session.query(
    `INSERT INTO workflows (tenant_id, id, name, version, revision, type, definition_sha256, archived, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING id`,
    [
      tenantId,
      row.id,
      row.name,
      row.version,
      row.revision,
      row.type,
      row.definition_sha256,
      row.archived,
      row.created_at,
      row.updated_at,
    ],
  )
  return rows.length > 0
}

export async function updateWorkflow(session: Session, tenantId: string, row: WorkflowRow): Promise<void> {
  await session.query(
    `UPDATE workflows SET name = $3, version = $4, revision = $5, type = $6, definition_sha256 = $7, archived = $8, updated_at = $9
     WHERE tenant_id = $1 AND id = $2`,
    [
      tenantId,
      row.id,
      row.name,
      row.version,
      row.revision,
      row.type,
      row.definition_sha256,
      row.archived,
      row.updated_at,
    ],
  )
}

export async function insertVersion(
  session: Session,
  tenantId: string,
  row: WorkflowRow,
  createdBy: string,
): Promise<void> {
  await session.query(
    `INSERT INTO workflow_versions (tenant_id, workflow_id, revision, version, definition, definition_sha256, created_at, created_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      tenantId,
      row.id,
      row.revision,
      row.version,
      JSON.stringify(row.definition),
      row.definition_sha256,
      row.updated_at,
      createdBy,
    ],
  )
}

/** Deletes one that no run was ever made of. */
export async function deleteWorkflow(session: Session, tenantId: string, id: string): Promise<void> {
  await session.query('DELETE FROM workflow_versions WHERE tenant_id = $1 AND workflow_id = $2', [
    tenantId,
    id,
  ])
  await session.query('DELETE FROM workflows WHERE tenant_id = $1 AND id = $2', [tenantId, id])
}

export async function hasRuns(session: Session, tenantId: string, workflowId: string): Promise<boolean> {
  const rows = await session.query('SELECT 1 FROM runs WHERE tenant_id = $1 AND workflow_id = $2 LIMIT 1', [
    tenantId,
    workflowId,
  ])
  return rows.length > 0
}
