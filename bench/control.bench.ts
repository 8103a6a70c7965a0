/**
 * What control costs: `authorize_action` over HTTP with an API key and in a session against the local administrator, and
 * the same read and append with forced row-level security against tables without any. `node bench/control.bench.ts`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'
import pg from 'pg'
import { createLedger } from '../src/kernel/ledger/ledger.ts'
import { receipt } from '../src/kernel/ledger/receipt.fixture.ts'
import { type Database, openDatabase } from '../src/store/database.ts'
import { migrate } from '../src/store/migrate.ts'
import { spawnServer } from '../test/harness/spawn-server.ts'
import { startPostgres } from '../test/harness/start-postgres.ts'
import { interleave, printTable, ratePerSecond, ratio, rounded } from './measure.ts'

const GOES = 7
const SECONDS = 1
const RUN_EVENTS = 100
const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
const postgres = await startPostgres(folder)
const KINDS = ['PGlite', 'PostgreSQL'] as const
let counter = 0

const identity: Record<string, string>[] = []
for (const kind of KINDS) identity.push(...(await measureIdentity(kind)))
printTable('POST /v1/mcp/authorize_action (a new run each), 8 connections', identity)
const security: Record<string, string>[] = []
for (const kind of KINDS) security.push(...(await measureSecurity(kind)))
printTable('Row-level security, one caller', security)
await postgres.stop()
rmSync(folder, { recursive: true, force: true })

/** A database of its own for each contender: none finds more in its tables than the other. */
async function newDatabaseUrl(): Promise<string> {
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  const name = `bench_${counter++}`
  await client.query(`CREATE DATABASE ${name}`)
  await client.end()
  const url = new URL(postgres.url)
  url.pathname = `/${name}`
  return url.href
}

async function measureIdentity(kind: (typeof KINDS)[number]) {
  const start = async (name: string, settings: Record<string, string>) =>
    spawnServer(join(folder, `${kind} ${name}`), {
      ...settings,
      ...(kind === 'PostgreSQL' && { DATABASE_URL: await newDatabaseUrl() }),
      LOG_LEVEL: 'error',
    })
  const local = await start('local', {})
  const authenticated = await start('authenticated', { AUTH_SECRET: 'a secret of at least 32 characters' })
  const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const response = await fetch(authenticated.address + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    return (await response.json()) as Record<string, string>
  }
  const account = { email: 'ana@example.com', password: 'correct horse battery staple', name: 'Ana' }
  const { access_token } = await post('/api/v1/auth/register', account)
  const session = { authorization: `Bearer ${access_token}` }
  const { key } = await post('/api/v1/auth/api-keys', { name: 'bench' }, session)
  const rates = await interleave(GOES, {
    local: () => load(local.address, {}),
    session: () => load(authenticated.address, session),
    key: () => load(authenticated.address, { 'x-api-key': key! }),
  })
  await Promise.all([local.stop(), authenticated.stop()])
  return Object.entries(rates).map(([who, rate]) => ({
    database: kind,
    who,
    'requests/s': rounded(rate),
    'local / this': ratio(rates.local! / rate),
  }))
}

async function load(url: string, headers: Record<string, string>): Promise<number> {
  const body = () =>
    JSON.stringify({
      intent: { action: 'purchase.create' },
      context: { request_id: `bench-${counter++}`, amount: 50, currency: 'EUR', merchant: 'ACME' },
    })
  const result = await autocannon({
    url,
    connections: 8,
    duration: SECONDS,
    requests: [
      {
        method: 'POST',
        path: '/v1/mcp/authorize_action',
        headers: { ...headers, 'content-type': 'application/json' },
        setupRequest: (request: object) => ({ ...request, body: body() }),
      },
    ],
  } as autocannon.Options)
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx} refused, ${result.errors} failed`)
  return result.requests.average
}

async function measureSecurity(kind: (typeof KINDS)[number]) {
  const open = async (name: string) => {
    const database = await openDatabase(
      kind === 'PostgreSQL'
        ? { kind: 'postgres', url: await newDatabaseUrl() }
        : { kind: 'pglite', dataDir: join(folder, `rows ${name}`) },
    )
    await migrate(database)
    return database
  }
  const forced = await open('forced')
  const free = await open('free')
  await dropRowSecurity(free)
  const works = Object.fromEntries(
    await Promise.all(
      Object.entries({ forced, free }).map(
        async ([name, database]) => [name, await workOn(database)] as const,
      ),
    ),
  )
  const rows = []
  for (const work of ['read', 'append'] as const) {
    const rates = await interleave(GOES, {
      forced: () => ratePerSecond(1, SECONDS * 500, works.forced![work]),
      free: () => ratePerSecond(1, SECONDS * 500, works.free![work]),
    })
    rows.push({
      database: kind,
      what: work === 'read' ? `a run of ${RUN_EVENTS} events` : 'an append',
      'forced/s': rounded(rates.forced!),
      'without/s': rounded(rates.free!),
      'without / forced': ratio(rates.free! / rates.forced!),
    })
  }
  await forced.close()
  await free.close()
  return rows
}

/** The same role, connections and statements, on tables where nothing is checked for each row. */
async function dropRowSecurity(database: Database): Promise<void> {
  await database.asOwner(async (session) => {
    const tables = await session.query<{ name: string }>(
      "SELECT oid::regclass::text AS name FROM pg_class WHERE relrowsecurity AND relkind IN ('r', 'p')",
    )
    for (const { name } of tables) await session.query(`ALTER TABLE ${name} DISABLE ROW LEVEL SECURITY`)
  })
}

async function workOn(database: Database) {
  const ledger = createLedger(database, { now: () => Date.now() })
  const append = (runId: string) => {
    const at = new Date(Date.now() + counter).toISOString()
    const payload = receipt({ id: `evt_${counter++}`, run_id: runId, timestamp: at })
    return ledger.append('default', runId, () => [
      { kind: 'receipt_ingested', eventId: payload.id, occurredAt: at, actor: 'local', payload },
    ])
  }
  for (let event = 0; event < RUN_EVENTS; event++) await append('run_read')
  return {
    read: () =>
      database.transaction('default', (session) =>
        session.query(
          'SELECT seq, canon, hash FROM events WHERE tenant_id = $1 AND run_id = $2 ORDER BY seq',
          ['default', 'run_read'],
          'bench_read',
        ),
      ),
    append: () => append(`run_${counter % 64}`),
  }
}
