import { AppError } from '../lib/errors.ts'
import { EXECUTOR_HEADERS, signExecutorCall } from '../lib/executor-signature.ts'
import { equalSecrets } from '../lib/hash.ts'
import type { Nonces } from './nonces.ts'

/** How far the clocks of server and executor may differ, and how long a call may be under way. */
const WINDOW_MS = 5 * 60 * 1000

export type SignedHeaders = { timestamp: string; nonce: string; signature: string }

type Headers = Record<string, string | string[] | undefined>

/**
 * What a call must show before a byte of its body is read. A call that was signed before this process began is refused:
 * the nonces of the process before it are gone, and it may be one that was let in then.
 *
 * @throws AppError 401
 */
export function readSignedHeaders(headers: Headers, now: number, startedAt: number): SignedHeaders {
  const { timestamp, nonce, signature } = {
    timestamp: headerOf(headers, EXECUTOR_HEADERS.timestamp, /^\d{1,15}$/, 'milliseconds since 1970'),
    nonce: headerOf(headers, EXECUTOR_HEADERS.nonce, /^[\w-]{16,128}$/, '16 to 128 letters, digits, _ or -'),
    signature: headerOf(headers, EXECUTOR_HEADERS.signature, /^[0-9a-f]{64}$/, 'hex HMAC-SHA256'),
  }
  const signedAt = Number(timestamp)
  if (Math.abs(now - signedAt) > WINDOW_MS) {
    throw refused(
      'SIGNATURE_EXPIRED',
      `expected ${EXECUTOR_HEADERS.timestamp} within 5 minutes of ${now}, got ${signedAt}: compare the clocks of both machines`,
    )
  }
  if (signedAt < startedAt) {
    throw refused('SIGNATURE_EXPIRED', 'this executor was started after the call was signed: sign it anew')
  }
  return { timestamp, nonce, signature }
}

function headerOf(headers: Headers, name: string, form: RegExp, expected: string): string {
  const value = headers[name]
  if (typeof value === 'string' && form.test(value)) return value
  throw refused('SIGNATURE_MISSING', `expected a header ${name}: ${expected}`)
}

/**
 * Lets a call in once, if it is signed with one of the secrets. The nonce is taken last: who cannot sign takes none.
 *
 * @throws AppError 403 for a wrong signature, 401 for one that was let in before, 503 when no more can be remembered
 */
export function admitCall(
  { timestamp, nonce, signature }: SignedHeaders,
  body: Uint8Array,
  secrets: string[],
  nonces: Nonces,
  now: number,
): void {
  // Every secret is tried, so that the time does not tell which one it was.
  const matching = secrets.filter((secret) =>
    equalSecrets(signExecutorCall(secret, { timestamp, nonce, body }), signature),
  )
  if (matching.length === 0) {
    throw new AppError({
      code: 'SIGNATURE_WRONG',
      status: 403,
      message:
        'the signature is of another secret or another body: give both sides the same LOGLINE_SHARED_SECRET',
    })
  }
  // The body may have taken its time: a nonce that has run out meanwhile would be taken for a new one.
  if (now - Number(timestamp) > WINDOW_MS)
    throw refused('SIGNATURE_EXPIRED', 'the call took too long to arrive: sign it anew')
  const taken = nonces.take(nonce, Number(timestamp) + WINDOW_MS, now)
  if (taken === 'replayed') throw refused('NONCE_REPLAYED', 'this very call was let in before: sign it anew')
  if (taken === 'full') {
    throw new AppError({
      code: 'EXECUTOR_BUSY',
      status: 503,
      message: 'too many calls within five minutes: try again later; nothing was run',
    })
  }
}

const refused = (code: string, message: string) => new AppError({ code, status: 401, message })
