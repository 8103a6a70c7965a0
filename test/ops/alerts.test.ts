import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkDueAlerts } from '../../src/ops/alerts/check-alerts.ts'
import { deliverDueAlerts } from '../../src/ops/alerts/deliver-alerts.ts'
import type { AlertConfig, AlertHistory } from '../../src/ops/alerts/schema.ts'
import { AUTH_SETTINGS, denyPolicy, type Person, signUp } from '../gate/people.ts'
import { expectError, expectStatus, purchaseClient } from '../gate/purchase-client.ts'
import { createTestClock, startTestServer, type TestServer } from '../harness/start-test-server.ts'

const clock = createTestClock()
let server: TestServer
let admin: Person
let world: Server
let mail: SMTPServer
/** What came in at the other side. */
const posted: { path: string; key: string | undefined; body: Record<string, unknown> }[] = []
const mails: { to: string[]; text: string }[] = []
/** How often the webhook refuses before it takes something. */
let refusals = 0

const listening = (one: { listen(port: number, host: string, ready: () => void): unknown }) =>
  new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))
const portOf = (one: { address(): unknown }) => (one.address() as AddressInfo).port

beforeAll(async () => {
  world = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    if (request.url === '/hook' && refusals-- > 0) return response.writeHead(503).end()
    posted.push({
      path: request.url!,
      key: request.headers['idempotency-key'] as string,
      body: JSON.parse(text),
    })
    response.writeHead(202).end('{}')
  })
  await listening(world)
  mail = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      let text = ''
      stream.on('data', (chunk) => {
        text += chunk
      })
      stream.on('end', () => {
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), text })
        done()
      })
    },
  })
  await listening(mail)
  const origin = `http://127.0.0.1:${portOf(world)}`
  server = await startTestServer({
    clock,
    settings: {
      ...AUTH_SETTINGS,
      ACCESS_TOKEN_TTL_SECONDS: '3600',
      ALERT_WEBHOOK_URL: `${origin}/hook`,
      ALERT_SLACK_WEBHOOK_URL: `${origin}/slack`,
      ALERT_PAGERDUTY_URL: origin,
      ALERT_PAGERDUTY_ROUTING_KEY: 'routing-key',
      ALERT_EMAIL_TO: 'night@example.com,day@example.com',
      SMTP_URL: `smtp://127.0.0.1:${portOf(mail.server)}`,
    },
  })
  admin = await signUp(server)
  expectStatus(await admin.client.post('/api/v1/policies', denyPolicy('Nobody')), 201)
})
afterAll(async () => {
  await server.close()
  await new Promise((resolve) => world.close(resolve))
  await new Promise<void>((resolve) => mail.close(() => resolve()))
})

const watch = async (more: object, person = admin): Promise<AlertConfig> =>
  expectStatus(
    await person.client.post('/api/v1/alerts/configs', {
      name: 'Denials',
      rule_type: 'policy_denials',
      threshold: 0,
      ...more,
    }),
    201,
  )
const deny = (person = admin) => person.client.authorize({ amount: 5, merchant: 'Nobody' })
const check = async (person = admin): Promise<AlertHistory[]> =>
  expectStatus(await person.client.post('/api/v1/alerts/check', {}), 200).triggered
const history = async (query = '', person = admin): Promise<AlertHistory[]> =>
  expectStatus(await person.client.get(`/api/v1/alerts/history?limit=50${query}`), 200).data
const change = (person: Person, method: string, path: string, body?: object) =>
  server.call(method, `/api/v1/alerts/${path}`, body, { headers: person.headers })
/** The clock is moved by hours here, and access tokens live for one. */
const signInAgain = async () => {
  const body = { email: admin.email, password: 'correct horse battery staple' }
  const session = expectStatus(await server.post('/api/v1/auth/login', body), 200)
  const headers = { authorization: `Bearer ${session.access_token}` }
  admin = { ...admin, headers, client: purchaseClient(server, { headers }) }
}
const stopWatching = async () => {
  for (const { id } of (await admin.client.get('/api/v1/alerts/configs')).body.data)
    expectStatus(await change(admin, 'DELETE', `configs/${id}`), 204)
}

