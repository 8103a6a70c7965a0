import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { purchaseDecisionId } from '../../src/engine/purchase/decision-id.ts'
import { makeDataFolder } from '../harness/make-data-folder.ts'
import { spawnServer } from '../harness/spawn-server.ts'
import { startTestServer } from '../harness/start-test-server.ts'

const purchase = (context: object) => ({ intent: { action: 'purchase.create' as const }, context }) as never

test('policies that cannot be loaded decide nothing, though an older set is at hand', async () => {
  const server = await startTestServer()
  const ask = (request_id: string) =>
    server.post('/v1/mcp/authorize_action', purchase({ request_id, amount: 5, currency: 'EUR' }))
  expect((await ask('before')).body.state).toBe('allow')
  await server.app.kernel.database.transaction('default', async (session) => {
    await session.query(
      `INSERT INTO policies (tenant_id, id, name, scope, rule_expr, effect, priority, enabled, version, created_at, updated_at, created_by, updated_by)
       VALUES ('default', 'broken', 'a deny from the future', 'tenant', '{"conditions":[{"field":"context.amount","operator":"sounds_like"}]}', 'deny', 1, true, 1, now(), now(), 'x', 'x')`,
    )
    await session.query("INSERT INTO policy_revisions (tenant_id, revision) VALUES ('default', 1)")
  })
  const { status, body } = await ask('after')
  expect([status, body.error.code]).toEqual([503, 'POLICY_SET_UNAVAILABLE'])
  expect((await server.get('/v1/runs/run_after/events')).body.event_count).toBe(0)
  await server.close()
})

test('what a human was shown is what runs, whoever prepared another decision under its id', async () => {
  const server = await startTestServer()
  const real = purchase({ request_id: 'real', amount: 50_000, currency: 'EUR', merchant: 'EVIL' })
  const decision_id = purchaseDecisionId('default', real)
  const asked = { decision_id, requested_by: 'agent', title: 'Buy', details: 'Paper', risk_level: 'low' }
  const payload = { amount: 101, currency: 'EUR', merchant: 'ACME' }
  const gate = {
    id: 'evt_gate',
    run_id: 'run_raw',
    timestamp: '2026-01-01T00:00:00Z',
    type: 'approval_requested',
    actor: 'agent',
    title: 'Buy',
    details: 'Paper',
    requires_approval: true,
    approval: { status: 'pending', decision_id },
  }
  // Under an id that only authorize_action gives, another payload is not taken, neither before nor beside a raw gate.
  const early = await server.post('/v1/approvals/requests', { ...asked, run_id: 'run_early', payload })
  expect([early.status, early.body.error.code]).toEqual([409, 'DECISION_NOT_AUTHORIZED'])
  expect((await server.post('/v1/events', gate)).status).toBe(201)
  expect(
    (await server.post('/v1/approvals/requests', { ...asked, run_id: 'run_other', payload })).status,
  ).toBe(409)
  const { body: pending } = await server.get('/v1/approvals/pending')
  expect(pending.approvals).toMatchObject([{ event_id: 'evt_gate', payload: null, decision: null }])
  expect((await server.post('/v1/mcp/authorize_action', real)).body.decision_id).toBe(decision_id)
  const answer = { decision: 'approved', approver_id: 'jane' }
  expect((await server.post('/v1/approvals/evt_gate', answer)).status).toBe(200)
  const minted = await server.post(`/v1/approvals/decisions/${decision_id}/execution-token`)
  expect([minted.status, minted.body.error.code]).toEqual([409, 'EXECUTION_DECISION_NOT_APPROVED'])
  await server.close()
})

test('stopping waits for a purchase under way: the caller hears how it ended, and nothing is in doubt', async () => {
  const folder = makeDataFolder()
  const shop = createServer()
  shop.listen(0, '127.0.0.1')
  await once(shop, 'listening')
  const server = await spawnServer(folder, {
    PURCHASE_WEBHOOK_URL: `http://127.0.0.1:${(shop.address() as AddressInfo).port}/orders`,
    PURCHASE_WEBHOOK_ALLOW_PRIVATE: 'true',
  })
  const post = (path: string, body: object, headers = {}) =>
    fetch(server.address + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const decision = (await (
    await post('/v1/mcp/authorize_action', purchase({ request_id: 'slow', amount: 5, currency: 'EUR' }))
  ).json()) as { decision_id: string }
  const minted = (await (
    await post(`/v1/approvals/decisions/${decision.decision_id}/execution-token`, {})
  ).json()) as { execution_token: string }
  const asked = once(shop, 'request')
  const executed = post(
    '/v1/executors/purchase.create',
    { amount: 5, currency: 'EUR' },
    { authorization: `Bearer ${minted.execution_token}` },
  )
  const [, answer] = await asked
  server.process.kill('SIGTERM')
  // The server has said that it stops before the shop answers.
  while (!server.output().includes('Stopping')) await once(server.process.stdout!, 'data')
  answer.end('{"order":1}')
  expect(((await (await executed).json()) as { status: string }).status).toBe('executed')
  await server.ended
  expect(server.process.exitCode).toBe(0)
  shop.close()
  rmSync(folder, { recursive: true, force: true })
}, 40_000)
