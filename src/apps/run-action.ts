import type { EngineContext } from '../engine/runs/engine.ts'
import { startRun } from '../engine/runs/start-run.ts'
import type { RunMode } from '../kernel/ledger/schema.ts'
import type { Principal } from '../kernel/schema.ts'
import type { Json } from '../lib/canonical-json.ts'
import { AppError, notFound } from '../lib/errors.ts'
import { findApp, listActions } from './app-rows.ts'
import { mapInput, type Unresolved } from './map-input.ts'
import { appNotFound, viewerOf } from './read-apps.ts'
import type { ActionRequest, AppAction } from './schema.ts'

export type Warning = { path: string; message: string }

/**
 * Starts the run that an action of an app means. Whatever the request says of who asks, the credential decides.
 *
 * @throws AppError 404 APP_NOT_FOUND, ACTION_NOT_FOUND, WORKFLOW_NOT_FOUND; 403 for a mode that is not the caller's to
 * choose; 422 for input that does not fit, and with `strict` for what was not sent.
 */
export async function runAction(
  context: EngineContext,
  appId: string,
  actionId: string,
  request: ActionRequest,
  traceParent: string | null = null,
): Promise<{ runId: string; warnings: Warning[] }> {
  const { principal } = context
  const action = await findAction(context, appId, actionId)
  const mode = chooseMode(principal, action, request.context.mode ?? null)
  const { input, unresolved } = mapInput(action.input_mapping, {
    event: request.event,
    context: { ...(request.context as Record<string, Json>), ...identityOf(principal, appId) },
  })
  if (request.strict && unresolved.length > 0) throw notSent(unresolved)
  const { runId } = await startRun(context, action.workflow_id, {
    input,
    mode,
    limits: { cost_limit_cents: null, llm_calls_limit: null, latency_slo_ms: null },
    app: { id: appId, actionId },
    parent: null,
    traceParent,
  })
  return { runId, warnings: unresolved.map(warningOf) }
}

async function findAction(
  { engine, principal }: EngineContext,
  appId: string,
  actionId: string,
): Promise<AppAction> {
  const { tenantId } = principal
  return engine.kernel.database.transaction(tenantId, async (session) => {
    if (!(await findApp(session, viewerOf(principal), appId))) throw appNotFound(appId)
    const [action] = await listActions(session, tenantId, appId, actionId)
    if (action) return action
    throw notFound(
      'ACTION_NOT_FOUND',
      'Action not found',
      'action_id',
      `App '${appId}' has no action '${actionId}'; GET /apps/${appId}/actions lists them`,
    )
  })
}

/** What `$context` says of who asks, whatever was sent. */
const identityOf = (principal: Principal, appId: string): Record<string, Json> => ({
  user_id: principal.id,
  tenant_id: principal.tenantId,
  role: principal.role,
  logline_id: principal.loglineId,
  app_id: appId,
})

/**
 * The mode of the action's workflow, unless the request wants another. Draft is for everybody; auto in the place of draft
 * only for those who could change the manifest: people with the role developer or admin.
 */
function chooseMode(principal: Principal, { default_mode }: AppAction, wanted: RunMode | null): RunMode {
  const mode = wanted ?? default_mode
  if (mode === 'draft' || default_mode === 'auto') return mode
  if (principal.kind !== 'agent' && principal.role !== 'user') return mode
  const message = `expected no mode or 'draft': this action runs in draft mode, and auto in its place is for people with the role developer or admin, got ${principal.id} with the role ${principal.role}`
  throw new AppError({
    code: 'FORBIDDEN',
    status: 403,
    message,
    details: [{ path: 'context.mode', message, type: 'forbidden', code: 'FORBIDDEN' }],
  })
}

const warningOf = ({ path, reference }: Unresolved): Warning => ({
  path,
  message: `${reference} was not sent, so it is left out`,
})

const notSent = (unresolved: Unresolved[]) =>
  new AppError({
    code: 'INPUT_NOT_SENT',
    status: 422,
    message: 'The action reads what was not sent',
    details: unresolved.map(({ path, reference }) => ({
      path: reference.slice(1),
      message: `expected ${reference}, which ${path} reads`,
      type: 'missing',
      code: 'INPUT_NOT_SENT',
    })),
  })
