import type { Json } from '../../src/lib/canonical-json.ts'

type Node = { id: string; type: string; config: Record<string, Json> }

const IDS = ['one', 'two', 'three', 'four', 'five']

/** Pure data: nothing is done outside the run, so nothing has to be on disk before the next step. */
const staticSteps = IDS.map(
  (id, index): Node => ({ id, type: 'static', config: { output: { count: index + 1 } } }),
)

/** Calls of a tool: policies decide on each; the calculator changes nothing, so that decision and intent are written while it is called. */
const toolSteps = IDS.map(
  (id, index): Node => ({
    id,
    type: 'tool_node',
    config: { tool_id: 'calculator', input: { expression: `${index} + 1` } },
  }),
)

const gate: Node = { id: 'gate', type: 'human_gate', config: { title: 'Go on?' } }
const withGate = (steps: Node[]) => [...steps.slice(0, 2), gate, ...steps.slice(2)]

const workflow = (id: string, nodes: Node[]) => ({
  id,
  name: id,
  definition: {
    entry: nodes[0]!.id,
    nodes,
    edges: nodes.slice(1).map(({ id: to }, index) => ({ from: nodes[index]!.id, to })),
  },
})

export const WORKFLOWS = [
  workflow('bench-static', staticSteps),
  workflow('bench-tools', toolSteps),
  workflow('bench-static-gate', withGate(staticSteps)),
  workflow('bench-tools-gate', withGate(toolSteps)),
]

/** What a run is given; policies look at it. */
export const INPUT = { amount: 50, customer: 'ACME', region: 'eu' }

const when = (field: string, operator: string, value: Json) => ({ field, operator, value })
const start = when('action', 'equals', 'run_start')
const call = when('action', 'equals', 'tool_call')

/** Ten policies of the tenant beside the built-in ones; none stops these runs, and some match. */
export const POLICIES = [
  { effect: 'allow', conditions: [start, when('run.input.region', 'in', ['eu', 'us'])] },
  { effect: 'deny', conditions: [start, when('run.input.region', 'equals', 'blocked')] },
  { effect: 'require_approval', conditions: [start, when('run.input.amount', 'greater_than', 1000)] },
  { effect: 'deny', conditions: [start, when('user.role', 'equals', 'guest')] },
  { effect: 'allow', conditions: [call, when('tool.id', 'equals', 'calculator')] },
  { effect: 'deny', conditions: [call, when('tool.id', 'in', ['shell', 'payments.send'])] },
  { effect: 'require_approval', conditions: [call, when('tool.risk_level', 'equals', 'high')] },
  {
    effect: 'require_approval',
    conditions: [call, when('tool.side_effects', 'contains', 'external_message')],
  },
  { effect: 'deny', conditions: [call, when('run.input.customer', 'starts_with', 'test-')] },
  { effect: 'require_approval', conditions: [call, when('run.input.amount', 'greater_than', 5000)] },
].map(({ effect, conditions }, index) => ({
  name: `Bench ${index + 1}`,
  effect,
  scope: 'tenant',
  priority: 100 + index,
  rule_expr: { conditions },
}))
