import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { isStorageFailure } from '../../lib/is-storage-failure.ts'
import { pauseFor } from '../../lib/pause-for.ts'
import { timeLeft } from '../runs/budgets.ts'
import type { Step } from '../runs/progress.ts'
import type { Segment } from '../runs/segment.ts'
import { describeFaults } from './describe-faults.ts'
import type { RunnableTool } from './find-tool.ts'
import { type JsonObject, ToolError, type ToolHandler, type ToolInvocation } from './tool-handler.ts'
import { compileJsonSchema } from './validate-json-schema.ts'

/** What a handler is given for a call that was intended. */
export function invocationOf(
  segment: Segment,
  step: Step,
  { row }: RunnableTool,
  intended: PayloadOf<'tool_call_intended'>,
  signal: AbortSignal,
): ToolInvocation {
  return {
    tool: row,
    input: intended.input as JsonObject,
    idempotencyKey: intended.idempotency_key,
    principal: segment.principal,
    run: { id: segment.runId, stepId: step.stepId },
    signal,
  }
}

/** Calls the handler within its time and says how it came out. Never throws for what the tool did. */
export async function runHandler(
  segment: Segment,
  step: Step,
  tool: RunnableTool,
  intended: PayloadOf<'tool_call_intended'>,
  handler: ToolHandler,
  timeoutMs: number | null,
  isPreview: boolean,
): Promise<PayloadOf<'tool_call'>> {
  const started = performance.now()
  const limit = Math.min(timeoutMs ?? tool.row.timeout_ms, timeLeft(segment) ?? Number.POSITIVE_INFINITY)
  const timer = AbortSignal.timeout(Math.max(1, Math.min(limit, 2_147_483_647)))
  const signal = AbortSignal.any([segment.signal, timer])
  const finish = (
    rest: Pick<PayloadOf<'tool_call'>, 'output' | 'error' | 'error_type' | 'outcome' | 'retryable'>,
  ) => ({
    step_id: intended.step_id,
    node_id: intended.node_id,
    call_id: intended.call_id,
    tool_id: intended.tool_id,
    input: intended.input,
    ...rest,
    duration_ms: Math.round((performance.now() - started) * 1000) / 1000,
    remote: tool.row.handler_type !== 'builtin' && tool.row.handler_type !== 'code',
  })
  try {
    const output = await answerOf(handler(invocationOf(segment, step, tool, intended, signal)), signal)
    const fault = isPreview ? null : faultOfOutput(tool, output)
    if (fault)
      return finish({
        output,
        error: fault,
        error_type: 'invalid_output',
        outcome: 'failed',
        retryable: false,
      })
    return finish({
      output,
      error: null,
      error_type: null,
      outcome: isPreview ? 'preview' : 'done',
      retryable: false,
    })
  } catch (error) {
    // A tool of ours works on the database of the run: what became of it is found out when that is back.
    if (tool.row.handler_type === 'builtin' && isStorageFailure(error)) throw error
    if (error instanceof ToolError) {
      const inTime = !timer.aborted
      return finish({
        output: null,
        error: inTime ? error.message : `${error.message} (${limit} ms)`,
        error_type: inTime ? error.code : 'tool_timeout',
        outcome: error.outcomeUnknown ? 'unknown' : 'failed',
        retryable: error.retryable,
      })
    }
    if (timer.aborted) {
      return finish({
        output: null,
        error: `no answer within ${limit} ms; raise timeout_ms, or ask the tool what became of it`,
        error_type: 'tool_timeout',
        outcome: 'unknown',
        retryable: true,
      })
    }
    if (segment.signal.aborted) {
      return finish({
        output: null,
        error: `stopped while it was called: ${reasonOf(segment.signal)}`,
        error_type: 'tool_aborted',
        outcome: 'unknown',
        retryable: false,
      })
    }
    segment.engine.kernel.log.warn(
      { tool_id: tool.row.id, run_id: segment.runId, step_id: step.stepId, error: (error as Error).message },
      'a tool failed',
    )
    return finish({
      output: null,
      error: 'the tool failed; the log of the server says more',
      error_type: 'tool_failed',
      outcome: 'failed',
      retryable: false,
    })
  }
}

/** What a handler gets, once it was told to stop, to say what became of the call. */
const GRACE_MS = 500

/** The handler's own answer, also to being stopped; one that does not listen must not hold the run up. */
async function answerOf(work: Promise<Json>, signal: AbortSignal): Promise<Json> {
  const ended = work.then(
    () => {},
    () => {},
  )
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([ended, stopped])
  if (!signal.aborted) return work
  const enough = new AbortController()
  const silent = await Promise.race([
    ended.then(() => false),
    pauseFor(GRACE_MS, enough.signal).then(
      () => true,
      () => false,
    ),
  ])
  enough.abort()
  if (silent) throw signal.reason
  return work
}

const reasonOf = (signal: AbortSignal) => (signal.reason instanceof Error ? signal.reason.message : 'aborted')

function faultOfOutput({ row }: RunnableTool, output: Json): string | null {
  if (!row.output_schema) return null
  const faults = compileJsonSchema(row.output_schema)(output)
  return faults.length > 0
    ? `the answer of ${row.id} is not what its output_schema says: ${describeFaults(faults)}`
    : null
}
