import type { WorkflowEdge, WorkflowNode } from './schema.ts'
import { type DefinitionFault, validateDefinition } from './validate-definition.ts'

const MOST = 500

/** Reads one part by its schema; null where it does not fit. */
type Reading = { node(sent: unknown): WorkflowNode | null; edge(sent: unknown): WorkflowEdge | null }

/**
 * Faults of a definition that has faults of form too, so that whoever sent it is told of all at once. A node that cannot be
 * read stands for its id alone, and nothing is said of edges where one of them cannot be read.
 */
export function validateWhatCanBeRead(sent: unknown, read: Reading): DefinitionFault[] {
  if (!isObject(sent) || !Array.isArray(sent.nodes) || sent.nodes.length > MOST) return []
  const nodes = sent.nodes.map((node: unknown, index): WorkflowNode => {
    const id = isObject(node) && typeof node.id === 'string' ? node.id : `node ${index}`
    return read.node(node) ?? { id, type: 'static', config: {} }
  })
  const edges = Array.isArray(sent.edges) ? sent.edges.slice(0, 4 * MOST).map(read.edge) : []
  const entry = sent.entry ?? sent.entryNode
  const { faults } = validateDefinition(
    {
      entry: typeof entry === 'string' ? entry : (nodes[0]?.id ?? ''),
      nodes,
      edges: edges.includes(null) ? [] : edges.filter((edge) => edge !== null),
      max_steps: MOST,
    },
    'graph',
  )
  return faults
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
