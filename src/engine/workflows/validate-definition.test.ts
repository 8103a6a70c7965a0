import { describe, expect, test } from 'vitest'
import { WorkflowDefinition, WorkflowInput } from './schema.ts'
import { validateDefinition } from './validate-definition.ts'

type Node = { id: string; type?: string; config?: Record<string, unknown> }
type Edge = { from: string; to: string; condition?: string }

const check = (nodes: Node[], edges: Edge[] = [], entry = nodes[0]!.id, type: 'linear' | 'graph' = 'graph') =>
  validateDefinition(
    WorkflowDefinition.parse({
      entry,
      nodes: nodes.map((node) => ({ type: 'static', ...node })),
      edges,
    }),
    type,
  )
const pathsOf = (...args: Parameters<typeof check>) => check(...args).faults.map(({ path }) => path)
const nodes = (...ids: string[]): Node[] => ids.map((id) => ({ id }))
const router = (id: string, ...routes: [id: string, target: string][]): Node => ({
  id,
  type: 'router',
  config: { routes: routes.map(([route, target_node]) => ({ id: route, target_node })) },
})
const edge = (from: string, to: string, condition?: string): Edge => ({
  from,
  to,
  ...(condition && { condition }),
})

describe('a definition with a fault is refused and told where', () => {
  test.each<[string, Parameters<typeof check>, string]>([
    ['an entry that is no node', [nodes('a'), [], 'b'], 'definition.entry'],
    ['an id that is taken', [nodes('a', 'b', 'a')], 'definition.nodes.2.id'],
    ['an edge from nowhere', [nodes('a'), [edge('x', 'a')]], 'definition.edges.0.from'],
    ['an edge to nowhere', [nodes('a', 'b'), [edge('a', 'b'), edge('b', 'x')]], 'definition.edges.1.to'],
    ['a tool node without a tool', [[{ id: 'a', type: 'tool_node' }]], 'definition.nodes.0.config.tool_id'],
    [
      'an agent node without an agent',
      [[{ id: 'a', type: 'agent_node' }]],
      'definition.nodes.0.config.agent_id',
    ],
    [
      'a subgraph without a workflow',
      [[{ id: 'a', type: 'subgraph' }]],
      'definition.nodes.0.config.workflow_id',
    ],
    ['a wait for nothing', [[{ id: 'a', type: 'wait' }]], 'definition.nodes.0.config.until'],
    ['a router without routes', [[{ id: 'a', type: 'router' }]], 'definition.nodes.0.config.routes'],
    ['a route to nowhere', [[router('a', ['r', 'x'])]], 'definition.nodes.0.config.routes.0.target_node'],
    [
      'two routes of one id',
      [[router('a', ['r', 'b'], ['r', 'c']), ...nodes('b', 'c')]],
      'definition.nodes.0.config.routes.1.id',
    ],
    [
      'an edge of a router that is none of its routes',
      [[router('a', ['r', 'b']), ...nodes('b', 'c')], [edge('a', 'c', 'r')]],
      'definition.edges.0.condition',
    ],
  ])('%s', (_, args, path) => {
    const { faults } = check(...args)
    expect(faults.map((fault) => fault.path)).toEqual([path])
    expect(faults[0]!.message).toMatch(/^expected .+ got /)
  })

  test('every fault is told, not only the first', () => {
    expect(
      pathsOf(
        [
          { id: 'a', type: 'tool_node' },
          { id: 'a', type: 'agent_node' },
          router('r', ['x', 'gone'], ['x', 'gone']),
        ],
        [edge('a', 'gone'), edge('gone', 'a')],
        'gone',
      ),
    ).toEqual([
      'definition.entry',
      'definition.nodes.0.config.tool_id',
      'definition.nodes.1.id',
      'definition.nodes.1.config.agent_id',
      'definition.nodes.2.config.routes.0.target_node',
      'definition.nodes.2.config.routes.1.id',
      'definition.nodes.2.config.routes.1.target_node',
      'definition.edges.0.to',
      'definition.edges.1.from',
    ])
  })
})

