import { SYSTEM_ACTOR } from '../../kernel/schema.ts'
import type { Json } from '../../lib/canonical-json.ts'
import type { EngineContext } from '../runs/engine.ts'
import { definitionHash } from './save-workflow.ts'
import {
  insertVersion,
  insertWorkflow,
  lockWorkflow,
  updateWorkflow,
  type WorkflowHead,
  type WorkflowRow,
} from './workflow-rows.ts'

/**
 * A workflow that comes with the program, kept among the tenant's as this version of the program has it: runs are pinned to
 * its hash, and whatever a tenant makes of the row of that name changes nothing of them.
 */
export async function keepWorkflow(
  { engine, principal }: EngineContext,
  id: string,
  definition: Json,
): Promise<WorkflowHead> {
  const { tenantId } = principal
  const hash = definitionHash(definition)
  const known = await engine.findWorkflow(tenantId, id)
  if (known?.definition_sha256 === hash) return known
  const at = new Date(engine.kernel.clock.now())
  return engine.kernel.database.transaction(tenantId, async (session) => {
    const fresh: WorkflowRow = {
      id,
      name: id,
      version: '1.0.0',
      revision: 1,
      type: 'graph',
      definition,
      definition_sha256: hash,
      archived: false,
      created_at: at,
      updated_at: at,
    }
    if (await insertWorkflow(session, tenantId, fresh)) {
      await insertVersion(session, tenantId, fresh, SYSTEM_ACTOR)
      return fresh
    }
    const row = (await lockWorkflow(session, tenantId, id))!
    if (row.definition_sha256 === hash) return row
    const revision = row.revision + 1
    const next: WorkflowRow = {
      ...fresh,
      revision,
      version: `1.0.${revision - 1}`,
      created_at: row.created_at,
    }
    await updateWorkflow(session, tenantId, next)
    await insertVersion(session, tenantId, next, SYSTEM_ACTOR)
    return next
  })
}
