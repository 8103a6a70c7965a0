import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { traceIdOf } from '../../src/lib/trace-id.ts'
import { type Program, startProgram } from '../crash/program.ts'
import { runClient } from '../engine/runs/run-client.ts'
import { expectStatus, purchaseClient } from '../gate/purchase-client.ts'
import { makeDataFolder } from '../harness/make-data-folder.ts'
import { createPostgresDatabase } from '../harness/open-test-database.ts'
import type { TestServer } from '../harness/start-test-server.ts'

/** Every secret of the story, by what it is, and none of them twice. */
const secrets: Record<string, string> = {}
const secret = (what: string, prefix = '') => {
  secrets[what] ??= `${prefix}${what.replaceAll(' ', '')}${randomBytes(9).toString('hex')}`
  return secrets[what]
}
const kept = (what: string, value: string) => {
  secrets[what] = value
  return value
}

/** A server that knows every secret it is sent and tells it again, in its address, its headers and its words. */
let echo: Server
let origin: string
beforeAll(async () => {
  echo = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const told = JSON.stringify({ url: request.url, headers: request.headers, body })
    response.writeHead(401, {
      'content-type': 'application/json',
      'x-told': encodeURIComponent(told).slice(0, 4000),
    })
    response.end(JSON.stringify({ error: { message: `refused: ${told}` } }))
  })
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`
})
afterAll(() => {
  echo.closeAllConnections()
  echo.close()
})

async function settings(): Promise<Record<string, string>> {
  const database = new URL(await createPostgresDatabase())
  database.password = secret('database password')
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const keys = JSON.stringify({ keys: [{ ...jwk, kid: 'one', alg: 'EdDSA' }] })
  kept('private token key', jwk.d!)
  return {
    LOG_LEVEL: 'debug',
    DATABASE_URL: database.href,
    AUTH_SECRET: secret('auth secret', 'longer than thirty-two '),
    COUNTERSIGN_TOKEN_KEYS: keys,
    COUNTERSIGN_LOGLINE_PEPPER: secret('logline pepper', 'longer than thirty-two '),
    OIDC_ISSUER: `${origin}/oidc`,
    OIDC_CLIENT_ID: 'countersign',
    OIDC_CLIENT_SECRET: secret('oidc client secret'),
    OIDC_ALLOWED_DOMAINS: '*',
    PUBLIC_URL: 'http://127.0.0.1:8000',
    PURCHASE_WEBHOOK_URL: `${origin}/shop/${secret('purchase webhook')}`,
    PURCHASE_WEBHOOK_ALLOW_PRIVATE: 'true',
    LLM_BASE_URL: `${origin}/v1`,
    LLM_API_KEY: secret('llm key'),
    LLM_MODEL: 'local',
    ANTHROPIC_API_KEY: secret('anthropic key'),
    COUNTERSIGN_TOOL_SECRETS: JSON.stringify({
      CRM: secret('tool secret'),
      ODD: kept('odd tool secret', 'a"b\\c;ö odd'),
    }),
    COUNTERSIGN_TOOL_ORIGINS: origin,
    COUNTERSIGN_MCP_COMMANDS: 'true',
    ALERT_WEBHOOK_URL: `${origin}/alerts/${secret('alert webhook')}?sig=${secret('alert signature')}`,
    ALERT_SLACK_WEBHOOK_URL: `${origin}/slack/${secret('slack webhook')}`,
    ALERT_PAGERDUTY_ROUTING_KEY: secret('pagerduty key'),
    ALERT_PAGERDUTY_URL: origin,
    ALERT_EMAIL_TO: 'ana@example.com',
    SMTP_URL: `smtp://ana:${secret('smtp password')}@127.0.0.1:1`,
    OTEL_EXPORTER_OTLP_ENDPOINT: `${origin}/otel`,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=${secret('collector header')}`,
    LANGSMITH_TRACING: 'true',
    LANGSMITH_API_KEY: secret('langsmith key'),
    LANGSMITH_ENDPOINT: `${origin}/langsmith`,
  }
}

describe.each([
  ['as JSON lines', 'true'],
  ['as text', 'false'],
])('the log at debug level, %s', (_form, json) => {
  const dataDir = makeDataFolder()
  let program: Program
  let runId: string
  beforeAll(async () => {
    for (const what of Object.keys(secrets)) delete secrets[what]
    program = await startProgram(dataDir, { ...(await settings()), LOG_JSON: json })
    const session = await signIn(program)
    await askBadly(program)
    await buy(program, session)
    await raiseAlerts(program, session)
    runId = await runEverything(program, session)
    await program.stop()
  })
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

  test('holds no secret of the settings, of a request or of a tool, whoever repeats it', () => {
    const output = program.output()
    expect(Object.keys(secrets).length).toBeGreaterThan(25)
    const shown = Object.entries(secrets).filter(([, value]) =>
      [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)].some((form) =>
        output.includes(form),
      ),
    )
    expect(shown.map(([what]) => what)).toEqual([])
    // What would have held them is there, or nothing was shown.
    for (const line of [
      'the code of a tool wrote to its console',
      'an MCP server wrote to its error output',
      'traces cannot be sent',
      'effect_failed',
      'llm_call',
      '[secret]',
    ])
      expect(output).toContain(line)
  })

  test('says on every line about a run which run, which trace and which step', () => {
    const about = program
      .output()
      .split('\n')
      .filter((line) => line.includes(runId))
    expect(about.length).toBeGreaterThan(10)
    expect(about.filter((line) => !line.includes(traceIdOf(runId)))).toEqual([])
    if (json !== 'true') return
    const lines = about.map((line) => JSON.parse(line))
    expect(new Set(lines.map(({ run_id }) => run_id))).toEqual(new Set([runId]))
    expect(new Set(lines.map(({ trace_id }) => trace_id))).toEqual(new Set([traceIdOf(runId)]))
    const withoutStep = lines.filter(({ step_id }) => step_id === undefined)
    expect([...new Set(withoutStep.map(({ msg, kind }) => `${msg} ${kind ?? ''}`))].sort()).toEqual(
      expect.arrayContaining(['event run_started', 'request ']),
    )
    expect(withoutStep.filter(({ kind }) => /^(step|llm|tool)_/.test(kind ?? ''))).toEqual([])
    const console = lines.find(({ msg }) => msg === 'the code of a tool wrote to its console')
    expect(console.step_id).toEqual(expect.any(String))
  })
})

type Session = { authorization: string }

/** Registers, signs in well and badly, and uses everything that a credential can stand in. */
async function signIn(program: Program): Promise<Session> {
  const { call } = program
  const account = { email: 'ana@example.com', password: secret('password'), name: 'Ana' }
  const registered = expectStatus(await call('POST', '/api/v1/auth/register', account), 201)
  const wrong = { email: account.email, password: secret('wrong password') }
  expect((await call('POST', '/api/v1/auth/login', wrong)).status).toBe(401)
  const { access_token, refresh_token } = expectStatus(
    await call('POST', '/api/v1/auth/login', { email: account.email, password: account.password }),
    200,
  )
  kept('access token', access_token)
  kept('refresh token', refresh_token)
  kept('first access token', registered.access_token)
  const renewed = expectStatus(await call('POST', '/api/v1/auth/refresh', { refresh_token }), 200)
  const session = { authorization: `Bearer ${kept('renewed access token', renewed.access_token)}` }
  const made = expectStatus(
    await call(
      'POST',
      '/api/v1/auth/api-keys',
      { name: 'one', permissions: ['read', 'write'] },
      { headers: session },
    ),
    201,
  )
  const key = kept('API key', made.key)
  expect((await call('GET', '/runs', undefined, { headers: { 'x-api-key': key } })).status).toBe(200)
  const cookie = `countersign_session=${secret('cookie')}; other=${secret('other cookie')}`
  await call('GET', '/runs', undefined, { headers: { cookie } })
  await call('GET', '/runs', undefined, { headers: { authorization: `Bearer ${secret('unknown bearer')}` } })
  const basic = Buffer.from(`ana:${secret('basic password')}`).toString('base64')
  await call('GET', '/runs', undefined, { headers: { authorization: `Basic ${kept('basic', basic)}` } })
  const invited = await call(
    'POST',
    '/api/v1/auth/invitations',
    { email: 'ben@example.com' },
    { headers: session },
  )
  if (invited.body?.invitation_token) kept('invitation', invited.body.invitation_token)
  return session
}

/** Requests that fail in as many ways as there are, each with a secret in it. */
async function askBadly(program: Program): Promise<void> {
  const { call } = program
  await call('GET', `/no/such/route?token=${secret('token in a query')}`)
  await call('GET', `/runs?api_key=${secret('key in a query')}`)
  await call('GET', `/api/v1/auth/oidc/callback?code=${secret('code')}&state=${secret('state')}`)
  await call('GET', '/api/v1/auth/oidc/login')
  await fetch(`${program.address}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"password": "${secret('broken password')}`,
  })
  await call('POST', '/api/v1/auth/login', { email: 'x', password: secret('invalid password'), more: 1 })
  await call('GET', `/runs?a=%00&password=${secret('password beside NUL')}`)
}

