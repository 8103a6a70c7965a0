import { ForbiddenAddressError } from '../../../lib/guarded-fetch.ts'

type Nested = Error & { code?: unknown; cause?: Nested }

const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_PROCESS_ENDED', // from our own transport over stdio
])
/** The other side could not prove who it is. */
const NOT_TRUSTED = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/

/** The code of what really went wrong, beneath `fetch failed`. */
export function codeOf(error: Error): string {
  return String(((error as Nested).cause ?? (error as Nested)).code ?? '')
}

/** Whether nothing was sent: no connection came about, or nobody was left to read a whole message. */
export function isNotSent(error: Error): boolean {
  return NOT_SENT.has(codeOf(error))
}

/** Whether nothing was sent because the certificate of the other side is not valid. */
export function isNotTrusted(error: Error): boolean {
  return NOT_TRUSTED.test(codeOf(error))
}

/** Whether nothing was sent because the address is not one to be reached. Says which. */
export function forbiddenAddress(error: Error): string | undefined {
  const cause = (error as Nested).cause ?? error
  return cause instanceof ForbiddenAddressError ? cause.message : undefined
}

/** Whether a connection failed after it had come about, so that nobody knows what arrived. */
export function isCutOff(error: Error): boolean {
  return error instanceof TypeError && (error as Nested).cause !== undefined && !isNotSent(error)
}
