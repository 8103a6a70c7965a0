import { readEventsAfter } from '../../kernel/ledger/read-run.ts'
import type { Json } from '../../lib/canonical-json.ts'
import type { EngineContext } from '../runs/engine.ts'
import { requireRun } from '../runs/move-run.ts'

/** What an agent that was put to work by itself answered, and what it called on the way. */
export async function describeAgentRun(context: EngineContext, agentId: string, runId: string) {
  const { engine, principal } = context
  const run = await requireRun(context, runId)
  const events = await readEventsAfter(engine.kernel.database, principal.tenantId, runId, 0, 1000)
  const answers = events.flatMap((event) => (event.kind === 'llm_call' ? [event.payload] : []))
  const calls = events.flatMap((event) => (event.kind === 'tool_call' ? [event.payload] : []))
  const last = answers.at(-1)
  return {
    agent_id: agentId,
    run_id: runId,
    status: run.status,
    text: last?.response ?? textOf(run.result),
    output: run.result,
    tool_calls: calls.map(({ tool_id, input, output, error }): Json => ({ tool_id, input, output, error })),
    finish_reason: run.status === 'completed' ? (last?.finish_reason ?? 'stop') : run.status,
    error: run.error?.error ?? null,
  }
}

function textOf(result: Json): string {
  if (
    typeof result === 'object' &&
    result !== null &&
    !Array.isArray(result) &&
    typeof result.text === 'string'
  ) {
    return result.text
  }
  return result === null ? '' : JSON.stringify(result)
}
