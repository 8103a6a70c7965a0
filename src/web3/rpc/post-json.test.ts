import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HttpRequestError, ResponseBodyTooLargeError, TimeoutError } from 'viem'
import { expect, onTestFinished, test } from 'vitest'
import { postJson } from './post-json.ts'

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const post = (url: string, timeoutMs = 5_000) => postJson({ url, timeoutMs }, { method: 'eth_chainId' })

test('name and password within an address are sent as such, and are not part of it', async () => {
  const host = await serve(({ headers, url }, response) => {
    response.end(JSON.stringify({ result: [headers.authorization, url] }))
  })
  const authorization = `Basic ${Buffer.from('me:p@ss').toString('base64')}`
  expect(await post(`http://me:p%40ss@${host}/v3/key?a=b`)).toEqual({
    result: [authorization, '/v3/key?a=b'],
  })
})

test('the time limit holds for the whole answer, not for its beginning alone', async () => {
  const host = await serve((_request, response) => {
    response.write('{"result":')
  })
  await expect(post(`http://${host}`, 100)).rejects.toBeInstanceOf(TimeoutError)
})

test('an answer that is longer than any that is asked for is cut off', async () => {
  const host = await serve((_request, response) => {
    const chunk = 'a'.repeat(1_000_000)
    const send = () => {
      while (!response.destroyed && response.write(chunk)) {}
    }
    response.on('drain', send)
    send()
  })
  await expect(post(`http://${host}`)).rejects.toBeInstanceOf(ResponseBodyTooLargeError)
})

test('a refusal in JSON-RPC is an answer under any status; anything else that failed is a failure with its status', async () => {
  const refusal = { error: { code: -32005, message: 'too many requests' } }
  const refusing = await serve((_request, response) => {
    response.writeHead(429).end(JSON.stringify(refusal))
  })
  expect(await post(`http://${refusing}`)).toEqual(refusal)
  const failing = await serve((_request, response) => {
    response.writeHead(502).end('<html>')
  })
  const error: unknown = await post(`http://${failing}`).catch((cause) => cause)
  expect(error).toBeInstanceOf(HttpRequestError)
  expect(error).toMatchObject({ status: 502 })
})