test('an alert over its threshold is raised once while it is open, and told through all four channels', async () => {
  const alert = await watch({ notification_channels: ['webhook', 'slack', 'pagerduty', 'email'] })
  expect(alert).toMatchObject({
    comparison_operator: '>',
    enabled: true,
    warnings: [],
    last_checked_at: null,
  })
  expect(await check()).toEqual([])
  expect((await deny()).body.state).toBe('deny')
  const [raised, ...more] = await check()
  expect(more).toEqual([])
  expect(raised).toMatchObject({
    alert_config_id: alert.id,
    resolved_at: null,
    message: 'Denials: 1 requests were denied by policy in the last 5 minutes, which is > 0',
    metadata: { value: 1, threshold: 0 },
  })
  expect(raised!.deliveries.map(({ channel, status, attempts }) => [channel, status, attempts])).toEqual(
    ['email', 'pagerduty', 'slack', 'webhook'].map((channel) => [channel, 'delivered', 1]),
  )
  const sent = Object.fromEntries(posted.map(({ path, body }) => [path, body]))
  expect(sent['/hook']).toMatchObject({
    id: raised!.id,
    alert: { id: alert.id },
    tenant_id: 'default',
    value: 1,
  })
  expect(sent['/slack']).toMatchObject({ text: raised!.message, attachments: [{ color: 'danger' }] })
  expect(sent['/v2/enqueue']).toMatchObject({
    routing_key: 'routing-key',
    event_action: 'trigger',
    dedup_key: raised!.id,
    payload: { summary: raised!.message, severity: 'error' },
  })
  expect(mails).toHaveLength(1)
  expect(mails[0]!.to).toEqual(['night@example.com', 'day@example.com'])
  expect(mails[0]!.text).toContain('Subject: Countersign: Denials')

  // A connection that stays open for each message would be one more leak for each.
  await expect.poll(() => new Promise((resolve) => world.getConnections((_, open) => resolve(open)))).toBe(0)

  await deny()
  expect(await check()).toEqual([])
  expectStatus(await change(admin, 'POST', `history/${raised!.id}/resolve`), 200)
  expect(await check()).toHaveLength(1)
  expect((await history('&open=false')).map(({ id }) => id)).toEqual([raised!.id])
  clock.advance(7 * 60_000)
  const [config] = (await admin.client.get('/api/v1/alerts/configs')).body.data
  expect(Date.parse(config.last_checked_at)).toBeLessThan(clock.now())
  await stopWatching()
  expect(await history()).toEqual([])
})

test('what is refused is tried again, less and less often, and its state is seen all the while', async () => {
  const { operations } = server.app.http
  posted.length = 0
  refusals = 2
  await watch({})
  await deny()
  const [raised] = await check()
  expect(raised!.deliveries).toMatchObject([{ status: 'pending', attempts: 1, reason: 'it answered 503' }])
  await deliverDueAlerts(operations)
  expect((await history())[0]!.deliveries[0]!.attempts).toBe(1)
  clock.advance(10_000)
  await deliverDueAlerts(operations)
  clock.advance(60_000)
  await deliverDueAlerts(operations)
  expect((await history())[0]!.deliveries).toMatchObject([{ status: 'delivered', attempts: 3, reason: null }])
  expect(posted.map(({ key }) => key)).toEqual([raised!.id])

  refusals = 100
  expectStatus(await change(admin, 'POST', `history/${raised!.id}/resolve`), 200)
  await deny()
  await check()
  for (const wait of [10_000, 60_000, 300_000, 1_800_000, 1_800_000]) {
    clock.advance(wait)
    await deliverDueAlerts(operations)
  }
  await signInAgain()
  expect((await history())[0]!.deliveries).toMatchObject([{ status: 'failed', attempts: 5 }])
  refusals = 0
  await stopWatching()
})

