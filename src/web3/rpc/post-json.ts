import { HttpRequestError, ResponseBodyTooLargeError, TimeoutError } from 'viem'

/** No answer that is asked for here is longer; one that never ends is cut off. */
const LARGEST_ANSWER = 10_485_760

type Target = { url: string; timeoutMs: number }
type Question = Record<string, unknown>

/**
 * Sends JSON to an RPC and gives what came back, with failures in viem's words. By itself, because viem's own client makes an
 * error with a copy of the question before each request and builds each request twice, which is a fifth of its time, and because
 * its time limit ends where the body of the answer begins.
 */
export async function postJson({ url, timeoutMs }: Target, body: Question | Question[]): Promise<unknown> {
  const { href, headers } = splitCredentials(url)
  const text = JSON.stringify(body)
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), timeoutMs)
  try {
    const response = await fetch(href, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: text,
      signal: controller.signal,
    })
    const answer = parseAnswer(await readText(response), response)
    if (response.ok || isRefusal(answer)) return answer
    throw new HttpRequestError({
      body,
      url,
      status: response.status,
      headers: response.headers,
      details: JSON.stringify((answer as { error?: unknown } | null)?.error) ?? response.statusText,
    })
  } catch (error) {
    if (controller.signal.aborted) throw new TimeoutError({ body, url })
    if (error instanceof HttpRequestError || error instanceof ResponseBodyTooLargeError) throw error
    throw new HttpRequestError({ body, url, cause: error as Error })
  } finally {
    clearTimeout(timer)
  }
}

/** `fetch` takes no names and passwords within an address. */
function splitCredentials(text: string): { href: string; headers: Record<string, string> } {
  if (!text.includes('@')) return { href: text, headers: {} }
  const url = new URL(text)
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  return {
    href: url.href,
    headers:
      credentials === ':' ? {} : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > LARGEST_ANSWER) throw new ResponseBodyTooLargeError({ maxSize: LARGEST_ANSWER, size })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** What a failed request says need not be JSON. */
function parseAnswer(text: string, { ok }: Response): unknown {
  try {
    return JSON.parse(text || '{}')
  } catch (error) {
    if (ok) throw error
    return { error: text }
  }
}

/** Some RPCs refuse with a status of HTTP and say in JSON-RPC why. */
function isRefusal(answer: unknown): boolean {
  const { error } = Object(answer) as { error?: { code?: unknown; message?: unknown } }
  return typeof error?.code === 'number' && typeof error.message === 'string'
}
