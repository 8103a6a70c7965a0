import { randomUUID } from 'node:crypto'
import type { Response } from 'undici'
import { z } from 'zod'
import { canonicalJson, type Json } from '../../../lib/canonical-json.ts'
import { type Clock, systemClock } from '../../../lib/clock.ts'
import { EXECUTOR_BODY_LIMIT, EXECUTOR_HEADERS, signExecutorCall } from '../../../lib/executor-signature.ts'
import { createGuardedFetch } from '../../../lib/guarded-fetch.ts'
import { parseIJson } from '../../../lib/i-json.ts'
import { ToolError, type ToolHandler, type ToolInvocation } from '../tool-handler.ts'
import { admit, type Breaker, type BreakerOutcome, CLOSED, conclude } from './circuit-breaker.ts'
import { codeOf, isNotSent, isNotTrusted } from './classify-network-error.ts'
import { explainAbort } from './explain-abort.ts'
import { makeMask } from './mask-secrets.ts'

export type ExecutorAccess = {
  url: string
  /** What calls are signed with. */
  secret: string
}

/** No call waits longer, whatever the time limit of its tool. */
const LONGEST_MS = 5 * 60 * 1000
/** The executor ends what waits after 15 s and what runs after 30 s; one that has said nothing by then is not well. */
const OVERDUE_MS = 50_000
const LONGEST_MESSAGE = 1000

/** Refuses every call, as long as no executor is configured. */
export const refuseRemote: ToolHandler = async ({ tool }) => {
  throw new ToolError(
    'EXECUTOR_NOT_CONFIGURED',
    `'${tool.id}' needs an executor: set LOGLINE_EXECUTOR_URL to its address and LOGLINE_SHARED_SECRET to the secret shared with it; nothing was run`,
  )
}

/**
 * Calls the executor, a process of its own, over HTTP. Each call is signed over time, nonce and body, so that nobody else
 * can give it work and nothing is run twice. The address is the operator's and may be a private one; nothing else is
 * reached. While it is down calls are refused at once.
 *
 * @param clock times the rest after failures. Calls are signed with the time of the machine, which the executor has too.
 */
export function makeRemoteHandler({ url, secret }: ExecutorAccess, clock: Clock): ToolHandler {
  const endpoint = `${url.replace(/\/+$/, '')}/execute`
  const guardedFetch = createGuardedFetch([new URL(endpoint).origin])
  const mask = makeMask({ secret })
  let breaker: Breaker = CLOSED

  return async (invocation) => {
    const { tool, signal } = invocation
    if (signal.aborted) throw explainAbort(signal, 'nothing was sent', false)
    const admitted = admit(breaker, clock.now())
    if (!admitted) {
      throw new ToolError(
        'EXECUTOR_UNAVAILABLE',
        'the executor failed several times in a row, so it is not asked for a minute: look at its log and at GET /health; nothing was run',
        { retryable: true },
      )
    }
    breaker = admitted
    const started = performance.now()
    const limited = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)])
    let outcome: BreakerOutcome = 'failed'
    try {
      const response = await guardedFetch(endpoint, {
        method: 'POST',
        ...signCall(invocation, secret),
        signal: limited,
      })
      const answer = await readAnswer(response)
      outcome = 'answered'
      if (answer.status === 'success') return answer.result
      throw explainRefusal(response.status, answer.error.code, mask(answer.error.message))
    } catch (error) {
      if (error instanceof ToolError) throw error
      if (limited.aborted) {
        // A caller with little patience, or one that left, says nothing about the executor.
        if (performance.now() - started < OVERDUE_MS) outcome = 'unknown'
        throw explainAbort(limited, 'the executor had not answered', true)
      }
      throw explainFailure(error as Error, tool.id)
    } finally {
      breaker = conclude(breaker, outcome, clock.now())
    }
  }
}

function signCall(
  { tool, input, idempotencyKey, principal, run }: ToolInvocation,
  secret: string,
): { headers: Record<string, string>; body: string } {
  const body = canonicalJson({
    tool_id: tool.id,
    input,
    context: {
      tenant_id: principal.tenantId,
      run_id: run?.id ?? null,
      step_id: run?.stepId ?? null,
      idempotency_key: idempotencyKey,
    },
  })
  const timestamp = String(systemClock.now())
  const nonce = randomUUID()
  return {
    headers: {
      'content-type': 'application/json',
      [EXECUTOR_HEADERS.toolId]: tool.id,
      [EXECUTOR_HEADERS.timestamp]: timestamp,
      [EXECUTOR_HEADERS.nonce]: nonce,
      [EXECUTOR_HEADERS.signature]: signExecutorCall(secret, { timestamp, nonce, body }),
    },
    body,
  }
}

/** The executor's two kinds of answers; what looks otherwise came from somebody else. */
const Answer = z.discriminatedUnion('status', [
  z.object({ status: z.literal('success'), result: z.custom<Json>((value) => value !== undefined) }),
  z.object({
    status: z.literal('error'),
    error: z.object({ code: z.string().regex(/^[A-Z][A-Z_]{2,59}$/), message: z.string() }),
  }),
])

async function readAnswer(response: Response): Promise<z.output<typeof Answer>> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    length += chunk.length
    if (length > EXECUTOR_BODY_LIMIT)
      throw notUnderstood(response.status, `more than ${EXECUTOR_BODY_LIMIT} bytes`)
  }
  let json: Json
  try {
    json = parseIJson(Buffer.concat(chunks))
  } catch {
    throw notUnderstood(response.status, 'no JSON that can be kept')
  }
  const parsed = Answer.safeParse(json)
  if (!parsed.success || response.ok !== (parsed.data.status === 'success')) {
    throw notUnderstood(response.status, 'what no executor answers')
  }
  return parsed.data
}

const notUnderstood = (status: number, what: string) =>
  new ToolError(
    'EXECUTOR_ANSWER_INVALID',
    `the executor answered ${status} with ${what}: is LOGLINE_EXECUTOR_URL the address of an executor of this version?`,
    { outcomeUnknown: true },
  )

function explainRefusal(status: number, code: string, message: string): ToolError {
  const said = message.slice(0, LONGEST_MESSAGE)
  switch (status) {
    case 401:
    case 403:
      return new ToolError(
        'EXECUTOR_REFUSED',
        `the executor does not take the signature of this server (${code}): ${said}; nothing was run`,
        // One that was started anew refuses what was signed before, and takes the next.
        { retryable: code === 'SIGNATURE_EXPIRED' },
      )
    case 503:
      return new ToolError(code, said, { retryable: true })
    case 500:
      // Of its own faults the executor does not know how far it came.
      return new ToolError(code, said, {
        outcomeUnknown: code === 'INTERNAL_ERROR' || code === 'SANDBOX_LOST',
      })
    default:
      return new ToolError(code, said)
  }
}

function explainFailure(error: Error, toolId: string): ToolError {
  if (isNotSent(error)) {
    return new ToolError(
      'EXECUTOR_UNAVAILABLE',
      `the executor could not be reached (${codeOf(error)}): start it with \`countersign executor\`, or correct LOGLINE_EXECUTOR_URL; nothing was run`,
      { retryable: true, cause: error },
    )
  }
  if (isNotTrusted(error)) {
    return new ToolError(
      'EXECUTOR_UNAVAILABLE',
      `the certificate of the executor is not valid (${codeOf(error)}); nothing was run`,
      { cause: error },
    )
  }
  return new ToolError(
    'EXECUTOR_LOST',
    `the connection to the executor broke off before it had answered; '${toolId}' may have run or not`,
    { retryable: true, outcomeUnknown: true, cause: error },
  )
}
