import type { WorkflowDefinition } from '../../engine/workflows/schema.ts'

export const COPILOT_WORKFLOW_ID = 'web3_copilot_v1'
export const WEB3_TRANSACTION = 'web3.transaction'
/** What a run waits for from outside. */
export const ANSWERS_EVENT = 'copilot.answers'
export const SETTLED_EVENT = 'copilot.settled'
/** Beside what it waits for, for the record: a hash was reported. */
export const SUBMITTED_EVENT = 'copilot.tx_submitted'
/** The bytes were handed out: from here on a wallet may have sent them. */
export const HANDED_OUT_EVENT = 'copilot.handed_out'

/** The steps that are code, by node, with the name that each has in the list of steps. */
export const STEP_NAMES = {
  normalize: 'INPUT_NORMALIZE',
  precheck: 'PRECHECK',
  snapshot: 'WALLET_SNAPSHOT',
  plan: 'PLAN_TX',
  build: 'BUILD_TXS',
  simulate: 'SIMULATE_TXS',
  policy: 'POLICY_EVAL',
  security: 'SECURITY_EVAL',
  judge: 'JUDGE_AGENT',
  repair_router: 'REPAIR_ROUTER',
  repair_plan: 'REPAIR_PLAN_TX',
  clarify: 'CLARIFY',
  finalize: 'FINALIZE',
} as const
export type StepNode = keyof typeof STEP_NAMES

const functionNode = (id: StepNode) => ({
  id,
  type: 'function' as const,
  name: STEP_NAMES[id],
  // What came before is read from the run, not handed from node to node.
  config: { function: `copilot.${id}`, input: null },
})

const edge = (from: string, to: string, condition?: string) => ({
  from,
  to,
  ...(condition !== undefined && { condition }),
})
/** A step may end the pipeline early: with a question, or because there is nothing to go on with. */
const mayEnd = (from: StepNode, next: StepNode) => [
  edge(from, 'clarify', 'ask'),
  edge(from, 'finalize', 'stop'),
  edge(from, next),
]

/** From a sentence to transactions that a human has approved and a wallet has sent. */
export const COPILOT_WORKFLOW = {
  entry: 'normalize',
  nodes: [
    ...(Object.keys(STEP_NAMES) as StepNode[]).map(functionNode),
    { id: 'answers', type: 'wait', config: { event: ANSWERS_EVENT, input: null } },
    {
      id: 'approval',
      type: 'tool_node',
      name: 'HUMAN_APPROVAL',
      config: { tool_id: WEB3_TRANSACTION, input: '$steps.finalize.output.proposal' },
    },
    { id: 'wallet', type: 'wait', config: { event: SETTLED_EVENT, input: null } },
  ],
  edges: [
    edge('normalize', 'precheck'),
    ...mayEnd('precheck', 'snapshot'),
    ...mayEnd('snapshot', 'plan'),
    ...mayEnd('plan', 'build'),
    ...mayEnd('build', 'simulate'),
    ...mayEnd('simulate', 'policy'),
    edge('policy', 'security'),
    edge('security', 'judge'),
    edge('judge', 'repair_router'),
    edge('repair_router', 'repair_plan', 'repair'),
    edge('repair_router', 'finalize'),
    ...mayEnd('repair_plan', 'build'),
    edge('clarify', 'finalize'),
    edge('finalize', 'approval', 'ready'),
    edge('finalize', 'answers', 'needs_input'),
    edge('answers', 'normalize'),
    edge('approval', 'wallet'),
  ],
  // Somebody may be asked many times.
  max_steps: 2_000,
} as const satisfies WorkflowDefinition
