import type { LedgerEvent } from '../../kernel/ledger/seal-event.ts'
import { spanIdOf, traceIdOf } from '../../lib/trace-id.ts'
import { type Attributes, addSpanEvent, type EndedSpan, type OpenSpan } from './span.ts'

type StepTrace = {
  /** Of its span, ended or not: what comes after its end still stands below it. */
  spanId: string
  /** Null once it has ended. */
  span: OpenSpan | null
  /** What it was when the run ended over it: a retry goes on with it. */
  cut: OpenSpan | null
  /** How often it began; a run that is retried begins it anew. */
  times: number
  /** The agents at work in it. */
  agents: Map<string, OpenSpan>
}

type DecisionTrace = {
  stepId: string | null
  /** What stands above its execution outside of workflows: the answer of people, else the decision. */
  spanId: string | null
  /** Of the answer, until it is given. */
  span: OpenSpan | null
}

/** What of a run has begun and not ended, as its events tell it. */
export type RunTrace = {
  tenantId: string
  runId: string
  /** The number of the last event that was taken in. */
  seq: number
  /** Null while the run is not under way, and for what is no run of a workflow. */
  root: OpenSpan | null
  rootId: string | null
  /** What a retry begins once more. */
  begun: { name: string; attributes: Attributes } | null
  /** How often the run began: once more with each retry. */
  times: number
  steps: Map<string, StepTrace>
  /** Calls of models and tools. */
  calls: Map<string, OpenSpan>
  decisions: Map<string, DecisionTrace>
  effects: Map<string, OpenSpan>
  /** A question whose step is named by the pause that comes right behind it. */
  asked: { decisionId: string; at: bigint; attributes: Attributes } | null
  used: { calls: number; cents: number | null; input: number; output: number }
}

export const NOTHING_USED = { calls: 0, cents: 0, input: 0, output: 0 }

export const openRunTrace = (tenantId: string, runId: string): RunTrace => ({
  tenantId,
  runId,
  seq: 0,
  root: null,
  rootId: null,
  begun: null,
  times: 0,
  steps: new Map(),
  calls: new Map(),
  decisions: new Map(),
  effects: new Map(),
  asked: null,
  used: { ...NOTHING_USED },
})

/** The id of the span of a run or one of its steps, when it began for the first time or another time. */
export const spanIdIn = (tenantId: string, runId: string, names: string[], times = 1): string =>
  spanIdOf(tenantId, runId, ...names, ...(times > 1 ? [String(times)] : []))

/** The step of a run, for links from its children. */
export const stepSpanId = (tenantId: string, runId: string, stepId: string, times = 1) =>
  spanIdIn(tenantId, runId, ['step', stepId], times)

export const runSpanId = (tenantId: string, runId: string, times = 1) =>
  spanIdIn(tenantId, runId, ['run'], times)

/** A run that is none of a workflow never ends, and may hold any number of decisions. */
const MAX_DECISIONS = 1_000

/** Remembers what a decision stands below; the one that was heard of last stands last. */
export function rememberDecision(trace: RunTrace, decisionId: string, decision: DecisionTrace): void {
  const { decisions } = trace
  decisions.delete(decisionId)
  decisions.set(decisionId, decision)
  if (decisions.size > MAX_DECISIONS) decisions.delete(decisions.keys().next().value!)
}

type Begun = {
  spanId: string
  parentId: string | null
  name: string
  kind?: OpenSpan['kind']
  attributes: Attributes
}

export const beginSpan = (trace: RunTrace, { occurredNs }: LedgerEvent, begun: Begun): OpenSpan => ({
  kind: 'internal',
  ...begun,
  startedAt: occurredNs,
  attributes: {
    ...begun.attributes,
    'countersign.run_id': trace.runId,
    'countersign.tenant_id': trace.tenantId,
  },
  events: [],
  droppedEvents: 0,
  links: [],
})

type Fault = { type: string; text: string | null }

export const endSpan = (
  trace: RunTrace,
  span: OpenSpan,
  { occurredNs }: LedgerEvent,
  attributes: Attributes = {},
  fault: Fault | null = null,
): EndedSpan => ({
  ...span,
  traceId: traceIdOf(trace.runId),
  endedAt: occurredNs > span.startedAt ? occurredNs : span.startedAt,
  attributes: { ...span.attributes, ...attributes, ...(fault && { 'error.type': fault.type }) },
  errorType: fault?.type ?? null,
  errorText: fault?.text ?? null,
})

/** What a call of an agent, or what is decided about it, stands below: the agent, else the step, else the run. */
export function parentIn(
  trace: RunTrace,
  stepId: string | null,
  agentId: string | null = null,
): string | null {
  const step = stepId === null ? undefined : trace.steps.get(stepId)
  const agent = agentId === null ? step?.agents.values().next().value : step?.agents.get(agentId)
  return agent?.spanId ?? step?.spanId ?? trace.rootId
}

/** Notes on the span that is about a step, or on the run's. */
export function note(
  trace: RunTrace,
  stepId: string | null,
  { occurredNs }: Pick<LedgerEvent, 'occurredNs'>,
  name: string,
  attributes: Attributes,
): void {
  const step = stepId === null ? undefined : trace.steps.get(stepId)
  const span = step?.agents.values().next().value ?? step?.span ?? trace.root
  if (span) addSpanEvent(span, `countersign.${name}`, occurredNs, attributes)
}
