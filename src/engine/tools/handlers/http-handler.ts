import type { Response } from 'undici'
import type { Json } from '../../../lib/canonical-json.ts'
import { createGuardedFetch } from '../../../lib/guarded-fetch.ts'
import { IJsonError, parseIJson } from '../../../lib/i-json.ts'
import { ToolError, type ToolHandler } from '../tool-handler.ts'
import { buildHttpRequest, type HttpRequest } from './build-http-request.ts'
import { checkHttpConfig, type HttpConfig } from './check-http-config.ts'
import { codeOf, forbiddenAddress, isNotSent, isNotTrusted } from './classify-network-error.ts'
import { explainAbort } from './explain-abort.ts'
import { readPath } from './fill-template.ts'
import { makeMask, namedSecrets } from './mask-secrets.ts'

export type HttpHandlerSettings = {
  /** What `{{secret.NAME}}` stands for. A tool may send any of them anywhere: hand in what is meant for tools alone. */
  secrets: Record<string, string>
  /** Exact origins that may be private addresses. */
  allowedOrigins: string[]
  fetch?: ReturnType<typeof createGuardedFetch>
}

const MAX_ANSWER_BYTES = 1024 * 1024
/** Enough of a refusal to say why. */
const MAX_REFUSAL_BYTES = 16 * 1024
const MAX_REFUSAL_CHARACTERS = 500

/**
 * Calls the endpoint of a tool with what its configuration makes of the input, and answers the body, or the part of
 * it that the configuration names. Every request carries the `Idempotency-Key` of the call. Redirects are not
 * followed: an answer from elsewhere is not what was allowed.
 */
export function makeHttpHandler({ secrets, allowedOrigins, fetch }: HttpHandlerSettings): ToolHandler {
  const guardedFetch = fetch ?? createGuardedFetch(allowedOrigins)
  return async ({ tool, input, idempotencyKey, signal }) => {
    const [fault] = checkHttpConfig(tool.handler_config)
    if (fault) {
      throw new ToolError('handler_config_invalid', `handler_config.${fault.path}: ${fault.message}`)
    }
    const config = tool.handler_config as HttpConfig
    const request = buildHttpRequest(config, { input, secrets, idempotencyKey })
    const mask = makeMask(namedSecrets(tool.handler_config, secrets))
    /** Once it is sent, only an answer tells whether a request that changes something did so. */
    const writes = request.method !== 'GET'
    if (signal.aborted) throw explainAbort(signal, 'nothing was sent', false)
    try {
      const { url, ...init } = request
      const response = await guardedFetch(url, { ...init, signal })
      if (!response.ok) throw await explainStatus(response, request, mask)
      return mask(await readAnswer(response, config.response ?? {}, writes, mask))
    } catch (error) {
      if (error instanceof ToolError) throw error
      if (signal.aborted) throw explainAbort(signal, `${nameServer(request)} had not answered`, writes)
      throw explainFailure(error as Error, request, writes)
    }
  }
}

type Mask = <T extends Json>(value: T) => T

/** Without path and query, which may carry what is nobody's business. */
const nameServer = ({ url }: HttpRequest) => new URL(url).origin

async function readAnswer(
  response: Response,
  { type = 'json', path }: NonNullable<HttpConfig['response']>,
  writes: boolean,
  mask: Mask,
): Promise<Json> {
  const fail = (code: string, message: string) =>
    new ToolError(code, `the server answered ${response.status}, but ${message}`, { outcomeUnknown: writes })
  const { bytes, complete } = await readStart(response, MAX_ANSWER_BYTES)
  if (!complete) throw fail('response_too_large', `with more than ${MAX_ANSWER_BYTES} bytes`)
  const contentType = response.headers.get('content-type') ?? ''
  if (type === 'text') return decode(bytes, contentType)
  if (bytes.length === 0) return null
  let answer: Json
  try {
    answer = parseIJson(bytes)
  } catch (error) {
    // The words of a JSON parser quote the text, perhaps half a secret.
    const { message } = error as IJsonError
    const why = error instanceof IJsonError && !message.includes('RFC 8259') ? `: ${mask(message)}` : ''
    throw fail('response_not_json', `not with JSON (${contentType || 'no content type'})${why}`)
  }
  if (path === undefined) return answer
  const part = readPath(answer, path.split('.'))
  if (part === undefined) throw fail('response_path_missing', `its answer has nothing at '${path}'`)
  return part
}

async function explainStatus(response: Response, request: HttpRequest, mask: Mask): Promise<ToolError> {
  const { status } = response
  const writes = request.method !== 'GET'
  const server = nameServer(request)
  if (status < 400) {
    await response.body?.cancel()
    const to = response.headers.get('location') ?? ''
    const where = URL.canParse(to, request.url) ? new URL(to, request.url).origin : 'nowhere'
    // These two ask for the request to be made there, so it was not made here.
    const notDone = status === 307 || status === 308
    return new ToolError(
      'http_redirect',
      `${server} answered ${status} and sends on to ${mask(where)}; redirects are not followed: register the final address`,
      { outcomeUnknown: writes && !notDone },
    )
  }
  const { bytes } = await readStart(response, MAX_REFUSAL_BYTES)
  const text = mask(decode(bytes, response.headers.get('content-type') ?? '')).slice(
    0,
    MAX_REFUSAL_CHARACTERS,
  )
  const busy = status === 408 || status === 429
  const failed = status >= 500
  return new ToolError(
    `http_${status}`,
    `${server} answered ${status}${text.trim() === '' ? '' : `: ${text.trim()}`}`,
    { retryable: busy || failed, outcomeUnknown: writes && (failed || status === 408) },
  )
}

function explainFailure(error: Error, request: HttpRequest, writes: boolean): ToolError {
  const server = nameServer(request)
  const forbidden = forbiddenAddress(error)
  if (forbidden !== undefined) {
    return new ToolError(
      'address_forbidden',
      `refused to connect to ${server}: ${forbidden}; the operator can allow this very origin`,
      { cause: error },
    )
  }
  if (isNotSent(error)) {
    return new ToolError(
      'connection_failed',
      `${server} could not be reached (${codeOf(error)}); nothing was sent`,
      { retryable: true, cause: error },
    )
  }
  if (isNotTrusted(error)) {
    return new ToolError(
      'connection_untrusted',
      `the certificate of ${server} is not valid (${codeOf(error)}); nothing was sent`,
      { cause: error },
    )
  }
  return new ToolError('connection_lost', `the connection to ${server} broke off before it had answered`, {
    retryable: true,
    outcomeUnknown: writes,
    cause: error,
  })
}

/** The beginning of a body; the rest is not even read. */
async function readStart(response: Response, limit: number): Promise<{ bytes: Buffer; complete: boolean }> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    length += chunk.length
    if (length > limit) return { bytes: Buffer.concat(chunks).subarray(0, limit), complete: false }
  }
  return { bytes: Buffer.concat(chunks), complete: true }
}

/** Text in the charset that the answer names. NUL, which a database cannot keep, is shown as not readable. */
function decode(bytes: Buffer, contentType: string): string {
  const charset = /charset="?([^";\s]+)/i.exec(contentType)?.[1] ?? 'utf-8'
  const decoder = isCharset(charset) ? new TextDecoder(charset) : new TextDecoder()
  return decoder.decode(bytes).replaceAll('\0', '\u{fffd}')
}

function isCharset(name: string): boolean {
  try {
    new TextDecoder(name)
    return true
  } catch {
    return false
  }
}
