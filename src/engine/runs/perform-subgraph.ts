import { newUuid } from '../../lib/ids.ts'
import type { WorkflowNode } from '../workflows/schema.ts'
import { faultMetByChild } from './budgets.ts'
import { drivingKey } from './engine.ts'
import { countedOf, type Step } from './progress.ts'
import { readRunRow } from './run-rows.ts'
import type { Run } from './schema.ts'
import type { Segment } from './segment.ts'
import { appOf, startRun } from './start-run.ts'
import { failed, type StepOutcome } from './step-outcome.ts'

/** Workflows that run each other in a circle end here. */
const MAX_DEPTH = 10

/** Runs another workflow as a child and answers with its result. While the child waits, so does this run. */
export async function performSubgraph(
  segment: Segment,
  step: Step,
  node: WorkflowNode,
): Promise<StepOutcome> {
  const { engine, tenantId } = segment
  const { database } = engine.kernel
  let childId = step.child ?? (await usableChild(segment, step))
  if (!childId) {
    if ((await depthOf(segment)) >= MAX_DEPTH) {
      return failed(
        'too_deep',
        `workflows that run workflows may be ${MAX_DEPTH} deep; ${node.config.workflow_id} would be deeper`,
      )
    }
    childId = newUuid()
    segment.record({
      kind: 'child_run_started',
      payload: { ...placeOf(step), run_id: childId, workflow_id: node.config.workflow_id! },
    })
    // Its id stands in the log before it begins, so that after a crash the same child is found or begun.
    await segment.commit()
  }
  const known =
    engine.driving.has(drivingKey(tenantId, childId)) || (await readRunRow(database, tenantId, childId))
  segment.signal.throwIfAborted()
  if (!known) await startChild(segment, step, node, childId)
  await whileDriven(segment, childId)
  const child = await readRunRow(database, tenantId, childId)
  if (!child)
    return failed(
      'child_lost',
      `run ${childId} of ${node.config.workflow_id} was not recorded; retry the run`,
    )
  if (child.finished_at) {
    // One that was given another try has told of a part of it before.
    const counted = countedOf(segment.progress, childId)
    segment.record({
      kind: 'child_run_ended',
      payload: {
        ...placeOf(step),
        run_id: childId,
        status: child.status,
        llm_calls: child.llm_calls - counted.llm_calls,
        cost_cents: child.cost_cents === null ? null : child.cost_cents - counted.cost_cents,
      },
    })
  }
  return outcomeOf(segment, child, step)
}

/** What an earlier attempt began, unless it came to nothing: a person may have given it another try. */
async function usableChild({ engine, tenantId }: Segment, step: Step): Promise<string | null> {
  const childId = step.children.at(-1)
  const child = childId ? await readRunRow(engine.kernel.database, tenantId, childId) : null
  return child && child.status !== 'failed' && child.status !== 'cancelled' ? child.id : null
}

const placeOf = (step: Step) => ({ step_id: step.stepId, node_id: step.nodeId })

async function startChild(segment: Segment, step: Step, node: WorkflowNode, childId: string): Promise<void> {
  const { engine, principal } = segment
  const { mode, limits, llm_calls: calls, cost_cents: spent } = segment.execution()
  // The child may use what is left of this run's limits.
  const left = (limit: number | null, used: number) => (limit === null ? null : Math.max(0, limit - used))
  await startRun({ engine, principal }, node.config.workflow_id!, {
    runId: childId,
    input: step.input,
    mode,
    limits: {
      cost_limit_cents: left(limits.cost_limit_cents, Math.ceil(spent)),
      llm_calls_limit: left(limits.llm_calls_limit, calls),
      latency_slo_ms: null,
    },
    app: appOf(segment.progress.started!),
    parent: { runId: segment.runId, stepId: step.stepId },
  })
}

/** Waits while this process drives the child; ends it with this run. */
async function whileDriven(segment: Segment, childId: string): Promise<void> {
  const driving = segment.engine.driving.get(drivingKey(segment.tenantId, childId))
  const stop = () => driving?.abort('its parent ended')
  segment.signal.addEventListener('abort', stop, { once: true })
  if (segment.signal.aborted) stop()
  await driving?.settled
  segment.signal.removeEventListener('abort', stop)
  segment.signal.throwIfAborted()
}

function outcomeOf({ execution }: Segment, child: Run, step: Step): StepOutcome {
  const name = `run ${child.id} of ${child.workflow_id}`
  switch (child.status) {
    case 'completed':
      return { type: 'completed', output: child.result }
    case 'failed': {
      const error = `${name} failed: ${child.error?.error}`
      const budget = faultMetByChild(execution(), child.error)
      return budget
        ? { type: 'failed', error, errorType: 'budget_exceeded', retryable: false, budget }
        : failed('child_failed', error)
    }
    case 'cancelled':
      return failed('child_failed', `${name} was cancelled`)
    default:
      return {
        type: 'parked',
        gate: null,
        waiting: {
          for: 'run',
          step_id: step.stepId,
          node_id: step.nodeId,
          reason: `waits for run ${child.id} of ${child.workflow_id}${child.waiting ? `, which ${child.waiting.reason}` : ''}`,
          decision_id: null,
          policy_id: null,
          wake_at: null,
          event_name: null,
          run_id: child.id,
        },
      }
  }
}

async function depthOf(segment: Segment): Promise<number> {
  let depth = 0
  let parent = segment.progress.started!.parent?.run_id ?? null
  while (parent !== null && depth < MAX_DEPTH) {
    depth++
    parent =
      (await readRunRow(segment.engine.kernel.database, segment.tenantId, parent))?.parent_run_id ?? null
  }
  return depth
}
