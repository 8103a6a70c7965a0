import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMeter } from '../../src/ops/metrics/meter.ts'
import { addToMetrics } from '../../src/ops/metrics/metric-rows.ts'
import { pruneMetrics } from '../../src/ops/metrics/prune-metrics.ts'
import type { Metrics, MetricsSeries } from '../../src/ops/metrics/schema.ts'
import { runClient } from '../engine/runs/run-client.ts'
import { AUTH_SETTINGS, denyPolicy, type Person, signUp } from '../gate/people.ts'
import { expectStatus } from '../gate/purchase-client.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'

let server: TestServer
let admin: Person
let other: Person
beforeAll(async () => {
  server = await startTestServer({ settings: { ...AUTH_SETTINGS, RATE_LIMIT_ADDRESS: '3' } })
  admin = await signUp(server)
  other = await signUp(server, 'admin')
})
afterAll(() => server.close())

const metrics = async (person: Person, query = ''): Promise<Metrics> =>
  expectStatus(await person.client.get(`/api/v1/metrics${query}`), 200)
const sums = (id: string, expression: unknown) => ({
  id,
  type: 'tool_node',
  config: { tool_id: 'calculator', input: { expression } },
})

test('runs, tools, models, decisions, approvals and executions are counted once each', async () => {
  const client = runClient(server, { headers: other.headers })
  const good = await client.define([sums('sum', '6*7')])
  await client.run(good, 'completed')
  await client.run(good, 'completed')
  const bad = await client.define([sums('sum', '1/')])
  await client.run(bad, 'failed')
  await client.run('demo_ticket_triage_v1', 'completed', { hotel_id: 'VV-LISBON' }, { llm_calls_limit: 5 })
  await client.run('demo_ticket_triage_v1', 'failed', { hotel_id: 'VV-LISBON' }, { llm_calls_limit: 0 })
  expectStatus(await other.client.post('/api/v1/policies', denyPolicy('Nobody')), 201)
  await other.client.authorize({ amount: 5, merchant: 'Nobody' })
  await other.client.approvedPurchase()
  const told = await metrics(other)
  expect(told).toMatchObject({
    scope: 'tenant',
    runs: {
      total: 5,
      by_status: { completed: 3, failed: 2 },
      throughput_per_hour: 5,
      success_rate: 0.6,
      avg_cost_cents: 0,
    },
    llm: { calls_total: 1, calls_by_provider: { builtin: 1 }, cost_cents_total: 0, error_rate: 0 },
    tools: { calls_by_tool: { calculator: 3, 'ticketing.list_open': 2 }, error_rate: 0.2 },
    policies: { denials_total: 1 },
    approvals: { requested: 1, approved: 1 },
    errors: { error_rate: 0.4, budget_exceeded_total: 1 },
    memory: { items_total: 0 },
  })
  expect(told.llm.tokens_total).toBe(told.llm.tokens_prompt_total + told.llm.tokens_completion_total)
  expect(told.policies.evaluations_total).toBeGreaterThan(10)
  expect(told.performance.run_duration_ms.count).toBe(5)
  expect(told.performance.step_duration_ms.count).toBeGreaterThan(4)
  expect(told.performance.run_duration_ms.p99).toBeGreaterThan(0)
  expect(await metrics(other)).toEqual({ ...told, at: expect.any(String) })
})

const HOUR = 3_600_000
const since = (ms: number) => new Date(Date.now() - ms).toISOString()
const series = async (person: Person, query: Record<string, string>): Promise<MetricsSeries> =>
  expectStatus(await person.client.get(`/api/v1/metrics/series?${new URLSearchParams(query)}`), 200)

test('the series of an hour tells minute by minute what the totals tell together', async () => {
  const [total, told] = [await metrics(other), await series(other, { from: since(HOUR) })]
  expect(told.step_seconds).toBe(60)
  expect(told.points.length).toBeGreaterThanOrEqual(60)
  expect(told.totals).toMatchObject({
    runs_started: total.runs.total,
    runs_by_status: total.runs.by_status,
    llm_calls: total.llm.calls_total,
    tokens_prompt: total.llm.tokens_prompt_total,
    policy_denials: total.policies.denials_total,
    run_duration_ms: total.performance.run_duration_ms,
    llm_latency_ms: total.llm.latency_ms,
  })
  const begun = told.points.map(({ runs_started }) => runs_started)
  expect(begun.reduce((all, each) => all + each)).toBe(total.runs.total)
  // What stands in front of the first run is there too, as zeros.
  expect(begun[0]).toBe(0)
  expect((await series(admin, { from: since(HOUR) })).totals.runs_started).toBe(0)
})

test('a long series has longer pieces, never more than 500, and reaches no further back than counts are kept', async () => {
  const steps = async (from: number, step?: number) =>
    (await series(other, { from: since(from), ...(step && { step: String(step) }) })).step_seconds
  expect(await steps(HOUR, 300)).toBe(300)
  expect(await steps(24 * HOUR, 60)).toBe(600)
  expect(await steps(30 * 24 * HOUR)).toBe(21600)
  const month = await series(other, { from: since(30 * 24 * HOUR) })
  expect(month.points.length).toBeLessThanOrEqual(500)
  for (const query of [`from=${since(32 * 24 * HOUR)}`, `from=${since(-HOUR)}`, 'from=yesterday', 'step=60'])
    expect([query, (await other.client.get(`/api/v1/metrics/series?${query}`)).status]).toEqual([query, 422])
})

