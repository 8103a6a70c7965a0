import { isDeepStrictEqual } from 'node:util'
import type { EventContent, PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import { choosesEdge, type Graph } from '../workflows/graph.ts'
import {
  countedOf,
  eventWaitedFor,
  isOpen,
  isToolCall,
  isUnusable,
  type Progress,
  type Step,
} from './progress.ts'

/** Takes one more event in. The graph tells where a path leads; nothing else decides here. */
export function evolveProgress(
  graph: Graph,
  progress: Progress,
  content: EventContent,
  occurredAt: string,
): void {
  switch (content.kind) {
    case 'run_started':
      progress.started = content.payload
      progress.input = content.payload.input
      return
    case 'approval_requested':
      progress.gates.set(content.payload.decision_id, {
        request: content.payload,
        status: 'pending',
        votes: 0,
        stepId: null,
        answer: null,
      })
      return
    case 'approval_vote_cast':
    case 'approval_resolved':
    case 'approval_expired':
      answerGate(progress, content)
      return
    case 'event_received':
      progress.received.push({ event: content.payload, takenBy: null })
      return
    case 'run_resumed':
      resume(progress, content.payload)
      return
    case 'run_paused': {
      const { step_id: stepId, decision_id: decisionId } = content.payload
      const step = progress.steps.get(stepId)
      const gate = decisionId === null ? undefined : progress.gates.get(decisionId)
      if (gate) gate.stepId = stepId
      if (step && gate) step.asked = true
      // One that is tried again later waits for its next attempt, whoever wakes the run.
      if (step && step.retryAt === null) {
        step.status = 'waiting'
        step.waiting = content.payload
      }
      return
    }
    case 'step_started':
      startStep(progress, content.payload, occurredAt)
      return
    case 'step_completed': {
      const step = progress.steps.get(content.payload.step_id)!
      step.status = 'completed'
      step.output = content.payload.output
      step.reused = content.payload.reused
      step.approval = content.payload.approval ?? step.approval
      step.finishedAt = occurredAt
      step.waiting = null
      takeEvent(graph, progress, step)
      leaveStep(graph, progress, step)
      return
    }
    case 'step_failed': {
      const { step_id, error, error_type, retry_at } = content.payload
      const step = progress.steps.get(step_id)!
      step.error = error
      step.errorType = error_type
      step.retryAt = retry_at
      step.status = retry_at ? 'waiting' : 'failed'
      if (!retry_at) step.finishedAt = occurredAt
      return
    }
    case 'route_chosen': {
      const step = progress.steps.get(content.payload.step_id)!
      step.route = content.payload
      if (step.status === 'completed') follow(progress, step, content.payload.target_node)
      return
    }
    case 'decision_recorded': {
      const step = content.payload.step_id && progress.steps.get(content.payload.step_id)
      if (step) step.decisions.push(content.payload)
      else if (content.payload.action === 'run_start') progress.startDecision = content.payload
      return
    }
    case 'child_run_started': {
      const step = progress.steps.get(content.payload.step_id)!
      step.children.push(content.payload.run_id)
      step.child = content.payload.run_id
      return
    }
    case 'child_run_ended': {
      const { run_id: childId, llm_calls: calls, cost_cents: cents } = content.payload
      const { llm_calls, cost_cents } = countedOf(progress, childId)
      progress.counted.set(childId, { llm_calls: llm_calls + calls, cost_cents: cost_cents + (cents ?? 0) })
      return
    }
    case 'tool_call_intended':
      progress.steps.get(content.payload.step_id)!.calls.push({ intended: content.payload, finished: null })
      return
    case 'llm_call_intended':
      progress.steps.get(content.payload.step_id)!.calls.push({ intended: content.payload, answered: null })
      return
    case 'tool_call':
    case 'llm_call':
      answerCall(progress, content)
      return
  }
}

type GateEvent = Extract<
  EventContent,
  { kind: 'approval_vote_cast' | 'approval_resolved' | 'approval_expired' }
>

function answerGate(progress: Progress, content: GateEvent): void {
  const gate = progress.gates.get(content.payload.decision_id ?? '')
  if (!gate) return
  if (content.kind === 'approval_expired') gate.status = 'expired'
  else if (content.kind === 'approval_resolved') {
    gate.status = content.payload.status
    const { authenticated_as: by, input, status, reason } = content.payload
    gate.answer = { by, input: { ...input, approved: status === 'approved', reason } }
    const step = gate.stepId === null ? undefined : progress.steps.get(gate.stepId)
    if (step) step.approval = gate.answer.input
  }
  if (content.kind === 'approval_vote_cast' || gate.status === 'approved') gate.votes++
}

function startStep(progress: Progress, payload: PayloadOf<'step_started'>, occurredAt: string): void {
  const { step_id: stepId, node_id: nodeId, node_type: nodeType, input, attempt } = payload
  const known = progress.steps.get(stepId)
  if (known) {
    Object.assign(known, {
      status: 'running',
      attempt,
      error: null,
      errorType: null,
      retryAt: null,
      waiting: null,
    })
    known.finishedAt = null
    // What was done and answered badly, or may have been done, is not forgotten with its attempt.
    known.calls = known.calls.filter((call) => isToolCall(call) && (isUnusable(call) || isOpen(call)))
    known.child = null
    return
  }
  progress.visits.set(nodeId, (progress.visits.get(nodeId) ?? 0) + 1)
  progress.tokens = progress.tokens.filter(({ to }) => to !== nodeId)
  progress.steps.set(stepId, {
    stepId,
    nodeId,
    nodeType,
    status: 'running',
    input,
    output: null,
    reused: false,
    error: null,
    errorType: null,
    attempt,
    retryAt: null,
    waiting: null,
    asked: false,
    approval: null,
    decisions: [],
    calls: [],
    children: [],
    child: null,
    route: null,
    startedAt: occurredAt,
    finishedAt: null,
  })
}

/**
 * A wait that ended with an event has taken the oldest one of that name; one whose time was up took none. In a replay
 * its output tells which it was.
 */
function takeEvent(graph: Graph, progress: Progress, step: Step): void {
  const name = eventWaitedFor(graph, step)
  if (name === null || step.reused || progress.received.some(({ takenBy }) => takenBy === step.stepId)) return
  const taken = progress.received.find(
    ({ event, takenBy }) =>
      takenBy === null && event.name === name && isDeepStrictEqual(event.payload, step.output),
  )
  if (taken) taken.takenBy = step.stepId
}

/** A run that goes on wakes what it waited with; a retry gives the failed steps another attempt. */
function resume(progress: Progress, payload: PayloadOf<'run_resumed'>): void {
  if (payload.cause === 'retry') progress.retries++
  for (const step of progress.steps.values()) {
    // What a failed run had begun was cancelled with it.
    if (payload.cause === 'retry') step.child = null
    if (step.status === 'waiting' && step.waiting) {
      step.status = 'running'
      step.waiting = null
    } else if (payload.cause === 'retry' && step.status === 'failed') {
      step.status = 'waiting'
      step.retryAt = null
      step.finishedAt = null
    }
  }
}

/** Where the path goes on: every unconditional edge, the chosen one, or nowhere. */
function leaveStep(graph: Graph, progress: Progress, step: Step): void {
  const node = graph.nodes.get(step.nodeId)
  if (node?.type === 'router' || choosesEdge(graph, step.nodeId)) {
    if (step.route) follow(progress, step, step.route.target_node)
    return
  }
  const edges = graph.edgesFrom(step.nodeId)
  if (edges.length === 0) progress.ends.push(step.stepId)
  for (const { to } of edges) progress.tokens.push({ from: step.stepId, to })
}

function follow(progress: Progress, step: Step, target: string | null): void {
  if (target === null) progress.ends.push(step.stepId)
  else progress.tokens.push({ from: step.stepId, to: target })
}

function answerCall(
  progress: Progress,
  content: Extract<EventContent, { kind: 'tool_call' | 'llm_call' }>,
): void {
  const step = progress.steps.get(content.payload.step_id)
  const call = step?.calls.find(({ intended }) => intended.call_id === content.payload.call_id)
  if (!call) return
  if (content.kind === 'tool_call' && isToolCall(call)) call.finished = content.payload
  if (content.kind === 'llm_call' && !isToolCall(call)) call.answered = content.payload
}
