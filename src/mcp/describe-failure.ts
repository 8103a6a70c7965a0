import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ErrorCode } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'

/** The server refuses who asks. From the range that JSON-RPC leaves to servers; MCP and its SDK use others of it. */
const CREDENTIAL_REFUSED = -32010

const JsonRpcAnswer = z.object({
  error: z.object({ code: z.number(), message: z.string(), data: z.unknown().optional() }),
})
const Envelope = z.object({
  error: z.object({ code: z.string(), message: z.string(), details: z.array(z.unknown()) }),
})

type JsonRpcError = { code: number; message: string; data?: unknown }

/** What a server that did not take a message said, as a JSON-RPC error: its own words and code stand in `data`. */
export function describeFailure(error: Error): JsonRpcError {
  if (!(error instanceof StreamableHTTPError)) {
    const reason = (error.cause as { code?: string } | undefined)?.code ?? error.message
    return {
      code: ErrorCode.InternalError,
      message: `the server does not answer (${reason}); nothing more is known about this call`,
      data: { code: 'SERVER_UNREACHABLE' },
    }
  }
  const status = error.code ?? 0
  const body = readBody(error.message)
  const answered = JsonRpcAnswer.safeParse(body).data
  if (answered) return answered.error
  const refused = Envelope.safeParse(body).data?.error
  return {
    code: codeOf(status),
    message: refused?.message ?? error.message,
    data: { status, ...refused },
  }
}

function codeOf(status: number): number {
  if (status === 401 || status === 403) return CREDENTIAL_REFUSED
  return status >= 400 && status < 500 ? ErrorCode.InvalidRequest : ErrorCode.InternalError
}

/** The transport puts the answer's body behind words of its own. */
function readBody(message: string): unknown {
  try {
    return JSON.parse(message.slice(message.indexOf('{')))
  } catch {
    return null
  }
}
