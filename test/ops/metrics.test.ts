import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Metrics } from '../../src/ops/metrics/schema.ts'
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
