import { shareReads } from '../../lib/share-reads.ts'
import type { Database } from '../../store/database.ts'
import type { Engine } from '../runs/engine.ts'
import { type Graph, makeGraph } from './graph.ts'
import { workflowNotFound } from './save-workflow.ts'
import {
  findWorkflow,
  findWorkflowHeads,
  readDefinition,
  type WorkflowHead,
  type WorkflowRow,
} from './workflow-rows.ts'

const MAX_GRAPHS = 1000

/**
 * The workflow that an id or a name means now.
 *
 * @throws AppError 404 WORKFLOW_NOT_FOUND
 */
export async function resolveWorkflow(engine: Engine, tenantId: string, ref: string): Promise<WorkflowRow> {
  const row = await engine.kernel.database.transaction(tenantId, (session) =>
    findWorkflow(session, tenantId, ref),
  )
  if (!row || row.archived) throw workflowNotFound(ref)
  return row
}

/**
 * The same without the definition, for starting runs: callers that come together share one read.
 *
 * @throws AppError 404 WORKFLOW_NOT_FOUND
 */
export async function resolveWorkflowHead(
  engine: Engine,
  tenantId: string,
  ref: string,
): Promise<WorkflowHead> {
  const head = await engine.findWorkflow(`${tenantId}\n${ref}`)
  if (!head || head.archived) throw workflowNotFound(ref)
  return head
}

/** Looks workflows up by `tenant\nref`, several in one statement for each tenant. */
export function shareWorkflowReads(database: Database): (key: string) => Promise<WorkflowHead | undefined> {
  return shareReads(async (keys: string[]) => {
    const refsOf = new Map<string, string[]>()
    for (const key of keys) {
      const [tenantId = '', ref = ''] = splitOnce(key)
      refsOf.set(tenantId, [...(refsOf.get(tenantId) ?? []), ref])
    }
    const found = new Map<string, WorkflowHead>()
    for (const [tenantId, refs] of refsOf) {
      const heads = await findWorkflowHeads(database, tenantId, refs)
      for (const [ref, head] of heads) found.set(`${tenantId}\n${ref}`, head)
    }
    return found
  })
}

function splitOnce(key: string): [string, string] {
  const at = key.indexOf('\n')
  return [key.slice(0, at), key.slice(at + 1)]
}

/** The definition that a run is pinned to by its hash; kept parsed, as it never changes. */
export async function loadGraph(
  engine: Engine,
  tenantId: string,
  workflowId: string,
  definitionSha256: string,
): Promise<Graph> {
  const { graphs, kernel } = engine
  const key = `${tenantId}\n${workflowId}\n${definitionSha256}`
  const known = graphs.get(key)
  if (known) return known
  const definition = await kernel.database.transaction(tenantId, (session) =>
    readDefinition(session, tenantId, workflowId, definitionSha256),
  )
  if (!definition) throw new Error(`the definition ${definitionSha256} of workflow ${workflowId} is gone`)
  const graph = makeGraph(definition)
  if (graphs.size >= MAX_GRAPHS) graphs.delete(graphs.keys().next().value!)
  graphs.set(key, graph)
  return graph
}
