import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { composeApp } from '../../src/app.ts'
import { listenOn } from '../../src/cli/serve.ts'
import { readConfig } from '../../src/config.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { openDatabase } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { createPostgresDatabase } from '../harness/open-test-database.ts'
import type { Answer, CallOptions, TestServer } from '../harness/start-test-server.ts'

type Cutter = {
  port: number
  /** Breaks every connection and takes no new one. */
  cut(): void
  restore(): void
  close(): Promise<void>
}

/** The product in this process, and between it and PostgreSQL a wire that can be cut. */
export async function startServerBehindProxy(): Promise<{ server: TestServer; cutter: Cutter }> {
  const url = new URL(await createPostgresDatabase())
  const cutter = await startCutter(Number(url.port))
  url.port = String(cutter.port)
  const database = await openDatabase({ kind: 'postgres', url: url.href })
  await migrate(database)
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-server-'))
  const config = readConfig({ PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'silent' })
  const log = pino({ level: 'silent' })
  const app = await composeApp({ config, log, clock: systemClock, database, lock: null, localSecret: '' })
  const listening = await listenOn(app, config, log)
  const address = `http://127.0.0.1:${(listening.server.address() as AddressInfo).port}`
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    { headers = {} }: CallOptions = {},
  ): Promise<Answer> => {
    const response = await fetch(address + path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: JSON.parse(text), text, headers: response.headers }
  }
  const server: TestServer = {
    address,
    app,
    config,
    clock: systemClock,
    call,
    get: (path, options) => call('GET', path, undefined, options),
    post: (path, body, options) => call('POST', path, body, options),
    async close() {
      await listening.close()
      await app.close()
      await cutter.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  return { server, cutter }
}

async function startCutter(target: number): Promise<Cutter> {
  const open = new Set<Socket>()
  let cut = false
  const proxy = createServer((socket) => {
    if (cut) {
      socket.destroy()
      return
    }
    const upstream = connect(target, '127.0.0.1')
    for (const each of [socket, upstream]) {
      open.add(each)
      each.on('error', () => {})
      each.on('close', () => {
        open.delete(each)
        socket.destroy()
        upstream.destroy()
      })
    }
    socket.pipe(upstream).pipe(socket)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    port: (proxy.address() as AddressInfo).port,
    cut() {
      cut = true
      for (const socket of open) socket.destroy()
    },
    restore() {
      cut = false
    },
    close: () => new Promise<void>((resolve) => proxy.close(() => resolve())),
  }
}
