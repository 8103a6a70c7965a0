import type { Step } from '../../../engine/runs/progress.ts'
import type { LedgerEvent } from '../../../kernel/ledger/seal-event.ts'
import type { Json } from '../../../lib/canonical-json.ts'
import { STEP_NAMES } from '../workflow.ts'
import type { CopilotRow } from './copilot-rows.ts'
import { type CopilotState, stepNameOf } from './read-copilot-run.ts'
import type { CopilotStep, CopilotToolCall } from './schema.ts'
import { stepsToldBy } from './told-steps.ts'

/**
 * The steps of a run in the order in which they began, from its being made. What waits for somebody becomes a step once they
 * have come; who approves or rejects leaves two rows, that they came and what it came to.
 */
export function presentCopilotSteps({ row, progress, execution, events }: CopilotState): CopilotStep[] {
  const rows = [createdStep(row)]
  const ended = execution !== null && execution.status !== 'running' && execution.status !== 'paused'
  const shown = new Set<string>()
  let answers: Record<string, Json> = {}
  let approvalId: string | null = null
  for (const event of events) {
    const { kind, eventId, occurredAt } = event
    for (const [at, told] of stepsToldBy(event).entries()) {
      const isApproval = told.step_name === 'HUMAN_APPROVAL' && told.status === 'DONE'
      // What the step itself asked and called stands at the row that tells its outcome.
      const own = isApproval && kind === 'approval_resolved' && approvalId !== null ? approvalId : null
      if (own) shown.add(own)
      const ends = told.status === 'STARTED' ? null : occurredAt
      const id = `${row.run_id}/${own ?? `${eventId}/${at}`}`
      rows.push({ id, run_id: row.run_id, agent: 'API', ...told, started_at: occurredAt, ended_at: ends })
    }
    if (kind !== 'step_started' && kind !== 'step_completed' && kind !== 'step_failed') continue
    const step = progress?.steps.get(event.payload.step_id)
    if (!step || shown.has(step.stepId)) continue
    if (step.nodeId === 'approval') approvalId = step.stepId
    if (!hasCome(step, kind)) continue
    shown.add(step.stepId)
    if (step.nodeId === 'answers') answers = { ...answers, ...Object(Object(step.output).answers) }
    rows.push(present(row, step, { ended, answers }))
  }
  return rows
}

/** Whether somebody was there for what waits for them. An approval is told by who gave it, unless it ended without anybody. */
function hasCome({ nodeId, status }: Step, kind: LedgerEvent['kind']): boolean {
  if (nodeId in STEP_NAMES || nodeId === 'wallet') return true
  if (nodeId === 'approval') return kind !== 'step_started'
  return status !== 'waiting'
}

function createdStep({ run_id, intent, wallet_address, chain_id, created_at }: CopilotRow): CopilotStep {
  const at = created_at.toISOString()
  return {
    id: `${run_id}/created`,
    run_id,
    step_name: 'RUN_CREATED',
    agent: 'API',
    status: 'DONE',
    input: { intent, walletAddress: wallet_address, chainId: chain_id },
    output: { runId: run_id },
    error: null,
    started_at: at,
    ended_at: at,
  }
}

type Standing = { ended: boolean; answers: Record<string, Json> }

function present(row: CopilotRow, step: Step, { ended, answers }: Standing): CopilotStep {
  const { nodeId, status, output, error, startedAt, finishedAt } = step
  const isPipeline = nodeId in STEP_NAMES
  const { wallet_address: wallet, chain_id: chainId } = row
  const said = nodeId === 'normalize' && { intent: row.intent, answers }
  return {
    id: `${row.run_id}/${step.stepId}`,
    run_id: row.run_id,
    step_name: stepNameOf(nodeId),
    agent: isPipeline ? 'GRAPH' : 'API',
    status: status === 'completed' ? 'DONE' : status === 'failed' ? 'FAILED' : ended ? 'SKIPPED' : 'STARTED',
    // Beside what the steps before it left, which are the artifacts.
    input: isPipeline ? { chainId, wallet, ...said } : step.input,
    output: status === 'completed' ? output : null,
    error,
    started_at: startedAt,
    ended_at: finishedAt,
  }
}

/** Every call that was made for a run, of the chain and of tools, in the order in which they ended. */
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
