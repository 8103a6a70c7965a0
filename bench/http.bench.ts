/**
 * Requests a second over HTTP with eight connections, the load coming from this process and the server being one of
 * its own. `node bench/http.bench.ts`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'
import type { SpawnedProgram } from '../test/harness/spawn-program.ts'
import { spawnServer } from '../test/harness/spawn-server.ts'
import { startPostgres } from '../test/harness/start-postgres.ts'
import { printTable, rounded } from './measure.ts'

const SECONDS = 4
const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
const postgres = await startPostgres(folder)
let counter = 0

const rows: Record<string, string>[] = []
for (const [name, settings] of [
  ['PGlite', {}],
  ['PostgreSQL', { DATABASE_URL: postgres.url }],
] as const) {
  const server = await spawnServer(join(folder, name), { ...settings, LOG_LEVEL: 'error' })
  rows.push(
    {
      database: name,
      route: 'GET /api/v1/installation',
      ...(await measure(server, { path: '/api/v1/installation' })),
    },
    {
      database: name,
      route: 'POST /v1/mcp/authorize_action (a new run each)',
      ...(await measure(server, {
        method: 'POST',
        path: '/v1/mcp/authorize_action',
        body: () => ({
          intent: { action: 'purchase.create' },
          context: { request_id: `bench-${counter++}`, amount: 50, currency: 'EUR', merchant: 'ACME' },
        }),
      })),
    },
    {
      database: name,
      route: 'POST /v1/events (one run)',
      ...(await measure(server, { method: 'POST', path: '/v1/events', body: () => event('bench') })),
    },
    {
      database: name,
      route: 'POST /v1/events (64 runs)',
      ...(await measure(server, {
        method: 'POST',
        path: '/v1/events',
        body: () => event(`bench-${counter % 64}`),
      })),
    },
  )
  for (let index = 0; index < 1000; index++) await post(server, '/v1/events', event('journal'))
  const cold = await coldJournal(server)
  const { headers } = await fetch(`${server.address}/v1/runs/journal/journal`)
  rows.push(
    {
      database: name,
      route: 'GET journal of 1,000 events, nothing changed',
      ...(await measure(server, { path: '/v1/runs/journal/journal' })),
    },
    {
      database: name,
      route: 'GET the same, If-None-Match (304)',
      ...(await measure(server, {
        path: '/v1/runs/journal/journal',
        headers: { 'if-none-match': headers.get('etag')! },
      })),
    },
    {
      database: name,
      route: 'GET the same, after each change (cold)',
      'requests/s': rounded(cold),
      'p50 ms': '',
      'p99 ms': '',
      'not 2xx': '0',
    },
  )
  await server.stop()
}
printTable('HTTP, 8 connections', rows)
await postgres.stop()
rmSync(folder, { recursive: true, force: true })

type Load = { method?: 'GET' | 'POST'; path: string; body?: () => object; headers?: Record<string, string> }

async function measure(server: SpawnedProgram, { method = 'GET', path, body, headers = {} }: Load) {
  const result = await autocannon({
    url: server.address,
    connections: 8,
    duration: SECONDS,
    requests: [
      {
        method,
        path,
        headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { setupRequest: (request: object) => ({ ...request, body: JSON.stringify(body()) }) }),
      },
    ],
  } as autocannon.Options)
  return {
    'requests/s': rounded(result.requests.average),
    'p50 ms': String(result.latency.p50),
    'p99 ms': String(result.latency.p99),
    'not 2xx': String(headers['if-none-match'] ? result.errors : result.non2xx + result.errors),
  }
}

function event(runId: string) {
  return {
    id: `evt_${counter++}`,
    run_id: runId,
    timestamp: new Date().toISOString(),
    type: 'action',
    actor: 'agent',
    title: 'Start transfer workflow',
    details:
      'Agent prepared transfer request and attached the documents that the reviewer will want to see first',
    approval: { status: 'not_required' },
    evidence: [{ kind: 'log', label: 'Execution log', ref: 'log://bench' }],
  }
}

async function post(server: SpawnedProgram, path: string, body: object): Promise<void> {
  const response = await fetch(server.address + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(await response.text())
}

/** Journals a second when every one has to be made anew, the event that makes it so not counted. */
async function coldJournal(server: SpawnedProgram): Promise<number> {
  let spent = 0
  for (let go = 0; go < 30; go++) {
    await post(server, '/v1/events', event('journal'))
    const started = performance.now()
    await (await fetch(`${server.address}/v1/runs/journal/journal`)).arrayBuffer()
    spent += performance.now() - started
  }
  return 30_000 / spent
}
