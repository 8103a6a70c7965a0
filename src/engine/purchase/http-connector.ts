import type { Response } from 'undici'
import { createGuardedFetch, ForbiddenAddressError } from '../../lib/guarded-fetch.ts'
import type { ConnectorAnswer, PurchaseConnector } from './connector.ts'

export type HttpConnectorSettings = { url: string; timeoutMs: number; allowPrivateAddress: boolean }

/** Request timeout and conflict: another attempt with this key may be under way. */
const UNDECIDED = new Set([408, 409])
/** More of an answer than this is not kept. */
const MAX_ANSWER_BYTES = 64 * 1024

/**
 * Posts the purchase to a shop's endpoint with an `Idempotency-Key`. Only an answer tells what happened: 2xx did it,
 * 4xx did not; a 5xx, a time-out or a lost connection leaves it in doubt, and it is never sent again by itself.
 */
export function createHttpConnector({
  url,
  timeoutMs,
  allowPrivateAddress,
}: HttpConnectorSettings): PurchaseConnector {
  const guardedFetch = createGuardedFetch(allowPrivateAddress ? [new URL(url).origin] : [])
  return {
    name: 'http',
    async perform({ idempotencyKey, purchase }): Promise<ConnectorAnswer> {
      try {
        const response = await guardedFetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
          body: JSON.stringify(purchase),
          signal: AbortSignal.timeout(timeoutMs),
        })
        const answer = await readStart(response)
        if (response.ok)
          return { outcome: 'done', result: { connector: 'http', status: response.status, answer } }
        if (response.status >= 400 && response.status < 500 && !UNDECIDED.has(response.status)) {
          return {
            outcome: 'not-done',
            error: `the shop refused with HTTP ${response.status}: ${answer.slice(0, 500)}`,
          }
        }
        return { outcome: 'unknown', reason: `the shop answered HTTP ${response.status}` }
      } catch (error) {
        return explainFailure(error as Error & { cause?: Error & { code?: string } }, timeoutMs)
      }
    },
    async query() {
      return { outcome: 'unknown', reason: 'the process ended while the shop was being asked' }
    },
  }
}

/** The beginning of an answer; the rest is not even read. */
async function readStart(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    length += chunk.length
    if (length >= MAX_ANSWER_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString('utf8')
}

function explainFailure(
  error: Error & { cause?: Error & { code?: string } },
  timeoutMs: number,
): ConnectorAnswer {
  const cause = error.cause ?? error
  if (cause instanceof ForbiddenAddressError || error instanceof ForbiddenAddressError) {
    return {
      outcome: 'not-done',
      error: `refused to connect: ${cause.message}; PURCHASE_WEBHOOK_ALLOW_PRIVATE=true permits it`,
    }
  }
  // Nothing was sent when no connection came about.
  if (
    ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'].includes(
      (cause as { code?: string }).code ?? '',
    )
  ) {
    return {
      outcome: 'not-done',
      error: `the shop could not be reached (${(cause as { code?: string }).code})`,
    }
  }
  if (error.name === 'TimeoutError')
    return { outcome: 'unknown', reason: `the shop did not answer within ${timeoutMs} ms` }
  return { outcome: 'unknown', reason: 'the connection to the shop broke off' }
}