describe('a cycle needs a way out', () => {
  test.each<[string, Node[], Edge[]]>([
    ['a node that leads to itself', nodes('a'), [edge('a', 'a')]],
    ['two nodes', nodes('a', 'b'), [edge('a', 'b'), edge('b', 'a')]],
    [
      'a cycle that is left by an unconditional edge only',
      nodes('a', 'b', 'c'),
      [edge('a', 'b'), edge('b', 'a'), edge('b', 'c')],
    ],
    [
      'conditions that all stay on it',
      nodes('a', 'b'),
      [edge('a', 'b', 'x'), edge('a', 'a', 'y'), edge('b', 'a')],
    ],
    [
      'a router whose routes all stay on it',
      [router('a', ['x', 'b'], ['y', 'a']), ...nodes('b')],
      [edge('b', 'a')],
    ],
  ])('refused: %s', (_, some, edges) => {
    const { faults } = check(some, edges)
    expect(faults).toHaveLength(1)
    expect(faults[0]!.message).toContain('a way out of the cycle')
    expect(faults[0]!.path).toMatch(/^definition\.edges\.\d+$/)
  })

  test.each<[string, Node[], Edge[]]>([
    [
      'a conditional edge that leads elsewhere',
      nodes('a', 'b', 'c'),
      [edge('a', 'b'), edge('b', 'a', 'again'), edge('b', 'c')],
    ],
    ['a router that leads elsewhere', [router('a', ['again', 'a'], ['on', 'b']), ...nodes('b')], []],
    [
      'no cycle: two ways that meet',
      nodes('a', 'b', 'c', 'd'),
      [edge('a', 'b'), edge('a', 'c'), edge('b', 'd'), edge('c', 'd')],
    ],
  ])('accepted: %s', (_, some, edges) => {
    expect(pathsOf(some, edges)).toEqual([])
  })

  test('each of two separate cycles is told', () => {
    const { faults } = check(nodes('a', 'b', 'c'), [
      edge('a', 'b'),
      edge('b', 'b'),
      edge('a', 'c'),
      edge('c', 'c'),
    ])
    expect(faults.map(({ path }) => path)).toEqual(['definition.edges.1', 'definition.edges.3'])
  })

  test('refused: a cycle on which nothing chooses, inside a larger one that can be left', () => {
    const { faults } = check(nodes('a', 'b', 'c', 'd'), [
      edge('a', 'b', 'go'),
      edge('a', 'd'),
      edge('b', 'c'),
      edge('c', 'b'),
      edge('c', 'a'),
    ])
    expect(faults.map(({ path }) => path)).toEqual(['definition.edges.2'])
    expect(faults[0]!.message).toContain('b → c → b')
  })
})

describe('a linear workflow is a chain', () => {
  const linear = (...[some, edges]: [Node[], Edge[]]) => check(some, edges, some[0]!.id, 'linear')

  test.each<[string, Node[], Edge[], string[]]>([
    ['a node with two edges', nodes('a', 'b', 'c'), [edge('a', 'b'), edge('a', 'c')], ['definition.edges.1']],
    ['a choice', nodes('a', 'b', 'c'), [edge('a', 'b', 'x'), edge('a', 'c')], ['definition.edges.1']],
    [
      'two ways that meet',
      nodes('a', 'b', 'c', 'd'),
      [edge('a', 'b'), edge('a', 'c'), edge('b', 'd'), edge('c', 'd')],
      ['definition.edges.1', 'definition.edges.3'],
    ],
    [
      'a router that chooses',
      [router('a', ['x', 'b'], ['y', 'c']), ...nodes('b', 'c')],
      [],
      ['definition.nodes.0.config.routes.1'],
    ],
    [
      'a loop',
      nodes('a', 'b', 'c'),
      [edge('a', 'b'), edge('b', 'a', 'again'), edge('b', 'c')],
      ['definition.edges.1'],
    ],
  ])('refused, and told where: %s', (_, some, edges, paths) => {
    const { faults } = linear(some, edges)
    expect(faults.map(({ path }) => path)).toEqual(paths)
    for (const { message } of faults)
      expect(message).toMatch(/^expected a chain, .*linear, got .*type is 'graph'$/)
    expect(pathsOf(some, edges)).toEqual([])
  })

  test.each<[string, Node[], Edge[]]>([
    ['a single node', nodes('a'), []],
    ['a chain', nodes('a', 'b', 'c'), [edge('b', 'c'), edge('a', 'b')]],
    ['an edge that may end it', nodes('a', 'b'), [edge('a', 'b', 'if it is worth it')]],
    ['a router with one way', [router('a', ['on', 'b']), ...nodes('b')], [edge('a', 'b', 'on')]],
  ])('accepted: %s', (_, some, edges) => {
    expect(linear(some, edges).faults).toEqual([])
  })
})

