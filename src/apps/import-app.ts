import { randomUUID } from 'node:crypto'
import { findMissingReferences } from '../engine/workflows/find-missing-references.ts'
import type { WorkflowHead } from '../engine/workflows/workflow-rows.ts'
import { appendAudit } from '../kernel/audit/record-audit.ts'
import type { Context } from '../kernel/context.ts'
import { stateConflict } from '../lib/errors.ts'
import { payloadHash } from '../lib/hash.ts'
import { validationError } from '../lib/validation.ts'
import type { Session } from '../store/database.ts'
import { type AppParts, replaceParts, upsertApp } from './app-rows.ts'
import { checkManifest, type ManifestFault } from './check-manifest.ts'
import { readAppWith, viewerOf } from './read-apps.ts'
import type { App, Manifest } from './schema.ts'
import { MANIFEST_VOCABULARY } from './vocabulary.ts'

/**
 * Makes the app that a manifest declares, or puts it in the place of the one with this id: all of it or nothing.
 *
 * @throws AppError 422 INVALID_MANIFEST with every fault and where it is; 409 APP_EXISTS when it is private to another.
 */
export async function importApp(
  context: Context,
  known: { builtInTools: ReadonlySet<string> },
  manifest: Manifest,
): Promise<{ app: App; created: boolean }> {
  const { ledger, principal, clock } = context
  const { tenantId } = principal
  const { version, app } = manifest
  return ledger.transaction(tenantId, async (session) => {
    const workflows = await findWorkflows(session, tenantId, manifest)
    const faults = [
      ...checkManifest(manifest),
      ...missingWorkflows(manifest, workflows),
      ...(await findMissingReferences(session, tenantId, known, {
        tool: app.scopes.tools.map((id, index) => ({ id, path: `app.scopes.tools.${index}` })),
        agent: [],
        workflow: [],
      })),
    ]
    if (faults.length > 0) {
      throw validationError(
        faults.map((fault) => ({ ...fault, type: 'value_error' })),
        MANIFEST_VOCABULARY,
      )
    }
    const id = app.id ?? randomUUID()
    const viewer = viewerOf(principal)
    const saved = await upsertApp(
      session,
      viewer,
      {
        id,
        version,
        name: app.name,
        icon: app.icon,
        description: app.description,
        owner: app.owner,
        visibility: app.visibility,
        views: app.views,
        default_view_id: app.default_view_id ?? app.views[0]?.id ?? null,
        imported_by: principal.ownerId,
      },
      new Date(clock.now()),
    )
    if (!saved) {
      throw stateConflict('APP_EXISTS', 'An app with this id exists', {
        path: 'app.id',
        message: `expected an id that is not taken: '${id}' is a private app of somebody else`,
      })
    }
    await replaceParts(session, tenantId, id, partsOf(manifest, workflows))
    const imported = await readAppWith(session, viewer, id)
    await appendAudit(session, context, {
      action: saved.created ? 'create' : 'update',
      resourceType: 'app',
      resourceId: id,
      changes: { name: app.name, version, manifest_sha256: payloadHash(manifest) },
    })
    return { app: imported, created: saved.created }
  })
}

/** What the references of the manifest mean now; the app keeps the ids. */
async function findWorkflows(
  session: Session,
  tenantId: string,
  { app }: Manifest,
): Promise<Map<string, WorkflowHead>> {
  const refs = [...new Set(app.workflows.map(({ workflow_ref }) => workflow_ref))]
  const rows = await session.query<WorkflowHead & { ref: string }>('SELECT * FROM find_workflows($1, $2)', [
    tenantId,
    refs,
  ])
  return new Map(rows.filter(({ archived }) => !archived).map((row) => [row.ref, row]))
}

const missingWorkflows = ({ app }: Manifest, found: Map<string, WorkflowHead>): ManifestFault[] =>
  app.workflows.flatMap(({ workflow_ref: ref }, index) =>
    found.has(ref)
      ? []
      : [
          {
            path: `app.workflows.${index}.workflow_ref`,
            message: `expected the id or name of a workflow that exists, got '${ref}'; GET /workflows lists them`,
          },
        ],
  )

function partsOf({ app }: Manifest, workflows: Map<string, WorkflowHead>): AppParts {
  const scopes = (scope_type: 'tool' | 'memory' | 'external', values: string[]) =>
    [...new Set(values)].map((scope_value) => ({ scope_type, scope_value }))
  return {
    scopes: [
      ...scopes('tool', app.scopes.tools),
      ...scopes('memory', app.scopes.memory),
      ...scopes('external', app.scopes.external),
    ],
    workflows: app.workflows.map(({ id, workflow_ref, label, default_mode }) => ({
      alias: id,
      workflow_id: workflows.get(workflow_ref)!.id,
      label,
      default_mode,
    })),
    actions: app.actions.map(({ id, label, workflow_id, input_mapping }) => ({
      action_id: id,
      label,
      workflow_alias: workflow_id,
      input_mapping,
    })),
  }
}
