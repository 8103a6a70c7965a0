import { parseTimestamp } from '../../lib/timestamp.ts'
import { findDeadExpressions } from '../runs/resolve-expression.ts'
import { findBranches } from './find-branches.ts'
import { choosesEdge, type Graph, makeGraph } from './graph.ts'
import type { WorkflowDefinition, WorkflowNode, WorkflowType } from './schema.ts'

export type DefinitionFault = { path: string; message: string }

/**
 * Every fault of a definition, each with where it is; warnings are what runs but is probably not meant. Pure: whether
 * the tools and agents exist is for the caller to look up.
 */
export function validateDefinition(
  definition: WorkflowDefinition,
  type: WorkflowType,
): {
  faults: DefinitionFault[]
  warnings: DefinitionFault[]
  references: {
    tool: { id: string; path: string }[]
    agent: { id: string; path: string }[]
    workflow: { id: string; path: string }[]
  }
} {
  const faults: DefinitionFault[] = []
  const graph = makeGraph(definition)
  const refuse = (path: string, message: string) => faults.push({ path, message })
  const known = [...graph.nodes.keys()].slice(0, 20).join(', ')

  if (!graph.nodes.has(definition.entry)) {
    refuse('definition.entry', `expected the id of a node (${known}), got '${definition.entry}'`)
  }
  const seen = new Map<string, number>()
  definition.nodes.forEach((node, index) => {
    const first = seen.get(node.id)
    if (first !== undefined) {
      refuse(
        `definition.nodes.${index}.id`,
        `expected an id of its own, got '${node.id}', which node ${first} has`,
      )
    } else seen.set(node.id, index)
    checkNode(graph, node, `definition.nodes.${index}`, refuse)
  })
  definition.edges.forEach((edge, index) => {
    for (const end of ['from', 'to'] as const) {
      if (!graph.nodes.has(edge[end])) {
        refuse(`definition.edges.${index}.${end}`, `expected the id of a node (${known}), got '${edge[end]}'`)
      }
    }
  })
  // A way that leads nowhere is told by itself.
  if (!faults.some(({ path }) => /\.(edges|routes)\b/.test(path))) checkCycles(graph, refuse)
  if (type === 'linear') faults.push(...findBranches(graph))
  return {
    faults,
    warnings: faults.length === 0 ? findWarnings(graph) : [],
    references: readReferences(definition),
  }
}

type Refuse = (path: string, message: string) => void

function checkNode(graph: Graph, node: WorkflowNode, path: string, refuse: Refuse): void {
  const { config } = node
  const need = (member: string, what: string) =>
    refuse(
      `${path}.config.${member}`,
      `expected ${what}, as node '${node.id}' is a ${node.type}; got nothing`,
    )
  switch (node.type) {
    case 'tool_node':
      if (!config.tool_id) need('tool_id', 'the id of a tool')
      return
    case 'agent_node':
      if (!config.agent_id) need('agent_id', 'the id of an agent')
      return
    case 'subgraph':
      if (!config.workflow_id) need('workflow_id', 'the id or name of a workflow')
      return
    case 'wait': {
      const given = [config.until, config.duration_ms, config.event].filter((each) => each !== undefined)
      if (given.length === 0) need('until', 'one of until, duration_ms and event')
      if (config.until !== undefined && !isMoment(config.until)) {
        refuse(
          `${path}.config.until`,
          `expected a time as RFC 3339 has it, or an expression that names one, got '${config.until}'`,
        )
      }
      return
    }
    case 'function':
      refuse(`${path}.type`, 'expected another type: functions are for workflows that come with the program')
      return
    case 'router':
      checkRoutes(graph, node, path, refuse)
      return
    case 'static':
    case 'human_gate':
      return
  }
}

function checkRoutes(graph: Graph, node: WorkflowNode, path: string, refuse: Refuse): void {
  const { routes } = node.config
  if (!routes) {
    refuse(
      `${path}.config.routes`,
      `expected at least one route, as node '${node.id}' is a router; got nothing`,
    )
    return
  }
  const ids = new Set<string>()
  routes.forEach((route, index) => {
    const at = `${path}.config.routes.${index}`
    if (ids.has(route.id)) refuse(`${at}.id`, `expected an id of its own, got '${route.id}' twice`)
    ids.add(route.id)
    if (!graph.nodes.has(route.target_node)) {
      refuse(`${at}.target_node`, `expected the id of a node, got '${route.target_node}'`)
    }
  })
  for (const edge of graph.edgesFrom(node.id)) {
    const route = routes.find(
      ({ id, target_node }) => id === edge.condition || (!edge.condition && target_node === edge.to),
    )
    const index = graph.definition.edges.indexOf(edge)
    if (!route || route.target_node !== edge.to) {
      refuse(
        `definition.edges.${index}.condition`,
        `expected the id of a route of router '${node.id}' that leads to '${edge.to}' (${routes.map(({ id, target_node }) => `${id} → ${target_node}`).join(', ')}), got '${edge.condition ?? 'none'}'`,
      )
    }
  }
}

