import type { Engine } from '../runs/engine.ts'
import { type Graph, makeGraph } from './graph.ts'
import { workflowNotFound } from './save-workflow.ts'
import { findWorkflow, readDefinition, type WorkflowHead, type WorkflowRow } from './workflow-rows.ts'

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
  const head = await engine.findWorkflow(tenantId, ref)
  if (!head || head.archived) throw workflowNotFound(ref)
  return head
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