test('counts get coarser with age and none is lost; what is too old is forgotten', async () => {
  const { kernel } = server.app
  const tenant = 'tenant-of-ages'
  const now = Date.parse('2026-11-21T12:34:56Z')
  const ages = [60_000, 3 * HOUR, 3 * HOUR + 60_000, 50 * HOUR, 50 * HOUR + 20 * 60_000, 33 * 24 * HOUR]
  const increments = ages.map((age) => ({
    name: 'runs_total',
    label: 'completed',
    count: 1,
    sum: 0,
    at: now - age,
  }))
  await kernel.database.transaction(tenant, (session) => addToMetrics(session, tenant, increments))
  const read = () =>
    kernel.database.transaction(tenant, (session) =>
      session.query<{ minute: Date; count: number }>(
        'SELECT minute, count FROM metric_minutes WHERE tenant_id = $1 ORDER BY minute',
        [tenant],
      ),
    )
  const kept = [
    { minute: new Date('2026-11-19T10:00:00Z'), count: 2 },
    { minute: new Date('2026-11-21T09:30:00Z'), count: 2 },
    { minute: new Date('2026-11-21T12:33:00Z'), count: 1 },
  ]
  for (const _time of ['first', 'again']) {
    await pruneMetrics({ database: kernel.database, clock: { now: () => now } })
    expect(await read()).toEqual(kept)
  }
})

test('a tenant whose counts cannot be written keeps no other tenant from being counted, and is tried again', async () => {
  const { database } = server.app.kernel
  let fails = true
  const meter = createMeter({
    clock: { now: () => Date.now() },
    database: {
      ...database,
      transaction: (tenant: string, ...more: [never]) =>
        fails && tenant === 'broken'
          ? Promise.reject(new Error('broken'))
          : database.transaction(tenant, ...more),
    } as typeof database,
  })
  for (const tenant of ['broken', 'sound']) meter.count(tenant, 'rate_limited_total')
  const counted = async (tenant: string) => {
    const rows = await database.transaction(tenant, (session) =>
      session.query<{ count: number }>('SELECT count FROM metric_totals WHERE tenant_id = $1', [tenant]),
    )
    return rows.map(({ count }) => count)
  }
  await expect(meter.flush()).rejects.toThrow('broken')
  expect([await counted('broken'), await counted('sound')]).toEqual([[], [1]])
  fails = false
  await meter.flush()
  expect([await counted('broken'), await counted('sound')]).toEqual([[1], [1]])
})

test('a step that ends in a later batch than it began in is measured from its beginning', async () => {
  const client = runClient(server, { headers: other.headers })
  const workflow = await client.define([{ id: 'ask', type: 'human_gate' }])
  const before = (await metrics(other)).performance.step_duration_ms.count
  const run = await client.run(workflow, 'paused')
  await metrics(other)
  expectStatus(await client.resume(run.id), 200)
  await expect.poll(async () => (await client.read(run.id)).status).toBe('completed')
  expect((await metrics(other)).performance.step_duration_ms.count).toBe(before + 1)
})

test('a tenant sees its own numbers; the installation’s administrator those of all', async () => {
  const [own, all] = [await metrics(admin, '?scope=tenant'), await metrics(admin)]
  expect([own.scope, own.runs.total, all.scope]).toEqual(['tenant', 0, 'installation'])
  expect(all.runs.total).toBe((await metrics(other)).runs.total)
  expect((await metrics(other, '?scope=installation')).scope).toBe('tenant')
})

test('requests that were turned away are counted', async () => {
  const before = (await metrics(admin)).errors.rate_limited_total
  let limited = 0
  for (let go = 0; go < 6; go++) if ((await server.get('/tools')).status === 429) limited++
  expect(limited).toBeGreaterThan(0)
  expect((await metrics(admin)).errors.rate_limited_total).toBe(before + limited)
})

test('Prometheus is told the same, as text it can read, to whoever shows a key', async () => {
  const scraper = await other.withKey(['read'])
  const answers = [await scraper.get('/metrics'), await other.client.get('/api/v1/metrics?format=prometheus')]
  for (const { status, headers, text } of answers) {
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(
        /^(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\{[a-z]+="(?:[^"\\]|\\.)*"\})? -?[\d.e+-]+)$/,
      )
    }
    expect(text).toContain('\nruns_total{status="completed"} ')
    expect(text).toContain('\ntool_calls_total{tool="calculator"} 3\n')
    expect(text).toMatch(/\nrun_duration_ms\{quantile="0\.95"\} [\d.]+\n/)
  }
  expect((await server.get('/metrics')).status).not.toBe(200)
  expect((await other.client.get('/api/v1/metrics?format=xml')).status).toBe(422)
})
