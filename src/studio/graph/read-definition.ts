export type GraphNode = {
  id: string
  name: string | null
  type: string
  /** The tool, agent or workflow that does the work; what is waited for. */
  about: string | null
}
export type GraphEdge = { id: string; from: string; to: string; label: string | null }
export type DefinitionGraph = { entry: string; nodes: GraphNode[]; edges: GraphEdge[] }

type Members = Record<string, unknown>

/** The same types under the names that steps have them by. */
const TYPES: Record<string, string> = {
  tool_node: 'tool',
  agent_node: 'agent',
  timer: 'wait',
  workflow: 'subgraph',
}

/**
 * What can be drawn of a definition. It was checked when it was stored; what this does not know it leaves out, and null
 * says that there is nothing to draw.
 */
export function readDefinition(definition: unknown): DefinitionGraph | null {
  if (!isObject(definition)) return null
  const nodes = listOf(definition.nodes).flatMap((node): GraphNode[] => {
    if (!isObject(node) || typeof node.id !== 'string') return []
    const type = textOf(node.type) ?? ''
    return [{ id: node.id, name: textOf(node.name), type: TYPES[type] ?? type, about: aboutOf(node.config) }]
  })
  const entry = textOf(definition.entry) ?? textOf(definition.entryNode) ?? nodes[0]?.id
  if (entry === undefined) return null
  const known = new Set(nodes.map(({ id }) => id))
  const edges = [...readEdges(definition), ...readRoutes(definition)]
    .filter(({ from, to }) => known.has(from) && known.has(to))
    .map((edge, index) => ({ ...edge, id: `${index}` }))
  return { entry, nodes, edges }
}

type BareEdge = Omit<GraphEdge, 'id'>

/** The edges of routers stand once more among their routes, which say when each is taken. */
function readEdges({ edges, nodes }: Members): BareEdge[] {
  const routers = new Set(
    listOf(nodes).flatMap((node) => (isObject(node) && node.type === 'router' ? [node.id] : [])),
  )
  return listOf(edges).flatMap((edge): BareEdge[] => {
    if (!isObject(edge) || typeof edge.from !== 'string' || typeof edge.to !== 'string') return []
    return routers.has(edge.from) ? [] : [{ from: edge.from, to: edge.to, label: textOf(edge.condition) }]
  })
}

function readRoutes({ nodes }: Members): BareEdge[] {
  return listOf(nodes).flatMap((node) => {
    if (!isObject(node) || node.type !== 'router' || typeof node.id !== 'string') return []
    const from = node.id
    const routes = isObject(node.config) ? listOf(node.config.routes) : []
    return routes.flatMap((route): BareEdge[] => {
      if (!isObject(route) || typeof route.target_node !== 'string') return []
      return [{ from, to: route.target_node, label: textOf(route.condition) ?? textOf(route.id) }]
    })
  })
}

function aboutOf(config: unknown): string | null {
  if (!isObject(config)) return null
  const { tool_id, agent_id, router_agent_id, workflow_id, event, until, title } = config
  for (const named of [tool_id, agent_id, router_agent_id, workflow_id, event, until, title]) {
    if (typeof named === 'string' && named !== '') return named
  }
  return typeof config.duration_ms === 'number' ? `${config.duration_ms} ms` : null
}

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
