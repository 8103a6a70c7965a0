import type { Json } from '../../lib/canonical-json.ts'
import { isStorageFailure } from '../../lib/is-storage-failure.ts'
import { pauseFor } from '../../lib/pause-for.ts'
import { checkLatency } from './budgets.ts'
import { chooseEdge } from './choose-edge.ts'
import { type Command, decideNext, type Failure } from './decide-next.ts'
import { endRun } from './end-run.ts'
import { passStart } from './pass-start.ts'
import { pauseRun } from './pause-run.ts'
import { performStep } from './perform-step.ts'
import { isInDoubt, type Step } from './progress.ts'
import { FencedError, millisecondsOf, NewsError, type Segment } from './segment.ts'
import type { StepOutcome } from './step-outcome.ts'

type Parked = Extract<StepOutcome, { type: 'parked' }>

/** A step that is tried again sooner than this is waited for; later, and the run is put aside until then. */
const LONGEST_WAIT_MS = 10_000

/** What is under way in a segment. */
type AtWork = {
  inFlight: Map<string, Promise<void>>
  parked: Map<string, Parked>
  /** Why the run cannot go on although no step failed: no edge could be chosen. A retry chooses again. */
  failure: Failure | null
  /** It only finds out what became of calls that were made: nothing else is begun. */
  failing: boolean
}

/**
 * Drives a run until it waits or ends. Pure steps follow each other in memory; whatever has an effect commits before it
 * begins. Branches run side by side.
 *
 * @throws FencedError when somebody else moved the run on; nothing more is done then.
 */
export async function driveSegment(segment: Segment): Promise<void> {
  const work: AtWork = { inFlight: new Map(), parked: new Map(), failure: null, failing: false }
  try {
    if (!(await passStart(segment))) return
    for (;;) {
      const late = checkLatency(segment) ?? work.failure
      if (!late && !work.failing) segment.signal.throwIfAborted()
      const commands: Command[] = late ? [late] : decideNext(segment.graph, segment.progress, segment.context)
      const end = commands.find(({ type }) => type === 'complete' || type === 'fail')
      if (end) {
        await stopOthers(segment, work)
        if (end.type === 'fail' && (await leaveDoubts(segment, work))) {
          if (await putAside(segment, work, null)) return
          continue
        }
        return await endRun(segment, end)
      }
      for (const command of commands) begin(segment, work, command)
      if (commands.some(({ type }) => type === 'start')) continue
      resumeSteps(segment, work)
      if (work.inFlight.size > 0) {
        await oneOf(segment, work)
        continue
      }
      if (await waitForRetry(segment)) continue
      if (await putAside(segment, work)) return
    }
  } finally {
    if (work.inFlight.size > 0) {
      segment.abort('the segment ended')
      await Promise.allSettled(work.inFlight.values())
    }
    // What finished nevertheless has happened. Who is fenced off keeps nothing.
    await segment.commit().catch(() => {})
  }
}

/**
 * Until something that is under way has ended, or a failed step is due again. What was stopped is no fault: the loop
 * finds out why it was.
 */
async function oneOf(segment: Segment, { inFlight }: AtWork): Promise<void> {
  const due = nextRetry(segment)
  const timer = new AbortController()
  const ends = [...inFlight.values()]
  if (due !== null) {
    const delay = Math.min(due - millisecondsOf(segment.now()), LONGEST_WAIT_MS)
    ends.push(pauseFor(delay, timer.signal).catch(() => {}))
  }
  try {
    await Promise.race(ends)
  } catch (error) {
    if (error instanceof FencedError || !segment.signal.aborted) throw error
  } finally {
    timer.abort()
  }
}

