import { ApiError, NoAnswerError } from './api-error.ts'
import { readChunks } from './read-chunks.ts'
import { noteServerTime } from './server-clock.ts'
import { refreshSessionOnce } from './session.ts'

const LIMIT_MS = 20_000

export type RequestOptions = {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  body?: unknown
  signal?: AbortSignal | undefined
  query?: Record<string, string | number | null | undefined>
  /** Signing in and refreshing must not try to refresh. */
  mayRefresh?: boolean
  limitMs?: number
  accept?: string
}

/**
 * One call to the server of this page, by a session cookie where there is one.
 *
 * @throws ApiError when the server refuses, NoAnswerError when nothing came back.
 */
export async function requestJson<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options)
  if (response.status === 204) return undefined as T
  try {
    return (await response.json()) as T
  } catch (error) {
    throw new NoAnswerError(error)
  }
}

/** The body of an answer that comes piece by piece: pieces of text. `limitMs` is for the whole of it. */
export async function* requestStream(path: string, options: RequestOptions = {}): AsyncGenerator<string> {
  const response = await send(path, { ...options, accept: 'text/event-stream' })
  try {
    if (response.body) yield* readChunks(response.body)
  } catch (error) {
    throw new NoAnswerError(error)
  }
}

export async function requestText(path: string, options: RequestOptions = {}): Promise<string> {
  const response = await send(path, options)
  try {
    return await response.text()
  } catch (error) {
    throw new NoAnswerError(error)
  }
}

/** Identifiers come from agents: each is one segment of a path, whatever it holds. */
export function pathOf(strings: TemplateStringsArray, ...ids: string[]): string {
  return String.raw({ raw: strings }, ...ids.map(encodeURIComponent))
}

async function send(path: string, options: RequestOptions): Promise<Response> {
  const sentAt = Date.now()
  let response = await sendOnce(path, options)
  if (response.status === 401 && options.mayRefresh !== false && (await refreshSessionOnce(sentAt))) {
    response = await sendOnce(path, options)
  }
  if (response.ok) return response
  throw ApiError.fromResponse(response, await response.json().catch(() => null))
}

async function sendOnce(path: string, options: RequestOptions): Promise<Response> {
  const { method = 'GET', body, signal, query = {}, limitMs = LIMIT_MS } = options
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value))
  }
  const limit = AbortSignal.timeout(limitMs)
  try {
    const response = await fetch(search.size > 0 ? `${path}?${search}` : path, {
      method,
      headers: {
        accept: options.accept ?? 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    })
    noteServerTime(response.headers.get('date'))
    return response
  } catch (error) {
    if (signal?.aborted) throw error
    throw new NoAnswerError(error)
  }
}
