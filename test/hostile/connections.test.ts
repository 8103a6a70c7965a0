import { connect, type Socket } from 'node:net'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ErrorEnvelope } from '../../src/http/schema.ts'
import { countRows, expectError, receipt } from '../gate/purchase-client.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'

describe('connections that do not behave', () => {
  let server: TestServer
  const sockets: Socket[] = []
  const lines: string[] = []
  beforeAll(async () => {
    server = await startTestServer({ log: pino({ base: null }, { write: (line) => void lines.push(line) }) })
  })
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy()
  })
  afterAll(() => server.close())

  const open = async () => {
    const { port } = new URL(server.address)
    const socket = connect(Number(port), '127.0.0.1')
    sockets.push(socket)
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk
    })
    const closed = new Promise<string>((resolve) => {
      socket.on('error', () => {})
      socket.on('close', () => resolve(received))
    })
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
    return { socket, closed }
  }
  /** The last answer on the wire, which must carry the envelope. */
  const expectEnvelope = (wire: string, status: string) => {
    const last = wire.slice(wire.lastIndexOf(`HTTP/1.1 ${status} `))
    expect(last).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(ErrorEnvelope.safeParse(JSON.parse(last.split('\r\n\r\n')[1]!)).error).toBeUndefined()
  }
  const stillAnswers = async () => expect((await server.get('/healthz')).status).toBe(200)

  test('a path that nothing answers to stands in the log with its beginning', async () => {
    expectError(await server.get(`/no/such/path/${'a'.repeat(15_000)}`), 404, 'NOT_FOUND')
    await expect.poll(() => lines.filter((line) => line.includes('/no/such/path/'))).toHaveLength(1)
    expect(JSON.parse(lines.at(-1)!).path).toBe(`/no/such/path/${'a'.repeat(186)}`)
  })

  const HOST = 'host: 127.0.0.1\r\n'
  test.each([
    ['garbage', 'hello there\r\n\r\n'],
    ['TLS', Buffer.from([0x16, 0x03, 0x01, 0x00, 0xc8, 0x01, 0x00, 0x00, 0xc4, 0x03, 0x03])],
    ['a method that does not exist', 'BREW /v1/events HTTP/1.1\r\n\r\n'],
    ['a broken header', `GET /healthz HTTP/1.1\r\n${HOST}bad header\r\n\r\n`],
    ['two lengths', `POST /v1/events HTTP/1.1\r\n${HOST}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`],
    [
      'a length and chunks, as smugglers send it',
      `POST /v1/events HTTP/1.1\r\n${HOST}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'a chunk that is none',
      `POST /v1/events HTTP/1.1\r\n${HOST}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`,
    ],
    [
      'garbage behind a good request',
      `GET /healthz HTTP/1.1\r\n${HOST}\r\n\u0001\u0002\u0003 garbage\r\n\r\n`,
    ],
  ])('%s is answered with 400 in the envelope and the connection ends', async (_name, bytes) => {
    const before = await countRows(server)
    const { socket, closed } = await open()
    socket.write(bytes)
    expectEnvelope(await closed, '400')
    expect(await countRows(server)).toEqual(before)
    await stillAnswers()
  })

  test('headers without end are cut off with 431', async () => {
    const { socket, closed } = await open()
    socket.write(`GET /healthz HTTP/1.1\r\n${HOST}x: ${'y'.repeat(100_000)}\r\n\r\n`)
    expectEnvelope(await closed, '431')
    await stillAnswers()
  })

  test('a body beyond the limit is 413, announced or in chunks', async () => {
    const before = await countRows(server)
    const announced = await open()
    announced.socket.write(
      `POST /v1/events HTTP/1.1\r\n${HOST}content-type: application/json\r\nconnection: close\r\ncontent-length: 99999999\r\n\r\n`,
    )
    expectEnvelope(await announced.closed, '413')
    const chunked = await open()
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    chunked.socket.write(
      `POST /v1/events HTTP/1.1\r\n${HOST}content-type: application/json\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n${chunk.repeat(20)}`,
    )
    expectEnvelope(await chunked.closed, '413')
    expect(await countRows(server)).toEqual(before)
  })

  test('a body that trickles is cut off with 408 while others are answered', {
    timeout: 40_000,
  }, async () => {
    const { socket, closed } = await open()
    const text = JSON.stringify(receipt('run_slow'))
    socket.write(
      `POST /v1/events HTTP/1.1\r\n${HOST}content-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n`,
    )
    let sent = 0
    const trickle = setInterval(() => {
      // Slow enough that it would take longer than any limit.
      if (!socket.destroyed && sent < text.length - 1) socket.write(text[sent++]!)
    }, 200)
    await stillAnswers()
    const wire = await closed.finally(() => clearInterval(trickle))
    expectEnvelope(wire, '408')
    expectError(await server.get('/v1/runs/run_slow/status'), 404, 'RUN_NOT_FOUND')
    await stillAnswers()
  })

  test('a caller that hangs up in the middle leaves nothing behind', async () => {
    const before = await countRows(server)
    for (let round = 0; round < 20; round++) {
      const { socket, closed } = await open()
      socket.write(
        `POST /v1/events HTTP/1.1\r\n${HOST}content-type: application/json\r\ncontent-length: 500\r\n\r\n{"id":"x"`,
      )
      socket.destroy()
      await closed
    }
    expect(await countRows(server)).toEqual(before)
    await stillAnswers()
  })
})

test('closing does not wait for a connection on which nothing was asked', async () => {
  const server = await startTestServer()
  const socket = connect(Number(new URL(server.address).port), '127.0.0.1')
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
  // An answer on another connection: by then the server has accepted this one too.
  expect((await server.get('/healthz')).status).toBe(200)
  const started = performance.now()
  await Promise.all([server.close(), closed])
  expect(performance.now() - started).toBeLessThan(10_000)
})