test('faults of form keep nothing else from being told', () => {
  const sent = {
    entry: 'zz',
    nodes: [
      { id: 'a', type: 'nonsense' },
      { id: 'b', type: 'router', config: { routes: [{ target_node: 'a' }] } },
      { id: 'c', type: 'tool_node' },
      { id: 'd', type: 'wait', config: { until: 'tomorrow-ish' } },
    ],
    edges: [
      { from: 'a', to: 'nowhere' },
      { from: 'c', to: 'd' },
      { from: 'd', to: 'c' },
    ],
  }
  const refused = WorkflowInput.safeParse({ name: 'many faults', definition: sent })
  expect(refused.error!.issues.map(({ path }) => path.join('.')).toSorted()).toEqual([
    'definition.edges.0.to',
    'definition.entry',
    'definition.nodes.0.type',
    'definition.nodes.1.config.routes.0.id',
    'definition.nodes.2.config.tool_id',
    'definition.nodes.3.config.until',
  ])
})

test('a cycle is told beside other faults', () => {
  const [a, b] = nodes('a', 'b')
  const call = { id: 'call', type: 'tool_node' }
  expect(pathsOf([a!, b!, call], [edge('a', 'b'), edge('b', 'a'), edge('b', 'call')])).toEqual([
    'definition.nodes.2.config.tool_id',
    'definition.edges.0',
  ])
})

test.each([
  ['$nope.x', ['$nope.x']],
  ['{{ $nope.x }} and {{ $input.y }}', ['$nope.x']],
  ['$steps.missing.output', ['$steps.missing.output']],
  [{ deep: ['$steps.b.output', '$context.user_id', '$$5', '$5', 'costs $input'] }, []],
])('an expression that names nothing is a warning: %j', (input, dead) => {
  const { faults, warnings } = check([{ id: 'a', config: { input } }, { id: 'b' }], [edge('a', 'b')])
  expect(faults).toEqual([])
  expect(warnings.map(({ path, message }) => [path, message.split("'")[1]])).toEqual(
    dead.map((expression) => ['definition.nodes.0.config.input', expression]),
  )
})

test('a node that nothing leads to is a warning', () => {
  const { faults, warnings } = check(nodes('a', 'b', 'c'), [edge('a', 'b'), edge('c', 'b')])
  expect(faults).toEqual([])
  expect(warnings.map(({ path }) => path)).toEqual(['definition.nodes.2'])
})

test('what a definition refers to is told with the place of each reference', () => {
  const { references } = check([
    { id: 'a', type: 'tool_node', config: { tool_id: 't' } },
    { id: 'b', type: 'agent_node', config: { agent_id: 'x' } },
    { id: 'c', type: 'router', config: { router_agent_id: 'y', routes: [{ id: 'r', target_node: 'a' }] } },
    { id: 'd', type: 'human_gate', config: { judge_agent_id: 'z' } },
    { id: 'e', type: 'subgraph', config: { workflow_id: 'w' } },
  ])
  expect(references).toEqual({
    tool: [{ id: 't', path: 'definition.nodes.0.config.tool_id' }],
    agent: [
      { id: 'x', path: 'definition.nodes.1.config.agent_id' },
      { id: 'y', path: 'definition.nodes.2.config.router_agent_id' },
      { id: 'z', path: 'definition.nodes.3.config.judge_agent_id' },
    ],
    workflow: [{ id: 'w', path: 'definition.nodes.4.config.workflow_id' }],
  })
})

describe('the form of a definition', () => {
  test('entryNode and the short names of node types are read as what they mean', () => {
    const definition = WorkflowDefinition.parse({
      entryNode: 'a',
      nodes: [
        { id: 'a', type: 'tool', config: { tool_id: 't' } },
        { id: 'b', type: 'agent', config: { agent_id: 'x' } },
      ],
    })
    expect(definition.entry).toBe('a')
    expect(definition.nodes.map(({ type }) => type)).toEqual(['tool_node', 'agent_node'])
    expect(definition.edges).toEqual([])
  })

  test.each<[string, unknown, string]>([
    ['a type that does not exist', { nodes: [{ id: 'a', type: 'magic' }] }, 'nodes.0.type'],
    ['no nodes', { nodes: [] }, 'nodes'],
    ['an id with a space', { nodes: [{ id: 'a b', type: 'static' }] }, 'nodes.0.id'],
    [
      'a member nobody knows',
      { nodes: [{ id: 'a', type: 'static', config: { tool: 't' } }] },
      'nodes.0.config',
    ],
    ['more steps than may be', { nodes: [{ id: 'a', type: 'static' }], max_steps: 10_001 }, 'max_steps'],
    [
      'too many attempts',
      { nodes: [{ id: 'a', type: 'static', config: { retry: { max_attempts: 21 } } }] },
      'nodes.0.config.retry.max_attempts',
    ],
  ])('%s is refused and told where', (_, sent, path) => {
    const { error } = WorkflowDefinition.safeParse({ entry: 'a', ...(sent as object) })
    expect(error?.issues.map((issue) => issue.path.join('.'))).toEqual([path])
  })
})