function begin(segment: Segment, work: AtWork, command: Command): void {
  if (command.type === 'choose_edge') {
    const step = segment.progress.steps.get(command.stepId)!
    const key = `${step.stepId} edge`
    if (work.inFlight.has(key)) return
    const choosing = chooseEdge(segment, step).then((fault) => {
      if (!fault) return
      segment.record(errorOf(step, fault))
      work.failure ??= { type: 'fail', error: fault.error, errorType: fault.errorType, nodeId: step.nodeId }
    })
    launch(work, key, choosing)
    return
  }
  if (command.type !== 'start') return
  const node = segment.graph.nodes.get(command.nodeId)!
  const step = { step_id: command.stepId, node_id: command.nodeId }
  segment.record({
    kind: 'step_started',
    payload: { ...step, node_type: node.type, input: command.input, attempt: command.attempt },
  })
  if (node.type !== 'static') {
    perform(segment, work, segment.progress.steps.get(command.stepId)!)
    return
  }
  const output = node.config.output ?? node.config.value
  recordCompleted(
    segment,
    segment.progress.steps.get(command.stepId)!,
    output === undefined ? command.input : output,
  )
}

function recordCompleted(
  segment: Segment,
  { stepId: step_id, nodeId: node_id, startedAt: started_at }: Step,
  output: Json,
): void {
  segment.record({ kind: 'step_completed', payload: { step_id, node_id, output, started_at, reused: false } })
}

/** Steps that were at work when the run was left, were answered, or are due for another attempt. */
function resumeSteps(segment: Segment, work: AtWork): void {
  for (const step of segment.progress.steps.values()) {
    if (work.inFlight.has(step.stepId) || work.parked.has(step.stepId)) continue
    if (step.status === 'running') perform(segment, work, step)
    else if (step.status === 'waiting' && !step.waiting && isDue(segment, step)) {
      const { stepId: step_id, nodeId: node_id, nodeType: node_type, input } = step
      segment.record({
        kind: 'step_started',
        payload: { step_id, node_id, node_type, input, attempt: step.attempt + 1 },
      })
      perform(segment, work, step)
    }
  }
}

const isDue = (segment: Segment, step: Step) =>
  step.retryAt === null || millisecondsOf(step.retryAt) <= millisecondsOf(segment.now())

function perform(segment: Segment, work: AtWork, step: Step): void {
  launch(
    work,
    step.stepId,
    performStep(segment, step).then((outcome) => {
      if (outcome.type === 'parked') work.parked.set(step.stepId, outcome)
      // What failed because it was stopped has not come out: whoever goes on with the run finds it under way.
      else if (outcome.type === 'completed' || !segment.signal.aborted) recordOutcome(segment, step, outcome)
    }),
  )
}

/** A rejection is kept until somebody looks: it ends the segment. */
function launch(work: AtWork, key: string, promise: Promise<void>): void {
  const settled = promise.finally(() => work.inFlight.delete(key))
  settled.catch(() => {})
  work.inFlight.set(key, settled)
}

function recordOutcome(segment: Segment, step: Step, outcome: Exclude<StepOutcome, Parked>): void {
  if (outcome.type === 'completed') {
    recordCompleted(segment, step, outcome.output)
    return
  }
  const place = { step_id: step.stepId, node_id: step.nodeId }
  const { error, errorType } = outcome
  const retryAt = outcome.retryable ? nextAttempt(segment, step, errorType) : null
  segment.record(errorOf(step, outcome), {
    kind: 'step_failed',
    payload: { ...place, attempt: step.attempt, error, error_type: errorType, retry_at: retryAt },
  })
}

function errorOf(step: Step, fault: Extract<StepOutcome, { type: 'failed' }>) {
  const { error, errorType, budget, toolId } = fault
  return {
    kind: 'error' as const,
    payload: {
      error,
      error_type: errorType,
      node_id: step.nodeId,
      tool_id: toolId ?? null,
      reason: budget?.reason ?? null,
      limit: budget?.limit ?? null,
      actual: budget?.actual ?? null,
    },
  }
}

