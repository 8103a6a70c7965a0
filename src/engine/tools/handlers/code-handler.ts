import { canonicalJson, type Json } from '../../../lib/canonical-json.ts'
import { parseIJson } from '../../../lib/i-json.ts'
import { ToolError, type ToolHandler, type ToolInvocation } from '../tool-handler.ts'
import { compileJsonSchema } from '../validate-json-schema.ts'
import { openCodeThreads, ThreadLostError } from './code-threads.ts'
import type { Fault } from './describe-schema-errors.ts'
import { explainAbort } from './explain-abort.ts'
import type { CodeAnswer } from './run-code.ts'

export type CodeHandlerSettings = {
  /** How many calls run at the same time; more wait for their turn. */
  threads?: number
  /** The most that a call may compute, whatever the time limit of its tool. */
  timeLimitMs?: number
  memoryLimitBytes?: number
  /** Told what the code of a tool wrote to its console. It is kept nowhere else. */
  onConsole?: (invocation: ToolInvocation, lines: string[]) => void
}

export type CodeHandler = {
  handler: ToolHandler
  /** What `checkCodeConfig` cannot see: whether the code can be parsed. */
  checkSyntax(config: unknown): Promise<Fault[]>
  close(): Promise<void>
}

const MAX_OUTPUT_CHARACTERS = 1024 * 1024
/** What code gets to end by itself before its thread is ended; some of what is built in does not look at limits. */
const GRACE_MS = 250
const CHECK_MS = 5000

const CODE_CONFIG = {
  type: 'object',
  required: ['code'],
  additionalProperties: false,
  properties: { code: { type: 'string', minLength: 1, maxLength: 64 * 1024 } },
}

/**
 * What is wrong with the configuration of a tool that is code: `{ code }`, a JavaScript module whose default export
 * is called with the input and what is known of the call, and whose answer is the output:
 *
 *     export default function (input, { tool_id, tenant_id, run, idempotency_key }) { return { sum: input.a + input.b } }
 */
export function checkCodeConfig(config: unknown): Fault[] {
  return compileJsonSchema(CODE_CONFIG)(config)
}

/**
 * Runs JavaScript of strangers in QuickJS, compiled to WebAssembly, in a thread: the language and a console, and
 * neither network nor files, timers, modules or any object of this program. `Math.random` and `Date` are what they
 * are elsewhere: what came out is recorded and never computed again, and whoever needs the same value for each
 * attempt has `idempotency_key`.
 */
export function makeCodeHandler({
  threads: count = 2,
  timeLimitMs = 10_000,
  memoryLimitBytes = 64 * 1024 * 1024,
  onConsole,
}: CodeHandlerSettings = {}): CodeHandler {
  const threads = openCodeThreads(count)
  return {
    async handler(invocation) {
      const { tool, input, signal } = invocation
      const [fault] = checkCodeConfig(tool.handler_config)
      if (fault)
        throw new ToolError('handler_config_invalid', `handler_config.${fault.path}: ${fault.message}`)
      const cancelled = new Int32Array(new SharedArrayBuffer(4))
      const request = {
        code: (tool.handler_config as { code: string }).code,
        input: canonicalJson(input),
        context: canonicalJson(describeCall(invocation)),
        timeLimitMs: Math.min(timeLimitMs, tool.timeout_ms),
        memoryLimitBytes,
        maxOutputCharacters: MAX_OUTPUT_CHARACTERS,
        cancelled,
      }
      const kill = new AbortController()
      let killer: NodeJS.Timeout | undefined
      const killIn = (ms: number) => {
        clearTimeout(killer)
        killer = setTimeout(() => kill.abort(), ms)
      }
      const onAbort = () => {
        Atomics.store(cancelled, 0, 1)
        killIn(GRACE_MS)
      }
      let started = false
      try {
        const reply = await threads.ask(
          { type: 'run', request },
          { queued: signal, kill: kill.signal },
          () => {
            started = true
            signal.addEventListener('abort', onAbort, { once: true })
            killIn(request.timeLimitMs + GRACE_MS)
          },
        )
        if (reply.type !== 'ran') throw new TypeError('unreachable')
        if (reply.answer.console.length > 0) onConsole?.(invocation, reply.answer.console)
        return readAnswer(reply.answer, signal)
      } catch (error) {
        if (error instanceof ToolError) throw error
        if (signal.aborted) {
          throw explainAbort(signal, started ? 'the code had not ended' : 'the code had not begun', false)
        }
        if (kill.signal.aborted) {
          throw new ToolError(
            'code_timeout',
            `the code ran for more than the ${request.timeLimitMs} ms it is given`,
          )
        }
        const why = error instanceof ThreadLostError ? error.message : 'its thread failed'
        throw new ToolError('code_lost', `the code did not end: ${why}`, { retryable: true, cause: error })
      } finally {
        clearTimeout(killer)
        signal.removeEventListener('abort', onAbort)
      }
    },
    async checkSyntax(config) {
      const faults = checkCodeConfig(config)
      if (faults.length > 0) return faults
      const { code } = config as { code: string }
      const limit = AbortSignal.timeout(CHECK_MS)
      const reply = await threads
        .ask({ type: 'check', code }, { queued: limit, kill: limit })
        .catch(() => ({ type: 'checked' as const, fault: 'it could not be parsed in time' }))
      const fault = reply.type === 'checked' ? reply.fault : null
      return fault === null
        ? []
        : [{ path: 'code', message: `expected a JavaScript module: ${fault}`, keyword: 'syntax' }]
    },
    close: () => threads.close(),
  }
}

const describeCall = ({ tool, principal, run, idempotencyKey }: ToolInvocation) => ({
  tool_id: tool.id,
  tenant_id: principal.tenantId,
  run: run && { id: run.id, step_id: run.stepId },
  idempotency_key: idempotencyKey,
})

function readAnswer(answer: CodeAnswer, signal: AbortSignal): Json {
  if (answer.type === 'failed') {
    if (answer.code === 'code_cancelled') throw explainAbort(signal, 'the code was stopped', false)
    throw new ToolError(answer.code, answer.message)
  }
  try {
    return parseIJson(answer.output)
  } catch (error) {
    throw new ToolError('code_output_invalid', `the output cannot be kept: ${(error as Error).message}`)
  }
}
