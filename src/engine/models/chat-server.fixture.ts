import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type ChatRequest = {
  stream?: boolean
  model: string
  messages: { role: string; content: string }[]
  tools?: unknown[]
  response_format?: unknown
  max_tokens?: number
  temperature?: number
}

export type Respond = (request: ChatRequest, response: ServerResponse, count: number) => void | Promise<void>

/** A server that speaks OpenAI's chat completions on loopback and keeps what it was asked. */
export async function startChatServer(respond: Respond) {
  const requests: ChatRequest[] = []
  const headers: IncomingMessage['headers'][] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = JSON.parse(Buffer.concat(chunks).toString()) as ChatRequest
    requests.push(body)
    headers.push(request.headers)
    await respond(body, response, requests.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    requests,
    headers,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

export function completion(message: Record<string, unknown>, finish_reason = 'stop') {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_760_000_000,
    model: 'local',
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }],
    usage: { prompt_tokens: 40, completion_tokens: 7, total_tokens: 47 },
  }
}

export function toolCall(name: string, args: string) {
  return completion(
    { content: null, tool_calls: [{ id: 'call_1', type: 'function', function: { name, arguments: args } }] },
    'tool_calls',
  )
}

/** Sends pieces of an answer as server-sent events; `end` decides how the stream ends. */
export function sendStream(
  response: ServerResponse,
  pieces: string[],
  end: 'done' | 'without-end' | 'cut' | 'hang' = 'done',
): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const chunk = (delta: unknown, finish_reason: string | null = null, usage?: unknown) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'local', choices: [{ index: 0, delta, finish_reason }], usage })}\n\n`
  for (const content of pieces) response.write(chunk({ role: 'assistant', content }))
  if (end === 'hang') return
  if (end === 'cut') {
    setTimeout(() => response.destroy(), 20)
    return
  }
  if (end === 'done') {
    response.write(chunk({}, 'stop', { prompt_tokens: 40, completion_tokens: 7, total_tokens: 47 }))
    response.write('data: [DONE]\n\n')
  }
  response.end()
}
