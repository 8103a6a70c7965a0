import { randomUUID } from 'node:crypto'
import { describeChanges } from '../../kernel/audit/describe-changes.ts'
import { appendAudit } from '../../kernel/audit/record-audit.ts'
import type { Context } from '../../kernel/context.ts'
import type { LedgerTransaction } from '../../kernel/ledger/ledger.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { AppError, notFound, stateConflict } from '../../lib/errors.ts'
import { payloadHash } from '../../lib/hash.ts'
import type { Session } from '../../store/database.ts'
import { checkJsonSchema } from '../tools/validate-json-schema.ts'
import { findBranches } from './find-branches.ts'
import { findMissingReferences } from './find-missing-references.ts'
import { makeGraph } from './graph.ts'
import {
  type Workflow,
  WorkflowDefinition,
  type WorkflowInput,
  type WorkflowPatch,
  type WorkflowType,
} from './schema.ts'
import { type DefinitionFault, validateDefinition } from './validate-definition.ts'
import {
  deleteWorkflow,
  findWorkflow,
  hasRuns,
  insertVersion,
  insertWorkflow,
  lockWorkflow,
  updateWorkflow,
  type WorkflowRow,
} from './workflow-rows.ts'

/** What the functions need to know of the tools that come with the program. */
export type KnownTools = { builtInTools: ReadonlySet<string> }

/**
 * Stores a new workflow.
 *
 * @throws AppError 422 INVALID_DEFINITION with every fault and where it is; 409 when the id is taken.
 */
export async function createWorkflow(
  context: Context,
  known: KnownTools,
  input: WorkflowInput,
): Promise<Workflow> {
  const { ledger, principal, clock } = context
  const { tenantId } = principal
  return ledger.transaction(tenantId, async (session) => {
    const type = input.type ?? typeOf(input.definition)
    const warnings = await checkDefinition(session, tenantId, known, { ...input, type })
    const at = new Date(clock.now())
    const row: WorkflowRow = {
      id: input.id ?? randomUUID(),
      name: input.name,
      version: input.version,
      revision: 1,
      type,
      definition: input.definition,
      definition_sha256: definitionHash(input.definition),
      archived: false,
      created_at: at,
      updated_at: at,
    }
    if (!(await insertWorkflow(session, tenantId, row))) {
      throw stateConflict('WORKFLOW_EXISTS', 'A workflow with this id exists', {
        path: 'id',
        message: `expected an id that is not taken, got '${row.id}'; change it with PATCH /workflows/${row.id}`,
      })
    }
    await insertVersion(session, tenantId, row, principal.id)
    await auditChange(session, context, null, row)
    return { ...presentWorkflow(row), warnings }
  })
}

/**
 * Changes a workflow. Another definition is another version; runs keep the one they started with.
 *
 * @throws AppError 404; 422 INVALID_DEFINITION, and then nothing has changed.
 */
export async function changeWorkflow(
  context: Context,
  known: KnownTools,
  id: string,
  patch: WorkflowPatch,
): Promise<Workflow> {
  const { ledger, principal, clock } = context
  const { tenantId } = principal
  return ledger.transaction(tenantId, async (session) => {
    const found = await findWorkflow(session, tenantId, id)
    const row = found && (await lockWorkflow(session, tenantId, found.id))
    if (!row || row.archived) throw workflowNotFound(id)
    const next: WorkflowRow = { ...row, updated_at: new Date(clock.now()) }
    if (patch.name !== undefined) next.name = patch.name
    if (patch.type !== undefined) next.type = patch.type
    if (patch.version !== undefined) next.version = patch.version
    let warnings: DefinitionFault[] = []
    if (patch.definition !== undefined) {
      next.definition = patch.definition
      next.definition_sha256 = definitionHash(patch.definition)
    }
    if (patch.definition !== undefined || next.type !== row.type) {
      warnings = await checkDefinition(session, tenantId, known, next)
    }
    if (next.definition_sha256 !== row.definition_sha256 || next.version !== row.version) {
      next.revision = row.revision + 1
      if (next.version === row.version) next.version = nextVersion(row.version)
      await insertVersion(session, tenantId, next, principal.id)
    }
    await updateWorkflow(session, tenantId, next)
    await auditChange(session, context, row, next)
    return { ...presentWorkflow(next), warnings }
  })
}

/** Removes a workflow; one that has runs is kept out of sight, because the runs are pinned to its versions. */
export async function removeWorkflow(context: Context, id: string): Promise<void> {
  const { ledger, principal, clock } = context
  const { tenantId } = principal
  await ledger.transaction(tenantId, async (session) => {
    const found = await findWorkflow(session, tenantId, id)
    const row = found && (await lockWorkflow(session, tenantId, found.id))
    if (!row || row.archived) throw workflowNotFound(id)
    if (await hasRuns(session, tenantId, row.id)) {
      await updateWorkflow(session, tenantId, { ...row, archived: true, updated_at: new Date(clock.now()) })
    } else {
      await deleteWorkflow(session, tenantId, row.id)
    }
    await auditChange(session, context, row, null)
  })
}

function auditChange(
  transaction: LedgerTransaction,
  context: Context,
  before: WorkflowRow | null,
  after: WorkflowRow | null,
): Promise<void> {
  return appendAudit(transaction, context, {
    action: before ? (after ? 'update' : 'delete') : 'create',
    resourceType: 'workflow',
    resourceId: (after ?? before)!.id,
    changes: describeChanges(before, after, { told: ['name', 'version', 'type', 'definition_sha256'] }),
  })
}

/** What a run is pinned by. */
export const definitionHash = (definition: Json): string => payloadHash(definition)

export function presentWorkflow(row: WorkflowRow): Workflow {
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    revision: row.revision,
    type: row.type,
    definition: row.definition as Json,
    definition_sha256: row.definition_sha256,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}

export function workflowNotFound(ref: string): AppError {
  return notFound(
    'WORKFLOW_NOT_FOUND',
    'Workflow not found',
    'workflow_id',
    `No workflow has the id or name '${ref}'; GET /workflows lists them`,
  )
}

/** Where nobody said it, a chain is linear. */
const typeOf = (sent: Json): WorkflowType =>
  findBranches(makeGraph(WorkflowDefinition.parse(sent))).length === 0 ? 'linear' : 'graph'

async function checkDefinition(
  session: Session,
  tenantId: string,
  known: KnownTools,
  { type, definition: sent }: { type: WorkflowType; definition: unknown },
): Promise<DefinitionFault[]> {
  const definition = WorkflowDefinition.parse(sent)
  const { faults, warnings, references } = validateDefinition(definition, type)
  const all = [...faults, ...(await findMissingReferences(session, tenantId, known, references))]
  if (definition.input_schema) {
    for (const fault of checkJsonSchema(definition.input_schema)) {
      all.push({
        path: ['definition.input_schema', fault.path].filter(Boolean).join('.'),
        message: fault.message,
      })
    }
  }
  if (all.length === 0) return warnings
  throw new AppError({
    code: 'INVALID_DEFINITION',
    status: 422,
    message: `The workflow definition has ${all.length === 1 ? 'a fault' : `${all.length} faults`}`,
    details: all.map((fault) => ({ ...fault, type: 'value_error', code: 'INVALID_DEFINITION' })),
  })
}

/** 1.0.0 becomes 1.0.1; what does not end in a number gets one. */
function nextVersion(version: string): string {
  const match = /^(.*?)(\d+)$/.exec(version)
  return match ? `${match[1]}${Number(match[2]) + 1}` : `${version}.1`
}
