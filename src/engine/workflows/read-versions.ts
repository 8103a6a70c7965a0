import type { Context } from '../../kernel/context.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { notFound } from '../../lib/errors.ts'
import type { Session } from '../../store/database.ts'
import { workflowNotFound } from './save-workflow.ts'
import type { DefinedVersion, WorkflowVersion } from './schema.ts'
import { findVersion, findWorkflow, listVersions, type VersionRow } from './workflow-rows.ts'

/**
 * The definitions a workflow has had, youngest first. One that was removed keeps them for as long as it has runs, and is
 * found by its id.
 *
 * @throws AppError 404 WORKFLOW_NOT_FOUND
 */
export async function readVersions(
  { database, principal: { tenantId } }: Context,
  ref: string,
  page: { offset: number; limit: number },
): Promise<{ versions: WorkflowVersion[]; total: number }> {
  return database.transaction(tenantId, async (session) => {
    const { rows, total } = await listVersions(session, tenantId, await idOf(session, tenantId, ref), page)
    return { versions: rows.map(present), total }
  })
}

/**
 * One of them with its definition, by its version or by the hash of the definition.
 *
 * @throws AppError 404 WORKFLOW_NOT_FOUND, VERSION_NOT_FOUND
 */
export async function readVersion(
  { database, principal: { tenantId } }: Context,
  ref: string,
  version: string,
): Promise<DefinedVersion> {
  return database.transaction(tenantId, async (session) => {
    const workflowId = await idOf(session, tenantId, ref)
    const row = await findVersion(session, tenantId, workflowId, version)
    if (row) return { ...present(row), workflow_id: workflowId, definition: row.definition as Json }
    throw notFound(
      'VERSION_NOT_FOUND',
      'Version not found',
      'version',
      `Workflow '${workflowId}' has had no version '${version}'; GET /workflows/${workflowId}/versions lists them`,
    )
  })
}

async function idOf(session: Session, tenantId: string, ref: string): Promise<string> {
  const workflow = await findWorkflow(session, tenantId, ref)
  if (!workflow) throw workflowNotFound(ref)
  return workflow.id
}

const present = ({
  revision,
  version,
  definition_sha256,
  created_at,
  created_by,
}: VersionRow): WorkflowVersion => ({
  revision,
  version,
  definition_sha256,
  created_at: created_at.toISOString(),
  created_by,
})