/** A purchase that a human approves and the shop refuses in words that repeat the request. */
async function buy(program: Program, headers: Session): Promise<void> {
  const client = purchaseClient(program as unknown as TestServer, { headers })
  const { decisionId } = await client.approvedPurchase({ merchant: 'ACME' })
  const { execution_token: token } = expectStatus(await client.mint(decisionId), 200)
  kept('execution token', token)
  const keyed = purchaseClient(program as unknown as TestServer, {
    headers: { 'x-api-key': secrets['API key']! },
  })
  const refused = await keyed.execute(token, { amount: 250, merchant: 'ACME' })
  expect(refused.status, refused.text).toBe(502)
  await keyed.execute(`${token}x`, { amount: 250, merchant: 'ACME' })
}

async function raiseAlerts(program: Program, headers: Session): Promise<void> {
  const { call } = program
  const alert = {
    name: 'Denials',
    rule_type: 'policy_denials',
    threshold: -1,
    notification_channels: ['webhook', 'slack', 'pagerduty', 'email'],
  }
  expectStatus(await call('POST', '/api/v1/alerts/configs', alert, { headers }), 201)
  const own = {
    ...alert,
    name: 'Own',
    destinations: {
      webhook_url: `https://127.0.0.1:1/${secret('own webhook')}`,
      pagerduty_routing_key: secret('own routing key'),
    },
  }
  await call('POST', '/api/v1/alerts/configs', own, { headers })
  expectStatus(await call('POST', '/api/v1/alerts/check', {}, { headers }), 200)
}

