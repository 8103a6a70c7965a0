import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { createGuardedFetch } from '../../../lib/guarded-fetch.ts'

export type McpHttpSettings = {
  url: string
  headers: Record<string, string>
  fetch: ReturnType<typeof createGuardedFetch>
  maxMessageBytes: number
  /** An answer that had begun broke off, or could not be taken up again. */
  onBroken: (reason: string) => void
}

/**
 * Speaks MCP over streamable HTTP through the guarded fetch. It notices what the transport of the SDK would wait out: that
 * the stream of an answer broke, after which the answer never comes.
 */
export function createMcpHttpTransport(settings: McpHttpSettings): StreamableHTTPClientTransport {
  const { fetch: guardedFetch, maxMessageBytes, onBroken } = settings
  const watchedFetch = async (url: string | URL, init: RequestInit = {}) => {
    const headers = new Headers(init.headers)
    const isAnswer = init.method === 'POST' || headers.has('last-event-id')
    try {
      const { body, signal, method } = init
      const response = await guardedFetch(String(url), {
        headers: [...headers],
        ...(method && { method }),
        ...(typeof body === 'string' && { body }),
        ...(signal && { signal }),
      })
      if (!isAnswer || !response.body) return response
      if (init.method !== 'POST' && !response.ok) onBroken(`answered HTTP ${response.status}`)
      return new Response(watch(response.body, maxMessageBytes, onBroken), {
        status: response.status,
        headers: [...response.headers],
      })
    } catch (error) {
      if (isAnswer && init.method !== 'POST') onBroken('could not be reached again')
      throw error
    }
  }
  return new StreamableHTTPClientTransport(new URL(settings.url), {
    // The same class as far as what is used of it goes: one is undici's, one Node's own.
    fetch: watchedFetch as unknown as typeof fetch,
    requestInit: { headers: settings.headers },
  })
}

function watch(
  body: ReadableStream<Uint8Array>,
  limit: number,
  onBroken: (reason: string) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let length = 0
  let cancelled = false
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (cancelled) return
        if (done) return controller.close()
        length += value.length
        if (length > limit) throw new RangeError(`sent an answer of more than ${limit} bytes`)
        controller.enqueue(value)
      } catch (error) {
        if (cancelled) return
        onBroken(error instanceof RangeError ? error.message : 'broke off in the middle of an answer')
        controller.error(error)
        await reader.cancel().catch(() => {})
      }
    },
    async cancel(reason) {
      cancelled = true
      await reader.cancel(reason)
    },
  })
}
