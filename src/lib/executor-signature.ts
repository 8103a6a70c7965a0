import { createHmac } from 'node:crypto'

/** How the server shows the executor that a call is its own: both sides share a secret of at least 32 characters. */
export const EXECUTOR_HEADERS = {
  toolId: 'x-logline-tool-id',
  timestamp: 'x-logline-timestamp',
  nonce: 'x-logline-nonce',
  signature: 'x-logline-signature',
} as const

/** The most that either side takes of a body of the other. */
export const EXECUTOR_BODY_LIMIT = 2 * 1024 * 1024

/**
 * Hex HMAC-SHA256 (RFC 2104) over timestamp, nonce and the bytes of the body as they travel, with dots between. The
 * first two hold no dot, so no two different calls sign the same text.
 */
export function signExecutorCall(
  secret: string,
  call: { timestamp: string; nonce: string; body: string | Uint8Array },
): string {
  return createHmac('sha256', secret)
    .update(`${call.timestamp}.${call.nonce}.`)
    .update(call.body)
    .digest('hex')
}