test('a channel without configuration is a warning, its history says so, and an unknown one is refused', async () => {
  const other = await signUp(server, 'developer')
  const channels = async (person: Person) =>
    expectStatus(await person.client.get('/api/v1/alerts/channels'), 200).data
  const all = ['webhook', 'email', 'slack', 'pagerduty']
  expect(await channels(admin)).toEqual(all.map((channel) => ({ channel, configured: true, lacks: null })))
  const lacks = ['address', 'recipient', 'address', 'routing_key']
  expect(await channels(other)).toEqual(
    all.map((channel, position) => ({ channel, configured: false, lacks: lacks[position] })),
  )
  const alert = await watch({ notification_channels: ['slack', 'email'], threshold: -1 }, other)
  expect(alert.warnings).toEqual([
    'slack is not configured: nothing will be sent through it',
    'email is not configured: nothing will be sent through it',
  ])
  const [raised] = await check(other)
  expect(raised!.deliveries).toMatchObject([
    { channel: 'email', status: 'not_delivered', reason: 'unconfigured', attempts: 0 },
    { channel: 'slack', status: 'not_delivered', reason: 'unconfigured', attempts: 0 },
  ])
  for (const more of [
    { notification_channels: ['pigeon'] },
    { rule_type: 'mood' },
    { comparison_operator: '!=' },
    { threshold: 'high' },
    { threshold: undefined },
  ]) {
    const answer = await change(other, 'POST', 'configs', {
      name: 'x',
      rule_type: 'error_rate',
      threshold: 1,
      ...more,
    })
    expectError(answer, 422, 'REQUEST_VALIDATION_ERROR')
  }
})

test('a tenant’s own address must be a public one, and is not shown whole', async () => {
  const other = await signUp(server, 'admin')
  posted.length = 0
  const address = `http://127.0.0.1:${portOf(world)}/inside?token=secret`
  const alert = await watch({ threshold: -1, destinations: { webhook_url: address } }, other)
  expect(alert.destinations).toEqual({ webhook_url: `http://127.0.0.1:${portOf(world)}/…` })
  const [raised] = await check(other)
  expect(raised!.deliveries).toMatchObject([
    { status: 'pending', reason: 'its address is not a public one', attempts: 1 },
  ])
  expect(posted).toEqual([])
  const audit = await other.client.get('/api/v1/audit/logs?resource_type=alert')
  expect(audit.body.data[0]).toMatchObject({ action: 'create', resource_id: alert.id })
  expect(audit.text + JSON.stringify(raised)).not.toContain('token=secret')
})

test('the scheduler looks at each alert once an interval, and at none that is switched off', async () => {
  const { operations } = server.app.http
  const alert = await watch({ name: 'Any', threshold: -1, notification_channels: [] })
  const lastLook = async () =>
    (await admin.client.get('/api/v1/alerts/configs')).body.data.find(
      ({ id }: AlertConfig) => id === alert.id,
    ).last_checked_at
  await checkDueAlerts(operations)
  const first = await lastLook()
  expect(await history(`&alert_config_id=${alert.id}`)).toHaveLength(1)
  clock.advance(299_000)
  await checkDueAlerts(operations)
  expect(await lastLook()).toBe(first)
  clock.advance(1_000)
  await checkDueAlerts(operations)
  const second = await lastLook()
  expect(Date.parse(second) - Date.parse(first)).toBe(300_000)
  expectStatus(await change(admin, 'PATCH', `configs/${alert.id}`, { enabled: false }), 200)
  clock.advance(300_000)
  await checkDueAlerts(operations)
  expect(await lastLook()).toBe(second)
})

test('users and keys see alerts and change none; another tenant’s are not found', async () => {
  const { id } = await watch({ name: 'Mine', threshold: -1 })
  const [raised] = (await check()).filter(({ alert_config_id }) => alert_config_id === id)
  const user = await signUp(server)
  const stranger = await signUp(server, 'admin')
  const made = expectStatus(await admin.client.post('/api/v1/auth/api-keys', { name: 'agent' }), 201)
  const key = purchaseClient(server, { headers: { 'x-api-key': made.key } })
  expect((await key.get('/api/v1/alerts/configs')).status).toBe(200)
  expect((await key.post('/api/v1/alerts/check', {})).status).toBe(403)
  expect(
    (await change(user, 'POST', 'configs', { name: 'x', rule_type: 'error_rate', threshold: 1 })).status,
  ).toBe(403)
  expect((await user.client.get('/api/v1/alerts/configs')).body).toEqual({ data: [], total: 0 })
  for (const [method, path, body] of [
    ['PATCH', `configs/${id}`, { threshold: 5 }],
    ['DELETE', `configs/${id}`],
    ['POST', `history/${raised!.id}/resolve`],
  ] as const) {
    expect([method, path, (await change(user, method, path, body)).status]).toEqual([method, path, 403])
    expect([method, path, (await change(stranger, method, path, body)).status]).toEqual([method, path, 404])
  }
})
