import type { Step } from '../../../engine/runs/progress.ts'
import type { Json } from '../../../lib/canonical-json.ts'
import { STEP_NAMES } from '../workflow.ts'
import { type CopilotState, stepNameOf } from './read-copilot-run.ts'
import type { CopilotStep, CopilotToolCall } from './schema.ts'

/**
 * The steps of a run in the order in which they began, from its being made. What waits for somebody becomes a step once they
 * have come.
 */
export function presentCopilotSteps({ row, progress, execution }: CopilotState): CopilotStep[] {
  const at = row.created_at.toISOString()
  const created: CopilotStep = {
    id: `${row.run_id}/created`,
    run_id: row.run_id,
    step_name: 'RUN_CREATED',
    agent: 'API',
    status: 'DONE',
    input: { intent: row.intent, walletAddress: row.wallet_address, chainId: row.chain_id },
    output: { runId: row.run_id },
    error: null,
    started_at: at,
    ended_at: at,
  }
  const ended = execution !== null && execution.status !== 'running' && execution.status !== 'paused'
  const steps = progress
    ? [...progress.steps.values()].filter(
        ({ nodeId, status }) => nodeId in STEP_NAMES || status !== 'waiting',
      )
    : []
  return [created, ...steps.map((step) => present(row.run_id, step, ended))]
}

function present(runId: string, step: Step, ended: boolean): CopilotStep {
  const { nodeId, status, input, output, error, startedAt, finishedAt } = step
  return {
    id: `${runId}/${step.stepId}`,
    run_id: runId,
    step_name: stepNameOf(nodeId),
    agent: nodeId in STEP_NAMES ? 'GRAPH' : nodeId === 'approval' ? 'HUMAN' : 'API',
    status: status === 'completed' ? 'DONE' : status === 'failed' ? 'FAILED' : ended ? 'SKIPPED' : 'STARTED',
    input,
    output: status === 'completed' ? output : null,
    error,
    started_at: startedAt,
    ended_at: finishedAt,
  }
}

/** Every call that the pipeline made, of the chain and of tools, in the order in which they ended. */
export function presentToolCalls({ row, events }: CopilotState): CopilotToolCall[] {
  const begun = new Map<string, string>()
  return events.flatMap((event): CopilotToolCall[] => {
    if (event.kind === 'tool_call_intended') begun.set(event.payload.call_id, event.occurredAt)
    if (event.kind === 'outside_read') {
      const { name, request, response, error, started_at, ended_at, step_id } = event.payload
      const step = `${row.run_id}/${step_id}`
      return [call(event.eventId, step, name, request, response, error, started_at, ended_at)]
    }
    if (event.kind !== 'tool_call') return []
    const { tool_id, input, output, error, call_id, step_id } = event.payload
    const started = begun.get(call_id) ?? event.occurredAt
    return [
      call(
        event.eventId,
        `${row.run_id}/${step_id}`,
        tool_id,
        input,
        output,
        error,
        started,
        event.occurredAt,
      ),
    ]
  })

  function call(
    id: string,
    step_id: string,
    tool_name: string,
    request: Json,
    response: Json,
    error: string | null,
    started_at: string,
    ended_at: string,
  ): CopilotToolCall {
    return { id, run_id: row.run_id, step_id, tool_name, request, response, error, started_at, ended_at }
  }
}
