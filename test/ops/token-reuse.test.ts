import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkDueAlerts } from '../../src/ops/alerts/check-alerts.ts'
import type { AlertConfig, AlertHistory } from '../../src/ops/alerts/schema.ts'
import { AUTH_SETTINGS, denyPolicy, PASSWORD, type Person, signUp } from '../gate/people.ts'
import { expectError, expectStatus } from '../gate/purchase-client.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { createTestClock, startTestServer, type TestServer } from '../harness/start-test-server.ts'

describe.each(DATABASES)('a refresh token that comes back, and windows of alerts, on %s', (database) => {
  const clock = createTestClock()
  let server: TestServer
  let admin: Person
  let hook: Server
  const posted: Record<string, unknown>[] = []

  beforeAll(async () => {
    hook = createServer(async (request, response) => {
      let text = ''
      for await (const chunk of request) text += chunk
      posted.push(JSON.parse(text))
      response.writeHead(202).end('{}')
    })
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve))
    const settings = {
      ...AUTH_SETTINGS,
      ACCESS_TOKEN_TTL_SECONDS: '3600',
      ALERT_WEBHOOK_URL: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`,
    }
    server = await startTestServer({ clock, database, settings })
    admin = await signUp(server)
  })
  afterAll(async () => {
    await server.close()
    await new Promise((resolve) => hook.close(resolve))
  })

  const change = (person: Person, method: string, path: string, body?: object) =>
    server.call(method, `/api/v1/alerts/${path}`, body, { headers: person.headers })
  const alerts = async (person = admin): Promise<AlertConfig[]> =>
    expectStatus(await person.client.get('/api/v1/alerts/configs'), 200).data
  const check = async (person = admin): Promise<AlertHistory[]> =>
    expectStatus(await change(person, 'POST', 'check', {}), 200).triggered
  const entries = async (person = admin) =>
    expectStatus(await person.client.get('/api/v1/audit/logs?action=token_reused'), 200).data
  const refresh = (token: string) =>
    server.post('/api/v1/auth/refresh', { refresh_token: token }, { headers: { 'user-agent': 'thief/1.0' } })
  /** Signs in, goes on by the refresh token, and then the spent one comes back. */
  const reuse = async (person = admin): Promise<string> => {
    const body = { email: person.email, password: PASSWORD }
    const { refresh_token: token } = expectStatus(await server.post('/api/v1/auth/login', body), 200)
    expectStatus(await refresh(token), 200)
    expectError(await refresh(token), 401, 'INVALID_REFRESH_TOKEN')
    return token
  }

  test('it is entered once with session, person, address and user agent, and raises one alert that a webhook gets', async () => {
    expect(await alerts()).toEqual([])
    const token = await reuse()
    for (let again = 0; again < 3; again++) expectError(await refresh(token), 401, 'INVALID_REFRESH_TOKEN')
    const [entry, ...more] = await entries()
    expect(more).toEqual([])
    expect(entry).toMatchObject({
      resource_type: 'session',
      resource_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      actor: admin.id,
      ip_address: '127.0.0.1',
      user_agent: 'thief/1.0',
    })
    expect(JSON.stringify(entry)).not.toContain(token)

    const [alert, ...others] = await alerts()
    expect(others).toEqual([])
    expect(alert).toMatchObject({
      rule_type: 'token_reuse',
      comparison_operator: '>',
      threshold: 0,
      window_seconds: 300,
      notification_channels: ['webhook'],
      enabled: true,
      warnings: [],
    })
    const [raised] = await check()
    expect(raised).toMatchObject({
      alert_config_id: alert!.id,
      message:
        'Refresh token reuse: 1 refresh tokens came back after they were spent in the last 5 minutes, which is > 0',
      deliveries: [{ channel: 'webhook', status: 'delivered' }],
    })
    await refresh(token)
    await reuse()
    expect(await check()).toEqual([])
    expect(posted).toMatchObject([
      { id: raised!.id, alert: { rule_type: 'token_reuse', window_seconds: 300 } },
    ])
    expect(await entries()).toHaveLength(2)
    expect((await admin.client.get('/metrics')).text).toContain('\nrefresh_token_reuse_total 2\n')
    const own = expectStatus(await admin.client.get('/api/v1/metrics?scope=tenant'), 200)
    expect(own.errors.refresh_token_reuse_total).toBe(2)
  })

  test('another tenant sees nothing of it, and has an alert of its own from its first time on', async () => {
    const other = await signUp(server, 'admin')
    expect([await alerts(other), await entries(other), await check(other)]).toEqual([[], [], []])
    await reuse(other)
    expect(await check(other)).toMatchObject([
      { deliveries: [{ channel: 'webhook', status: 'not_delivered', reason: 'unconfigured' }] },
    ])
    expect(await alerts(other)).toHaveLength(1)
    expect(await entries(other)).toHaveLength(1)
    expect(await alerts()).toHaveLength(1)
    expect(posted).toHaveLength(1)
  })

  test('it waits for no interval; switched off it stays so, and deleted it is not made again', async () => {
    const { operations } = server.app.http
    const [alert] = await alerts()
    const { data } = expectStatus(await admin.client.get('/api/v1/alerts/history?open=true'), 200)
    expectStatus(await change(admin, 'POST', `history/${data[0].id}/resolve`), 200)
    const open = async () =>
      expectStatus(await admin.client.get('/api/v1/alerts/history?open=true'), 200).total
    await checkDueAlerts(operations)
    expect(await open()).toBe(0)
    await reuse()
    await operations.catchUp(null)
    // Also where nobody came to look for longer than its window is.
    clock.advance(10 * 60_000)
    await checkDueAlerts(operations)
    expect(await open()).toBe(1)

    expectStatus(await change(admin, 'PATCH', `configs/${alert!.id}`, { enabled: false }), 200)
    const [raised] = expectStatus(await admin.client.get('/api/v1/alerts/history?open=true'), 200).data
    expectStatus(await change(admin, 'POST', `history/${raised.id}/resolve`), 200)
    await reuse()
    expect(await check()).toEqual([])
    expect(await alerts()).toMatchObject([{ id: alert!.id, enabled: false }])

    expectStatus(await change(admin, 'DELETE', `configs/${alert!.id}`), 204)
    await reuse()
    expect(await check()).toEqual([])
    expect(await alerts()).toEqual([])
    expect(await entries()).toHaveLength(5)
  })

  test('whoever has such an alert already is given none', async () => {
    const other = await signUp(server, 'admin')
    const own = { name: 'Mine', rule_type: 'token_reuse', threshold: 5 }
    const { id } = expectStatus(await change(other, 'POST', 'configs', own), 201)
    await reuse(other)
    expect(await check(other)).toEqual([])
    expect(await alerts(other)).toMatchObject([{ id, threshold: 5 }])
    expectStatus(await change(other, 'DELETE', `configs/${id}`), 204)
    await reuse(other)
    await check(other)
    expect(await alerts(other)).toEqual([])
  })

  test('each rule counts in its own window, and a short one is looked at as often as it is long', async () => {
    const person = await signUp(server, 'admin')
    expectStatus(await person.client.post('/api/v1/policies', denyPolicy('Nobody')), 201)
    const deny = () => person.client.authorize({ amount: 5, merchant: 'Nobody' })
    await deny()
    clock.advance(30 * 60_000)
    await deny()
    for (const window_seconds of [60, 3600, undefined]) {
      const rule = { name: 'Denials', rule_type: 'policy_denials', threshold: 0, window_seconds }
      const made = expectStatus(await change(person, 'POST', 'configs', rule), 201)
      expect(made.window_seconds).toBe(window_seconds ?? 300)
    }
    const counted = (raised: AlertHistory[]) =>
      Object.fromEntries(raised.map(({ metadata }) => [metadata.window_seconds, metadata.value]))
    const raised = await check(person)
    expect(counted(raised)).toEqual({ 60: 1, 300: 1, 3600: 2 })
    expect(raised.map(({ message }) => message).sort()).toEqual([
      'Denials: 1 requests were denied by policy in the last 5 minutes, which is > 0',
      'Denials: 1 requests were denied by policy in the last minute, which is > 0',
      'Denials: 2 requests were denied by policy in the last hour, which is > 0',
    ])

    const looks = async () =>
      Object.fromEntries(
        (await alerts(person)).map((rule) => [rule.window_seconds, Date.parse(rule.last_checked_at!)]),
      )
    const first = await looks()
    clock.advance(60_000)
    await checkDueAlerts(server.app.http.operations)
    expect(await looks()).toEqual({ ...first, 60: clock.now() })
  })

  test('a window is changed like every member, and one that is too short, too long or no whole number is refused', async () => {
    const rule = { name: 'Denials', rule_type: 'policy_denials', threshold: 0 }
    const { id } = expectStatus(await change(admin, 'POST', 'configs', rule), 201)
    const patched = await change(admin, 'PATCH', `configs/${id}`, { window_seconds: 86_400 })
    expect(expectStatus(patched, 200)).toMatchObject({ window_seconds: 86_400, threshold: 0 })
    const { data } = expectStatus(await admin.client.get('/api/v1/audit/logs?resource_type=alert'), 200)
    expect(data[0].changes).toEqual({ window_seconds: { from: 300, to: 86_400 } })
    for (const [window_seconds, message] of [
      [59, 'Input should be greater than or equal to 60'],
      [86_401, 'Input should be less than or equal to 86400'],
      [90.5, expect.stringMatching(/^Input should be .*integer/)],
      ['300', expect.stringMatching(/^Input should be .*(?:number|integer)/)],
    ]) {
      const answers = [
        await change(admin, 'POST', 'configs', { ...rule, window_seconds }),
        await change(admin, 'PATCH', `configs/${id}`, { window_seconds }),
      ]
      for (const answer of answers) {
        expectError(answer, 422, 'REQUEST_VALIDATION_ERROR')
        expect(answer.body.error.details).toMatchObject([{ path: 'window_seconds', message }])
      }
    }
    expectStatus(await change(admin, 'DELETE', `configs/${id}`), 204)
  })

  test('with nobody asking, the message is out within seconds', async () => {
    const watch = { name: 'Reuse', rule_type: 'token_reuse', threshold: 0 }
    const { id } = expectStatus(await change(admin, 'POST', 'configs', watch), 201)
    // Past everything that came back so far, and looked at just now: the interval would take minutes.
    clock.advance(10 * 60_000)
    expect(await check()).toEqual([])
    posted.length = 0
    server.app.startBackground()
    await reuse()
    await expect.poll(() => posted, { timeout: 10_000 }).toMatchObject([{ alert: { id }, value: 1 }])
  })
})
