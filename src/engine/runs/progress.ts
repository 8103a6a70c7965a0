import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import type { Json } from '../../lib/canonical-json.ts'
import type { Graph } from '../workflows/graph.ts'

export type StepStatus = 'running' | 'waiting' | 'completed' | 'failed'

/** A model was asked: by call, with the answer as far as there is one. */
export type ModelCall = { intended: PayloadOf<'llm_call_intended'>; answered: PayloadOf<'llm_call'> | null }
export type ToolCall = { intended: PayloadOf<'tool_call_intended'>; finished: PayloadOf<'tool_call'> | null }

/** One visit of a node. */
export type Step = {
  stepId: string
  nodeId: string
  nodeType: string
  status: StepStatus
  input: Json
  output: Json
  reused: boolean
  error: string | null
  errorType: string | null
  attempt: number
  /** When the next attempt begins. */
  retryAt: string | null
  /** What it waits for, while it does. */
  waiting: PayloadOf<'run_paused'> | null
  /** Whether a human was asked about it, and what the last one said. */
  asked: boolean
  approval: Json
  decisions: PayloadOf<'decision_recorded'>[]
  /** What was asked and answered in the attempt under way, in order. */
  calls: (ModelCall | ToolCall)[]
  children: string[]
  /** The run that this attempt began and that still counts. */
  child: string | null
  route: PayloadOf<'route_chosen'> | null
  startedAt: string
  finishedAt: string | null
}

/** A step has ended and the next one on this path has not begun: who comes from where. */
export type Token = { from: string; to: string }

/** What a run was told, and the wait that took it. */
export type Received = { event: PayloadOf<'event_received'>; takenBy: string | null }

/** Who answered a gate, and what they said: yes or no, why, and whatever else came with that very answer. */
type GateAnswer = { by: string; input: Json }

/** A question that was put before a human, and the answer as far as there is one. */
export type Gate = {
  request: PayloadOf<'approval_requested'>
  status: 'pending' | 'approved' | 'rejected' | 'expired'
  votes: number
  /** The step that asks, once the run is put aside for it. */
  stepId: string | null
  answer: GateAnswer | null
}

/** How far a run is, step by step: folded from its events and never stored. */
export type Progress = {
  input: Json
  started: PayloadOf<'run_started'> | null
  /** The policies' word on the start, and what a human answered where they asked for one. */
  startDecision: PayloadOf<'decision_recorded'> | null
  steps: Map<string, Step>
  /** In order of their steps' ends. */
  tokens: Token[]
  /** Steps that ended their path. */
  ends: string[]
  received: Received[]
  /** By decision. Only the gate writes these events into a workflow's run, and only for somebody with authority. */
  gates: Map<string, Gate>
  visits: Map<string, number>
  /** How often the run was given another try. */
  retries: number
  /** What children used that counts for this run already, by run. */
  counted: Map<string, Usage>
}

type Usage = { llm_calls: number; cost_cents: number }

export const countedOf = ({ counted }: Pick<Progress, 'counted'>, childId: string): Usage =>
  counted.get(childId) ?? { llm_calls: 0, cost_cents: 0 }

export const initialProgress = (): Progress => ({
  input: null,
  started: null,
  startDecision: null,
  steps: new Map(),
  tokens: [],
  ends: [],
  received: [],
  gates: new Map(),
  visits: new Map(),
  retries: 0,
  counted: new Map(),
})

export const isToolCall = (call: ModelCall | ToolCall): call is ToolCall => 'finished' in call

/** A call that was made, and whose answer is not what the tool's schema says. */
export const isUnusable = ({ finished }: ToolCall): boolean => finished?.error_type === 'invalid_output'

/** Whether a call was begun and has no result, or none that says what became of it. */
export const isOpen = ({ finished }: ToolCall): boolean => finished === null || finished.outcome === 'unknown'

/** Whether nobody knows what became of a call that this attempt at a step made. */
export const isInDoubt = (step: Step): boolean =>
  step.calls.some((call) => isToolCall(call) && call.intended.attempt === step.attempt && isOpen(call))

/** Steps have the id of their node and the number of the visit, so that a replay gives them the same again. */
export const stepIdOf = (nodeId: string, visit: number) => `${nodeId}:${visit}`

/** The event that a step waits for; null where it waits for none. */
export function eventWaitedFor(graph: Graph, { nodeId }: Pick<Step, 'nodeId'>): string | null {
  const node = graph.nodes.get(nodeId)
  return node?.type === 'wait' ? (node.config.event ?? null) : null
}
