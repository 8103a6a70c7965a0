import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AUTH_SETTINGS, denyPolicy, signUp } from '../gate/people.ts'
import { type PurchaseClient, purchaseClient, receipt } from '../gate/purchase-client.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'

type Responses = Record<string, { content?: Record<string, { schema: object }> }>
type Document = { paths: Record<string, Record<string, { responses: Responses }>> }

/** Streams of events, and MCP, which answers in a form of its own. */
const isOtherProtocol = (name: string) => /\/(stream|conversation)$/.test(name) || name === 'POST /mcp'

let server: TestServer
let document: Document
let admin: PurchaseClient
beforeAll(async () => {
  server = await startTestServer({ settings: AUTH_SETTINGS })
  document = (await server.get('/openapi.json')).body
  admin = (await signUp(server)).client
})
afterAll(() => server.close())

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { responses }]) => ({
      name: `${method.toUpperCase()} ${path}`,
      responses,
    })),
  )

test('every route of the OpenAPI document says what it answers', () => {
  expect(operations().length).toBeGreaterThan(35)
  const silent = operations().filter(({ name, responses }) => {
    const success = Object.keys(responses).filter((status) => /^[23]/.test(status))
    return !isOtherProtocol(name) && success.length === 0
  })
  expect(silent.map(({ name }) => name)).toEqual([])
})

test('every reference of the document leads somewhere', () => {
  const references = JSON.stringify(document).match(/"\$ref":"[^"]+"/g) ?? []
  expect(references).toEqual([])
})

test('what is answered has the documented form, member by member', async () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
  const checked = new Set<string>()
  /** Answers the body, which must fit the schema of its route and status. */
  const ask = async (
    method: 'get' | 'post',
    route: string,
    values: Record<string, string> = {},
    body?: object,
  ) => {
    const [path, query = ''] = route.split('?')
    const filled = path!.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name]!))
    const url = query ? `${filled}?${query}` : filled
    const answer = method === 'get' ? await admin.get(url) : await admin.post(url, body)
    const schema =
      document.paths[path!]?.[method]?.responses[answer.status]?.content?.['application/json']?.schema
    expect(schema, `${method} ${path} ${answer.status}: ${answer.text}`).toBeDefined()
    ajv.validate(schema!, answer.body)
    expect([route, answer.status, ajv.errors]).toEqual([route, answer.status, null])
    checked.add(`${method.toUpperCase()} ${path}`)
    return answer.body
  }

  const authorized = await ask(
    'post',
    '/v1/mcp/authorize_action',
    {},
    {
      intent: { action: 'purchase.create' },
      context: { amount: 250, currency: 'EUR', merchant: 'Acme', request_id: 'documented' },
    },
  )
  const decision = { decision_id: authorized.decision_id as string }
  const run = { run_id: 'run_documented' }
  const registration = {
    ...decision,
    ...run,
    requested_by: 'agent',
    title: 'Approval required',
    details: 'Above the threshold',
    risk_level: 'high',
  }
  await ask('post', '/v1/approvals/requests', {}, registration)
  await ask('get', '/v1/approvals/pending?on_inconsistent=report')
  await ask('get', '/v1/approvals/decisions/{decision_id}', decision)
  await ask('post', '/v1/approvals/decisions/{decision_id}', decision, {
    decision: 'approved',
    approver_id: 'human_123',
  })
  const minted = await ask('post', '/v1/approvals/decisions/{decision_id}/execution-token', decision)
  // Its credential is the token; the caller shows a key.
  const { key } = await ask('post', '/api/v1/auth/api-keys', {}, { name: 'agent' })
  const agent = purchaseClient(server, { headers: { 'x-api-key': key } })
  const executed = await agent.execute(minted.execution_token, { amount: 250 })
  const executor = '/v1/executors/purchase.create'
  expect(
    ajv.validate(
      document.paths[executor]!.post!.responses[200]!.content!['application/json']!.schema,
      executed.body,
    ),
  ).toBe(true)

  await ask(
    'post',
    '/apps/import',
    {},
    {
      version: '1.0.0',
      app: {
        id: 'documented',
        name: 'Documented',
        workflows: [{ id: 'flow', workflow_ref: 'demo_ticket_triage_v1', label: 'Flow' }],
        actions: [{ id: 'act', label: 'Act', workflow_id: 'flow' }],
        views: [{ id: 'start', type: 'form', title: 'Start', action_id: 'act' }],
      },
    },
  )
  const app = { app_id: 'documented', action_id: 'act' }
  await ask('post', '/apps/{app_id}/actions/{action_id}', app, {})
  await ask('get', '/apps')
  for (const part of ['', '/actions', '/scopes', '/views', '/figures'])
    await ask('get', `/apps/{app_id}${part}`, app)
  await ask('get', '/v1/executions')
  await ask('get', '/v1/approvals/decisions/{decision_id}', decision)
  await ask('get', '/v1/approvals/decisions/{decision_id}/audit-export', decision)
  await ask('post', '/v1/events', {}, receipt('run_documented_too'))
  await ask('get', '/v1/runs')
  for (const view of ['status', 'events', 'journal']) await ask('get', `/v1/runs/{run_id}/${view}`, run)
  await ask('post', '/v1/demo/triage_inbox/reset-seed')
  await ask(
    'post',
    '/v1/approvals/{event_id}',
    { event_id: 'evt_triage_inbox_003' },
    {
      decision: 'approved',
      approver_id: 'human_123',
    },
  )
  await ask('post', '/api/v1/policies', {}, denyPolicy('Elsewhere'))
  await ask('get', '/api/v1/policies')
  const { policies } = (await admin.get('/api/v1/policies')).body
  await ask('get', '/api/v1/policies/{id}/versions', { id: policies[0].id })
  await ask('get', '/api/v1/policies/{id}/shadow-report', { id: policies[0].id })
  await ask('get', '/api/v1/policies/report')
  await ask('post', '/api/v1/policies/backtest', {}, { candidate: { policy: denyPolicy('ACME') } })
  await ask(
    'post',
    '/api/v1/policies/evaluate',
    {},
    {
      action: 'purchase.create',
      context: { amount: 250, currency: 'EUR' },
    },
  )
  const subject = { type: 'user', id: 'ana' }
  const question = { subject, action: { name: 'mail.send' }, resource: { type: 'mail', id: '1' } }
  await ask('post', '/access/v1/evaluation', {}, question)
  await ask('post', '/access/v1/evaluations', {}, { ...question, evaluations: [{}, {}] })
  for (const path of [
    '/healthz',
    '/.well-known/jwks.json',
    '/.well-known/authzen-configuration',
    '/api/v1/installation',
    '/api/v1/auth/me',
    '/api/v1/auth/api-keys',
  ])
    await ask('get', path)
  // A refusal is documented too.
  await ask('get', '/v1/approvals/decisions/{decision_id}', { decision_id: 'dec_unknown' })
  await ask('post', '/v1/events', {}, {})
  expect(checked.size).toBeGreaterThan(25)
})
