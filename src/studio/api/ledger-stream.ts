import type { LedgerTick } from '../../http/schema.ts'
import { readChunks } from './read-chunks.ts'
import { refreshSessionOnce } from './session.ts'

export type StreamState = 'connecting' | 'live' | 'reconnecting'

export type LedgerStream = {
  subscribe(listener: () => void): () => void
  /** Where the connection stands, and since when (epoch ms). */
  read(): { state: StreamState; since: number }
  close(): void
}

type Handlers = { onTick(tick: LedgerTick): void; onConnected(): void }

/** The server sends a comment at least this often; a connection that is silent for longer is dead. */
const SILENCE_LIMIT_MS = 40_000
const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 5_000

/**
 * Follows the ledger by server-sent events. Read through `fetch` instead of EventSource, which tells neither silence
 * nor a refusal: a dead connection must not look live.
 */
export function openLedgerStream(handlers: Handlers): LedgerStream {
  const listeners = new Set<() => void>()
  const closing = new AbortController()
  let status: ReturnType<LedgerStream['read']> = { state: 'connecting', since: Date.now() }
  let lastEventId: string | null = null
  let wake = () => {}

  const enter = (state: StreamState) => {
    if (status.state === state) return
    status = { state, since: Date.now() }
    for (const listener of listeners) listener()
  }

  const follow = async () => {
    const connection = new AbortController()
    const signal = AbortSignal.any([closing.signal, connection.signal])
    let silence = setTimeout(() => connection.abort(), SILENCE_LIMIT_MS)
    const drop = () => connection.abort()
    window.addEventListener('offline', drop)
    try {
      const sentAt = Date.now()
      const response = await fetch('/v1/stream', {
        headers: { accept: 'text/event-stream', ...(lastEventId && { 'last-event-id': lastEventId }) },
        cache: 'no-store',
        signal,
      })
      if (response.status === 401) {
        await response.body?.cancel()
        // Signing in is the business of the calls that fail; here only try again with what they get.
        return await refreshSessionOnce(sentAt)
      }
      if (!response.ok || !response.body) return false
      enter('live')
      handlers.onConnected()
      const parse = createEventParser((event) => {
        if (event.id !== null) lastEventId = event.id
        const tick = event.name === 'ledger' ? parseTick(event.data) : null
        if (tick) handlers.onTick(tick)
      })
      for await (const text of readChunks(response.body)) {
        clearTimeout(silence)
        silence = setTimeout(() => connection.abort(), SILENCE_LIMIT_MS)
        parse(text)
      }
      return true
    } catch {
      return false
    } finally {
      clearTimeout(silence)
      window.removeEventListener('offline', drop)
    }
  }

  const run = async () => {
    let delay = FIRST_RETRY_MS
    while (!closing.signal.aborted) {
      const wasGood = await follow()
      if (closing.signal.aborted) return
      enter('reconnecting')
      delay = wasGood ? FIRST_RETRY_MS : Math.min(delay * 2, LAST_RETRY_MS)
      await new Promise<void>((resolve) => {
        wake = resolve
        setTimeout(resolve, delay)
      })
    }
  }
  const online = () => wake()
  window.addEventListener('online', online)
  void run()

  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    read: () => status,
    close() {
      window.removeEventListener('online', online)
      closing.abort()
      wake()
    },
  }
}

type ServerEvent = { id: string | null; name: string; data: string }

/** Takes the text of an event stream in any pieces and hands on its events; comments are dropped. */
export function createEventParser(onEvent: (event: ServerEvent) => void): (text: string) => void {
  let rest = ''
  let event: { id: string | null; name: string; data: string[] } = { id: null, name: 'message', data: [] }
  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') {
        if (event.data.length > 0) onEvent({ ...event, data: event.data.join('\n') })
        event = { id: null, name: 'message', data: [] }
        continue
      }
      const [, field, value] = /^([^:]*)(?:: ?)?(.*)$/s.exec(line) ?? []
      if (field === 'event') event.name = value ?? ''
      if (field === 'data') event.data.push(value ?? '')
      if (field === 'id') event.id = value ?? ''
    }
  }
}

function parseTick(data: string): LedgerTick | null {
  try {
    const tick = JSON.parse(data) as Partial<LedgerTick> | null
    return typeof tick?.run_id === 'string' ? (tick as LedgerTick) : null
  } catch {
    return null
  }
}
