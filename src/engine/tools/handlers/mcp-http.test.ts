import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../tool-handler.ts'
import { describeMcpTools } from './describe-mcp-tools.ts'
import { openMcpConnections } from './mcp-handler.ts'
import { startHttpServer } from './test-http-server.ts'
import { testInvocation, timeOver } from './test-invocation.ts'
import { programOf } from './test-mcp-servers.ts'

/** server-everything over streamable HTTP, whose lines can be waited for. */
async function startEverything(port: number) {
  const child: ChildProcess = spawn(process.execPath, [programOf('server-everything'), 'streamableHttp'], {
    env: { PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const waiting: { pattern: RegExp; resolve: () => void }[] = []
  for (const input of [child.stdout!, child.stderr!]) {
    createInterface({ input }).on('line', (line) => {
      for (const { pattern, resolve } of waiting) if (pattern.test(line)) resolve()
    })
  }
  const line = (pattern: RegExp) => new Promise<void>((resolve) => waiting.push({ pattern, resolve }))
  await line(/listening on port/)
  return {
    line,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function findFreePort(): Promise<number> {
  const server = createTcpServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

let port: number
let server: { url: string }
let everything: Awaited<ReturnType<typeof startEverything>>
let mcp: ReturnType<typeof openMcpConnections>
beforeAll(async () => {
  port = await findFreePort()
  server = { url: `http://127.0.0.1:${port}/mcp` }
  everything = await startEverything(port)
  mcp = openMcpConnections({ allowedOrigins: [new URL(server.url).origin] })
})
afterAll(async () => {
  await mcp.close()
  await everything.kill()
})

const call = (tool: string, input: JsonObject, signal?: AbortSignal) =>
  mcp.handler(testInvocation({ server, tool }, input, signal && { signal }))
const echo = () => call('echo', { message: 'hello' })

test('the tools of server-everything are listed and called', async () => {
  const { tools, refused } = describeMcpTools('web', await mcp.listTools('tenant-1', server))
  expect(refused).toEqual([])
  expect(tools.map(({ id }) => id)).toContain('mcp.web.get-structured-content')
  expect(await echo()).toEqual({ content: [{ type: 'text', text: 'Echo: hello' }] })
  expect(await call('get-structured-content', { location: 'New York' })).toMatchObject({
    structured: { temperature: 33 },
  })
})

test('an answer that takes its time is waited for', async () => {
  expect(await call('trigger-long-running-operation', { duration: 0.2, steps: 2 })).toMatchObject({
    content: [{ text: expect.stringMatching(/completed/) }],
  })
})

test('a private address is refused unless the operator named its very origin', async () => {
  const strict = openMcpConnections()
  for (const url of [server.url, `http://localhost:${port}/mcp`]) {
    await expect(strict.listTools('tenant-1', { url })).rejects.toMatchObject({
      code: 'address_forbidden',
      retryable: false,
      outcomeUnknown: false,
    })
  }
  await strict.close()
})

test('a time limit ends a call, and the server is told', async () => {
  await echo()
  const begun = everything.line(/Received MCP POST request/)
  const controller = new AbortController()
  const slow = call('trigger-long-running-operation', { duration: 60, steps: 1 }, controller.signal)
  await begun
  const told = everything.line(/Received MCP POST request/)
  controller.abort(timeOver())
  await expect(slow).rejects.toMatchObject({ code: 'tool_timeout', outcomeUnknown: true })
  await told
  expect(await echo()).toMatchObject({ content: expect.any(Array) })
})

test('a server that dies during a call: nobody knows what it did; one that is back is used without a word', async () => {
  await echo()
  const begun = everything.line(/Received MCP POST request/)
  const slow = call('trigger-long-running-operation', { duration: 60, steps: 1 })
  await begun
  const failing = expect(slow).rejects.toMatchObject({
    code: 'mcp_connection_lost',
    message: expect.stringMatching(/while it was called; whether it did what was asked is not known/),
    outcomeUnknown: true,
  })
  await everything.kill()
  await failing
  await expect(echo()).rejects.toMatchObject({
    code: 'mcp_start_failed',
    message: expect.stringMatching(/could not be reached; nothing was called/),
    retryable: true,
    outcomeUnknown: false,
  })
  everything = await startEverything(port)
  expect(await echo()).toMatchObject({ content: [{ text: 'Echo: hello' }] })
})

test('a server that was started anew, and knows nothing of our session, gets a new one', async () => {
  await echo()
  await everything.kill()
  everything = await startEverything(port)
  expect(await echo()).toMatchObject({ content: [{ text: 'Echo: hello' }] })
})

test('secrets travel as headers; what is no MCP server is told', async () => {
  const web = await startHttpServer()
  web.answer = (response) => response.writeHead(401).end('who is 90210?')
  const connections = openMcpConnections({ allowedOrigins: [web.origin], secrets: { PIN: '90210' } })
  const target = { url: `${web.origin}/mcp`, headers: { authorization: 'Bearer {{secret.PIN}}' } }
  const refusal = await connections.listTools('tenant-1', target).catch((error) => error)
  expect(refusal).toMatchObject({
    code: 'mcp_start_failed',
    message: `the MCP server ${new URL(web.origin).host} refused with HTTP 401; nothing was called`,
    retryable: false,
  })
  expect(web.received[0]!.headers.authorization).toBe('Bearer 90210')
  web.reset()
  await expect(connections.listTools('tenant-1', target)).rejects.toMatchObject({
    code: 'mcp_start_failed',
    message: expect.stringMatching(/does not speak MCP as expected/),
  })
  await connections.close()
  web.close()
})

test('an answer without end is cut off', async () => {
  const endless = createServer((_, response) => {
    response.setHeader('content-type', 'text/event-stream')
    const write = () => {
      while (response.write(`: ${'x'.repeat(64 * 1024)}\n\n`));
    }
    response.on('drain', write)
    write()
  })
  await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(endless.address() as AddressInfo).port}`
  const connections = openMcpConnections({ allowedOrigins: [origin] })
  await expect(connections.listTools('tenant-1', { url: origin })).rejects.toMatchObject({
    code: 'mcp_start_failed',
  })
  await connections.close()
  endless.closeAllConnections()
  endless.close()
})