/** When a failed step is tried again, by its node's retry policy; null when it is not. */
function nextAttempt(segment: Segment, step: Step, errorType: string): string | null {
  const retry = segment.graph.nodes.get(step.nodeId)?.config.retry
  if (!retry || step.attempt >= retry.max_attempts) return null
  if (retry.on && !retry.on.includes(errorType)) return null
  const delay = retry.backoff_ms * retry.backoff_factor ** (step.attempt - 1)
  return new Date(millisecondsOf(segment.now()) + Math.min(delay, 86_400_000)).toISOString()
}

/** True when some step is to be tried again soon, and it is time now. */
async function waitForRetry(segment: Segment): Promise<boolean> {
  const next = nextRetry(segment)
  if (next === null) return false
  const delay = next - millisecondsOf(segment.now())
  if (delay > LONGEST_WAIT_MS) return false
  await segment.commit()
  // When it is cut short the loop finds out why.
  await pauseFor(delay, segment.signal).catch(() => {})
  return true
}

function nextRetry(segment: Segment): number | null {
  const times = [...segment.progress.steps.values()].flatMap(({ status, waiting, retryAt }) =>
    status === 'waiting' && !waiting && retryAt ? [millisecondsOf(retryAt)] : [],
  )
  return times.length > 0 ? Math.min(...times) : null
}

/**
 * Everything waits: the run becomes rows. One gate is open at a time; the others are asked when it is answered. True
 * when it is done, false when something came in between.
 */
async function putAside(segment: Segment, work: AtWork, retryAt = nextRetry(segment)): Promise<boolean> {
  const parked = [...work.parked.values()]
  const chosen =
    parked.find(({ gate }) => gate !== null) ??
    parked.find(({ waiting }) => waiting.for === 'approval') ??
    parked[0]
  const wakeAt = earliest([
    ...parked.map(({ waiting }) => waiting.wake_at),
    retryAt === null ? null : new Date(retryAt).toISOString(),
  ])
  const waiting = chosen ? { ...chosen.waiting, wake_at: wakeAt } : waitingForRetry(segment, wakeAt)
  try {
    await pauseRun(segment, waiting, chosen?.gate ?? null)
    return true
  } catch (error) {
    if (!(error instanceof NewsError)) throw error
    if (await segment.readNews()) work.parked.clear()
    return false
  }
}

function waitingForRetry(segment: Segment, wakeAt: string | null) {
  const step = [...segment.progress.steps.values()].find(
    ({ retryAt, status }) => status === 'waiting' && retryAt,
  )
  if (!step) throw new Error(`run ${segment.runId} is stuck: nothing is at work and nothing is waited for`)
  return {
    for: 'time' as const,
    step_id: step.stepId,
    node_id: step.nodeId,
    reason: `step ${step.nodeId} is tried again at ${wakeAt}`,
    decision_id: null,
    policy_id: null,
    wake_at: wakeAt,
    event_name: null,
    run_id: null,
  }
}

function earliest(times: (string | null)[]): string | null {
  return (
    times.filter((time) => time !== null).sort((a, b) => millisecondsOf(a) - millisecondsOf(b))[0] ?? null
  )
}

/** What other branches have under way when the run ends is stopped, and its results are kept. */
async function stopOthers(segment: Segment, { inFlight }: AtWork): Promise<void> {
  if (inFlight.size === 0) return
  segment.abort('another step ended the run')
  await Promise.allSettled(inFlight.values())
}

/**
 * A run fails only when it is known what became of each of its calls: afterwards nobody would be asked. Nothing else is
 * begun any more. True when a human must say first.
 */
async function leaveDoubts(segment: Segment, work: AtWork): Promise<boolean> {
  work.failing = true
  segment.abort('the run has failed')
  work.parked.clear()
  for (const step of segment.progress.steps.values()) {
    if (step.status !== 'completed' && step.status !== 'failed' && isInDoubt(step))
      perform(segment, work, step)
  }
  for (const result of await Promise.allSettled(work.inFlight.values())) {
    const error = result.status === 'rejected' ? result.reason : null
    if (error instanceof FencedError || isStorageFailure(error)) throw error
  }
  return work.parked.size > 0
}
