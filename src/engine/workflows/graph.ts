import type { WorkflowDefinition, WorkflowEdge, WorkflowNode } from './schema.ts'

/** A definition with what the interpreter asks again and again looked up once. */
export type Graph = {
  definition: WorkflowDefinition
  nodes: ReadonlyMap<string, WorkflowNode>
  edgesFrom(nodeId: string): readonly WorkflowEdge[]
  /** Where a step may lead to next: its edges, or the targets of a router. */
  successors(nodeId: string): readonly string[]
  /** Whether some path of at least one edge leads from one node to the other. */
  reaches(from: string, to: string): boolean
}

export function makeGraph(definition: WorkflowDefinition): Graph {
  const nodes = new Map(definition.nodes.map((node) => [node.id, node]))
  const edges = new Map<string, WorkflowEdge[]>()
  for (const edge of definition.edges) {
    const list = edges.get(edge.from)
    if (list) list.push(edge)
    else edges.set(edge.from, [edge])
  }
  const edgesFrom = (nodeId: string) => edges.get(nodeId) ?? []
  const successors = (nodeId: string) => {
    const node = nodes.get(nodeId)
    if (node?.type === 'router') return (node.config.routes ?? []).map((route) => route.target_node)
    return edgesFrom(nodeId).map((edge) => edge.to)
  }
  const reachable = new Map<string, Set<string>>()
  const reach = (from: string) => {
    const known = reachable.get(from)
    if (known) return known
    const found = new Set<string>()
    const open = [...successors(from)]
    while (open.length > 0) {
      const next = open.pop()!
      if (found.has(next)) continue
      found.add(next)
      open.push(...successors(next))
    }
    reachable.set(from, found)
    return found
  }
  return { definition, nodes, edgesFrom, successors, reaches: (from, to) => reach(from).has(to) }
}

/** Whether exactly one of a node's edges is followed, because conditions stand on them. */
export const choosesEdge = (graph: Graph, nodeId: string): boolean =>
  graph.nodes.get(nodeId)?.type !== 'router' &&
  graph.edgesFrom(nodeId).some(({ condition }) => condition !== undefined)
