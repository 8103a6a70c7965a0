import { APICallError } from '@ai-sdk/provider'
import { ModelError } from './model-error.ts'
import type { ModelSettings } from './model-settings.ts'

/** What went wrong in an attempt, whether the same attempt may be made again at once, and how long to wait before. */
export type Failure = { error: ModelError; transient: boolean; waitMs: number | undefined }

/** Turns whatever a provider threw into one of our errors, with nothing secret in its words. */
export function explainFailure(thrown: unknown, who: string, settings: ModelSettings): Failure {
  if (thrown instanceof ModelError) return { error: thrown, transient: false, waitMs: undefined }
  if (APICallError.isInstance(thrown)) return explainCall(thrown, who, settings)
  const fail = (
    code: ModelError['code'],
    message: string,
    retryable: boolean,
    transient = false,
  ): Failure => ({
    error: new ModelError(code, message, retryable),
    transient,
    waitMs: undefined,
  })
  const name = (thrown as Error)?.name ?? ''
  if (/LoadAPIKey/.test(name)) return fail('MODEL_UNAUTHORIZED', `${who} has no API key`, false)
  if (/JSONParse|TypeValidation|InvalidResponseData|EmptyResponseBody|NoContentGenerated/.test(name)) {
    return fail('MODEL_BAD_OUTPUT', `${who} sent a response that does not follow its protocol`, true)
  }
  if (isParserFault(thrown)) {
    return fail('MODEL_BAD_OUTPUT', `${who} sent a response that does not follow its protocol`, true)
  }
  if (/InvalidPrompt|InvalidArgument|UnsupportedFunctionality/.test(name)) {
    return fail('MODEL_BAD_REQUEST', `${who} does not support the request: ${tell(thrown, settings)}`, false)
  }
  if (isConnectionFault(thrown))
    return fail('MODEL_UNAVAILABLE', `the connection to ${who} broke off`, true, true)
  return fail('MODEL_UNAVAILABLE', `${who} failed: ${tell(thrown, settings)}`, true)
}

function explainCall(call: APICallError, who: string, settings: ModelSettings): Failure {
  const { statusCode: status, responseHeaders: headers, responseBody } = call
  const fail = (
    code: ModelError['code'],
    message: string,
    retryable: boolean,
    transient = false,
  ): Failure => ({
    error: new ModelError(code, message, retryable),
    transient,
    waitMs: transient ? (readRetryAfter(headers) ?? readRetryDelay(responseBody)) : undefined,
  })
  if (status === undefined) {
    if (call.isRetryable) return fail('MODEL_UNAVAILABLE', `${who} cannot be reached`, true, true)
    return fail('MODEL_UNAVAILABLE', `${who} failed: ${tell(call, settings)}`, true)
  }
  // It began to answer, and what came was cut off or was no answer.
  if (status < 300 && isConnectionFault(call.cause)) {
    return fail('MODEL_UNAVAILABLE', `the connection to ${who} broke off`, true, true)
  }
  if (status < 300) {
    return fail('MODEL_BAD_OUTPUT', `${who} sent a response that does not follow its protocol`, true)
  }
  // Google refuses a wrong key as it refuses any bad request.
  if (status === 401 || status === 403 || /\bAPI_KEY_INVALID\b/.test(responseBody ?? '')) {
    return fail(
      'MODEL_UNAUTHORIZED',
      `${who} does not accept the API key (${status}); check the key in the settings`,
      false,
    )
  }
  if (
    status === 402 ||
    /insufficient_quota|billing_hard_limit|credit balance is too low/.test(responseBody ?? '')
  ) {
    return fail(
      'MODEL_UNAUTHORIZED',
      `${who} refuses because the account has no credit left (${status})`,
      false,
    )
  }
  if (status === 429) return fail('MODEL_RATE_LIMITED', `${who} wants fewer calls (429)`, true, true)
  if (status === 408 || status === 409 || status >= 500) {
    return fail('MODEL_UNAVAILABLE', `${who} is failing (${status})`, true, true)
  }
  return fail('MODEL_BAD_REQUEST', `${who} refuses the request (${status}): ${tell(call, settings)}`, false)
}

/** How long the provider asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date. */
function readRetryAfter(headers: Record<string, string> | undefined): number | undefined {
  const exact = Number(headers?.['retry-after-ms'])
  if (exact > 0) return exact
  const value = headers?.['retry-after']
  if (value === undefined) return undefined
  const seconds = Number(value)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.parse(headers?.date ?? '')
  return ms > 0 ? ms : undefined
}

/** The same in an answer of Google: `"retryDelay": "34s"`. */
function readRetryDelay(body: string | undefined): number | undefined {
  const seconds = Number(/"retryDelay"\s*:\s*"([\d.]+)s"/.exec(body ?? '')?.[1])
  return seconds > 0 ? seconds * 1000 : undefined
}

/** A provider's package stumbled over an answer that lacks what it took for granted. */
function isParserFault(thrown: unknown): boolean {
  const message = String((thrown as Error)?.message)
  return /^Cannot (?:read|destructure) propert|^Expected a normalized \w+ stream error/.test(message)
}

function isConnectionFault(thrown: unknown): boolean {
  const { message = '', code = '' } = (thrown ?? {}) as { message?: string; code?: string }
  return /terminated|socket|fetch failed|ECONN|EPIPE|aborted|UND_ERR/i.test(`${message} ${code}`)
}

/** The words of an error in one line, without keys and without addresses, which may hold some. */
function tell(thrown: unknown, settings: ModelSettings): string {
  let message = String((thrown as Error)?.message ?? thrown)
  const keys = [
    settings.openaiApiKey,
    settings.anthropicApiKey,
    settings.googleApiKey,
    settings.mistralApiKey,
  ]
  for (const key of [...keys, settings.apiKey]) if (key) message = message.replaceAll(key, '[key]')
  return message
    .replace(/\b(?:sk|pk|rk|key|AIza)[-_]?[A-Za-z0-9_*-]{8,}/g, '[key]')
    .replace(/\bBearer\s+\S+/gi, 'Bearer [key]')
    .replace(/\bhttps?:\/\/\S+/g, '[address]')
    .replace(/\s+/g, ' ')
    .slice(0, 300)
}