/**
 * A cycle may only stand where something on it can lead out of it: a router, or a node with conditional edges, one of
 * whose targets is off the cycle or ends the path.
 */
function checkCycles(graph: Graph, refuse: Refuse): void {
  const chooses = (id: string) => graph.nodes.get(id)!.type === 'router' || choosesEdge(graph, id)
  const refuseCycle = (members: string[]) => {
    const index = graph.definition.edges.findIndex(
      ({ from, to }) => members.includes(from) && members.includes(to),
    )
    refuse(
      `definition.edges.${Math.max(index, 0)}`,
      `expected a way out of the cycle ${members.join(' → ')} → ${members[0]}: put a router or a conditional edge on it that leads elsewhere`,
    )
  }
  for (const members of findCycles(withoutNodes(graph, chooses))) refuseCycle(members)
  for (const members of findCycles(graph)) {
    const choosing = members.filter(chooses)
    const leads = (id: string) => graph.successors(id).some((next) => !members.includes(next))
    if (choosing.length > 0 && !choosing.some(leads)) refuseCycle(members)
  }
}

/** What is left where these nodes are taken out: a cycle in it goes round for ever, whatever else it is part of. */
function withoutNodes({ definition }: Graph, isOut: (id: string) => boolean): Graph {
  return makeGraph({
    ...definition,
    nodes: definition.nodes.filter(({ id }) => !isOut(id)),
    edges: definition.edges.filter(({ from, to }) => !isOut(from) && !isOut(to)),
  })
}

/** Sets of nodes that all reach each other (strongly connected components), in the order of the definition. */
function findCycles(graph: Graph): string[][] {
  const cycles: string[][] = []
  const placed = new Set<string>()
  for (const id of graph.nodes.keys()) {
    if (placed.has(id) || !graph.reaches(id, id)) continue
    const members = [...graph.nodes.keys()].filter(
      (other) => graph.reaches(id, other) && graph.reaches(other, id),
    )
    for (const member of members) placed.add(member)
    cycles.push(members)
  }
  return cycles
}

const isMoment = (until: string) =>
  until.startsWith('$') || until.includes('{{') || typeof parseTimestamp(until) === 'object'

function findWarnings(graph: Graph): DefinitionFault[] {
  const { definition } = graph
  return definition.nodes.flatMap((node, index) => {
    const path = `definition.nodes.${index}`
    const isReached = node.id === definition.entry || graph.reaches(definition.entry, node.id)
    const unreached = `node '${node.id}' is never reached from '${definition.entry}'`
    return [...(isReached ? [] : [{ path, message: unreached }]), ...findDeadTemplates(graph, node, path)]
  })
}

function findDeadTemplates({ nodes }: Graph, { config }: WorkflowNode, path: string): DefinitionFault[] {
  const templates = ['input', 'title', 'details', 'until'] as const
  return templates.flatMap((member) =>
    findDeadExpressions(config[member] ?? null, (id) => nodes.has(id)).map((expression) => ({
      path: `${path}.config.${member}`,
      message: `'${expression}' names nothing, so it stands for null: expressions begin with $input, $steps.<id of a node>, $context or $previous; write $$ for a dollar sign`,
    })),
  )
}

function readReferences({ nodes }: WorkflowDefinition) {
  const list = (read: (node: WorkflowNode) => [string | undefined, string][]) =>
    nodes.flatMap((node, index) =>
      read(node).flatMap(([id, member]) =>
        id ? [{ id, path: `definition.nodes.${index}.config.${member}` }] : [],
      ),
    )
  return {
    tool: list(({ config }) => [[config.tool_id, 'tool_id']]),
    agent: list(({ config }) => [
      [config.agent_id, 'agent_id'],
      [config.router_agent_id, 'router_agent_id'],
      [config.judge_agent_id, 'judge_agent_id'],
    ]),
    workflow: list(({ config }) => [[config.workflow_id, 'workflow_id']]),
  }
}
