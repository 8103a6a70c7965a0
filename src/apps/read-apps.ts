import { appendAudit } from '../kernel/audit/record-audit.ts'
import type { Context } from '../kernel/context.ts'
import type { Principal } from '../kernel/schema.ts'
import { type AppError, notFound } from '../lib/errors.ts'
import type { Session } from '../store/database.ts'
import {
  deleteApp,
  findApp,
  listActions,
  listAppRows,
  listAppWorkflows,
  listScopes,
  readFigures,
  readInputSchemas,
  type Viewer,
} from './app-rows.ts'
import { describeAction } from './describe-action.ts'
import type { App, AppFigures, AppSummary, DescribedAction } from './schema.ts'

export const viewerOf = ({ tenantId, ownerId, role }: Principal): Viewer => ({
  tenantId,
  ownerId,
  seesAll: role === 'admin',
})

/** The apps that whoever asks may see, by name. */
export async function listApps(
  { database, principal }: Context,
  page: { offset: number; limit: number },
): Promise<{ apps: AppSummary[]; total: number }> {
  const { rows, total } = await database.transaction(principal.tenantId, (session) =>
    listAppRows(session, viewerOf(principal), page),
  )
  return { apps: rows.map(({ views: _, ...summary }) => summary), total }
}

/** @throws AppError 404 APP_NOT_FOUND, also for one that is private to somebody else. */
export async function readApp({ database, principal }: Context, id: string): Promise<App> {
  return database.transaction(principal.tenantId, (session) => readAppWith(session, viewerOf(principal), id))
}

export async function readAppWith(session: Session, viewer: Viewer, id: string): Promise<App> {
  const row = await findApp(session, viewer, id)
  if (!row) throw appNotFound(id)
  const { tenantId } = viewer
  return {
    ...row,
    scopes: await listScopes(session, tenantId, id),
    workflows: await listAppWorkflows(session, tenantId, id),
    actions: await listActions(session, tenantId, id),
  }
}

/** The actions of an app with what has to be sent to each. @throws AppError 404 APP_NOT_FOUND */
export async function readActions({ database, principal }: Context, id: string): Promise<DescribedAction[]> {
  const { tenantId } = principal
  return database.transaction(tenantId, async (session) => {
    if (!(await findApp(session, viewerOf(principal), id))) throw appNotFound(id)
    const actions = await listActions(session, tenantId, id)
    const schemas = await readInputSchemas(
      session,
      tenantId,
      actions.map(({ workflow_id }) => workflow_id),
    )
    return actions.map((action) => describeAction(action, schemas.get(action.workflow_id) ?? null))
  })
}

/** @throws AppError 404 APP_NOT_FOUND */
export async function readAppFigures(
  { database, principal }: Context,
  id: string,
  actionId: string | null,
): Promise<AppFigures> {
  const { tenantId } = principal
  return database.transaction(tenantId, async (session) => {
    if (!(await findApp(session, viewerOf(principal), id))) throw appNotFound(id)
    return readFigures(session, tenantId, id, actionId)
  })
}

/** Removes an app. Its runs stay; one that is under way has no scopes any more. @throws AppError 404 APP_NOT_FOUND */
export async function removeApp(context: Context, id: string): Promise<void> {
  const { ledger, principal } = context
  const { tenantId } = principal
  await ledger.transaction(tenantId, async (session) => {
    if (!(await findApp(session, viewerOf(principal), id))) throw appNotFound(id)
    await deleteApp(session, tenantId, id)
    await appendAudit(session, context, { action: 'delete', resourceType: 'app', resourceId: id })
  })
}

export function appNotFound(id: string): AppError {
  return notFound(
    'APP_NOT_FOUND',
    'App not found',
    'app_id',
    `No app has the id '${id}', or it is private to somebody else; GET /apps lists them`,
  )
}
