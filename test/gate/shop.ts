import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type ShopOrder = { key: string | undefined; body: unknown }
export type Shop = {
  url: string
  /** Every request that arrived, in order. */
  orders: ShopOrder[]
  /** How the next requests are answered. */
  answer(handler: (request: IncomingMessage, response: ServerResponse) => void): void
  close(): Promise<void>
}

/** A shop that takes purchases over HTTP and does what the test says. */
export async function openShop(): Promise<Shop> {
  const orders: ShopOrder[] = []
  let handler: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) =>
    response.end('{"order":"shop-1"}')
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    orders.push({
      key: request.headers['idempotency-key'] as string | undefined,
      body: JSON.parse(Buffer.concat(chunks).toString()),
    })
    handler(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`,
    orders,
    answer(next) {
      handler = next
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
