import { once } from 'node:events'
import { createServer } from 'node:http'

type Request = { id: number; method: string; params?: unknown[] }
type Answer = { status?: number; body: string }
type Reply = Answer | 'silence'

/**
 * An RPC that answers what a test wants, over HTTP.
 *
 * @param answerBatch says what comes back for calls that came together, where that is not what comes for each.
 */
export async function startFakeRpc(
  answer: (request: Request) => Reply | Promise<Reply>,
  answerBatch: (batch: Request[]) => Reply | null = () => null,
) {
  const asked: string[] = []
  /** Calls that came together are answered together. */
  async function answerAll(body: Request | Request[]): Promise<Reply> {
    if (!Array.isArray(body)) return answer(body)
    const replies = await Promise.all(body.map(answer))
    const failed = replies.find((one) => one === 'silence' || (one.status ?? 200) !== 200)
    return failed ?? { body: `[${(replies as Answer[]).map((one) => one.body).join()}]` }
  }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Request | Request[]
    const together = [body].flat()
    asked.push(...together.map(({ method }) => method))
    const reply = (Array.isArray(body) && answerBatch(body)) || (await answerAll(body))
    if (reply === 'silence') return
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json' }).end(reply.body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    /** The methods that were called, in order. */
    asked,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const result = ({ id }: Request, value: unknown): Reply => ({
  body: JSON.stringify({ jsonrpc: '2.0', id, result: value }),
})

export const refusal = ({ id }: Request, error: { code: number; message: string; data?: string }): Reply => ({
  body: JSON.stringify({ jsonrpc: '2.0', id, error }),
})

/** Passes everything on to another RPC, except what the test answers itself. */
export const passOn =
  (url: string, instead: (request: Request) => Reply | null) =>
  async (request: Request): Promise<Reply> => {
    const own = instead(request)
    if (own) return own
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    })
    return { status: response.status, body: await response.text() }
  }