/** A run with a tool that repeats its secret, code and a program that print what they are given, and a model that refuses. */
async function runEverything(program: Program, headers: Session): Promise<string> {
  const client = runClient(program, { headers })
  const http = await client.addTool(`${origin}/crm`, {
    handler_config: {
      method: 'POST',
      url: `${origin}/crm`,
      headers: { authorization: 'Bearer {{secret.CRM}}', 'x-odd': '{{secret.CRM}}' },
      body: '{{input}}',
    },
  })
  const code = await client.addTool(origin, {
    handler_type: 'code',
    handler_config: {
      code: 'export default (input) => { console.log(input, "Bearer", input.token, input.url); return 1 }',
    },
  })
  const script = `process.stderr.write('started with ' + process.env.CRM + ' and ' + process.env.ODD + '\\n'); process.exit(1)`
  const mcp = await client.addTool(origin, {
    handler_type: 'mcp',
    handler_config: {
      server: {
        command: process.execPath,
        args: ['-e', script],
        env: { CRM: '{{secret.CRM}}', ODD: '{{secret.ODD}}' },
      },
      tool: 'any',
    },
  })
  const agent = await client.addAgent()
  const tool = (id: string, tool_id: string, input: unknown = {}) => ({
    id,
    type: 'tool_node',
    config: { tool_id, input },
  })
  const printed = {
    password: secret('printed password'),
    token: secret('printed token'),
    url: `postgres://ana:${secret('printed address')}@db.example.com/x`,
  }
  const failing = [
    [tool('http', http)],
    [tool('mcp', mcp)],
    [{ id: 'agent', type: 'agent_node', config: { agent_id: agent } }],
  ]
  for (const nodes of failing) await client.run(await client.define(nodes), 'failed')
  const run = await client.run(await client.define([tool('code', code, printed)]), 'completed')
  await client.steps(run.id)
  return run.id
}
