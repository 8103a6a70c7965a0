import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import pino from 'pino'
import { type CountersignApp, composeApp } from '../../src/app.ts'
import { listenOn } from '../../src/cli/serve.ts'
import { type Config, readConfig } from '../../src/config.ts'
import { openChains } from '../../src/open-web3.ts'
import { databasesFolder } from './memory-folder.ts'
import { type DatabaseKind, openMigrated, openTestDatabase } from './open-test-database.ts'
import { UNLIMITED } from './unlimited.ts'

/** A clock that stands still until it is moved. */
export type TestClock = { now(): number; advance(ms: number): void }

export function createTestClock(start = Date.parse('2026-03-01T12:00:00Z')): TestClock {
  let now = start
  return {
    now: () => now,
    advance(ms) {
      now += ms
    },
  }
}

// biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape, and assert what they read
export type Answer = { status: number; body: any; text: string; headers: Headers }
export type CallOptions = {
  headers?: Record<string, string>
  raw?: string | Uint8Array
  contentType?: string
}

export type TestServer = {
  address: string
  app: CountersignApp
  config: Config
  clock: { now(): number }
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Answer>
  get(path: string, options?: CallOptions): Promise<Answer>
  post(path: string, body?: unknown, options?: CallOptions): Promise<Answer>
  close(): Promise<void>
}

type Options = {
  database?: DatabaseKind
  /** A PostgreSQL database that another server uses too, instead of a fresh one. */
  databaseUrl?: string
  /** Settings by the names of the environment; everything else is the default. */
  settings?: Record<string, string>
  clock?: { now(): number }
  /** A devnet that is the server's own, as if it had started it. */
  devnet?: { url: string }
  /** Where lines of the log go, instead of nowhere. */
  log?: pino.Logger
  /** Checkpoints, expiry and recovery run by themselves. */
  background?: boolean
}

/** The whole product in this process, on a fresh database and a free port. */
export async function startTestServer(options: Options = {}): Promise<TestServer> {
  const dataDir = mkdtempSync(join(databasesFolder(), 'countersign-server-'))
  const config = readConfig({
    PORT: '0',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'silent',
    ...UNLIMITED,
    ...options.settings,
  })
  const clock = options.clock ?? { now: () => Date.now() }
  const database = options.databaseUrl
    ? await openMigrated(options.databaseUrl)
    : await openTestDatabase(options.database)
  const log = options.log ?? pino({ level: 'silent' })
  const chains = openChains(config)
  if (options.devnet) chains.connectDevnet(options.devnet.url)
  const app = await composeApp({ config, log, clock, database, lock: null, localSecret: '', chains })
  const server = await listenOn(app, config, log)
  if (options.background) {
    await app.recover()
    app.startBackground()
  }
  const { port } = server.server.address() as AddressInfo
  const address = `http://127.0.0.1:${port}`
  const call: TestServer['call'] = (method, path, body, { headers = {}, raw, contentType } = {}) =>
    request(address, method, path, raw ?? (body === undefined ? undefined : JSON.stringify(body)), {
      ...((raw !== undefined || body !== undefined) && { 'content-type': contentType ?? 'application/json' }),
      ...headers,
    })
  return {
    address,
    app,
    config,
    clock,
    call,
    get: (path, settings) => call('GET', path, undefined, settings),
    post: (path, body, settings) => call('POST', path, body, settings),
    async close() {
      await server.close()
      await app.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

async function request(
  address: string,
  method: string,
  path: string,
  body: string | Uint8Array | undefined,
  headers: Record<string, string>,
): Promise<Answer> {
  const response = await fetch(address + path, {
    method,
    headers,
    ...(body !== undefined && { body: body as string }),
  })
  const text = await response.text()
  let parsed: unknown
  try {
    parsed = text === '' ? undefined : JSON.parse(text)
  } catch {
    parsed = undefined
  }
  return { status: response.status, body: parsed, text, headers: response.headers }
}
