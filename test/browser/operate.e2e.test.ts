import { readFileSync } from 'node:fs'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, expect, test } from 'vitest'
import { runClient } from '../engine/runs/run-client.ts'
import { AUTH_SETTINGS, denyPolicy, type Person, signUp, signUpColleague } from '../gate/people.ts'
import { expectStatus } from '../gate/purchase-client.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { buildStudio } from './build-studio.ts'
import { closePages, withBrowser } from './launch-browser.ts'
import { checkPage, LOOKS, type Look, tryAgain, visit } from './open-studio.ts'

const WAIT_MS = 15_000
const ROWS = 1_000
let browser: Browser
let server: TestServer
let admin: Person
let contexts: BrowserContext[] = []
const complaints: string[] = []

withBrowser.beforeAll(async ({ browser: shared }) => {
  browser = shared
  await buildStudio()
  server = await startTestServer({ settings: AUTH_SETTINGS })
  admin = await signUp(server)
  expectStatus(await admin.client.post('/api/v1/policies', denyPolicy('Nobody')), 201)
  const client = runClient(server, { headers: admin.headers })
  const sums = (expression: string) => [
    { id: 'sum', type: 'tool_node', config: { tool_id: 'calculator', input: { expression } } },
  ]
  await client.run(await client.define(sums('6*7')), 'completed')
  await client.run(await client.define(sums('1/')), 'failed')
  await admin.client.authorize({ amount: 5, merchant: 'Nobody' })
  await server.app.kernel.database.asOwner((session) =>
    session.query(
      `INSERT INTO audit_logs (tenant_id, leaf, id, run_id, seq, actor, user_id, action, resource_type, resource_id, changes, created_at)
       SELECT 'default', 1000000 + n, 'evt_old_' || n, 'run_old', n, 'user:somebody', 'somebody', 'update', 'ticket', 'ticket_' || n,
         '{"status": {"from": "open", "to": "closed"}}', now() - n * interval '1 hour' FROM generate_series(1, $1) n`,
      [ROWS],
    ),
  )
})
afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()))
  contexts = []
  for (const { id } of expectStatus(await admin.client.get('/api/v1/alerts/configs'), 200).data)
    await server.call('DELETE', `/api/v1/alerts/configs/${id}`, undefined, { headers: admin.headers })
  expect(complaints.splice(0), 'what the page complained about').toEqual([])
})
afterAll(async () => {
  await closePages(browser)
  await server?.close()
})

async function open(path: string, { look = {}, person = admin }: { look?: Look; person?: Person } = {}) {
  const { width = 1280, height = 800, touch = false } = look
  const context = await browser.newContext({
    viewport: { width, height },
    hasTouch: touch,
    isMobile: touch,
    acceptDownloads: true,
  })
  contexts.push(context)
  context.setDefaultTimeout(WAIT_MS)
  const account = { email: person.email, password: 'correct horse battery staple' }
  await context.request.post(`${server.address}/api/v1/auth/login`, { data: account })
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(`${server.address}/studio${path}`)
  return page
}
const list = (page: Page) => page.getByRole('list', { name: 'Entries of the audit log, newest first' })
const watch = async (more: object) =>
  expectStatus(
    await admin.client.post('/api/v1/alerts/configs', {
      name: 'Denials',
      rule_type: 'policy_denials',
      threshold: 0,
      ...more,
    }),
    201,
  )

test.each(LOOKS)(
  'axe finds nothing on the pages for operators, and they fit, %s',
  { timeout: 120_000 },
  async (_name, look, themes) => {
    const rule = await watch({ name: 'Watched', notification_channels: ['email', 'slack'] })
    const { triggered } = expectStatus(await admin.client.post('/api/v1/alerts/check', {}), 200)
    const page = await open('/audit?type=ticket&entry=evt_old_1', { look })
    const check = async (path: string, sign: string) => {
      if (path) await visit(page, path)
      await checkPage(page, sign, themes)
    }
    await check('', 'Open it in the ledger')
    await check('/audit', 'audit_log')
    await check('/audit?view=holds', 'No hold yet')
    await check('/metrics', 'Half of 2 runs took at most')
    await page.getByText('The numbers').first().click()
    await checkPage(page, 'From', themes)
    await check('/metrics?window=30d', 'In the last 30 days: 2 runs began')
    await check('/alerts', 'On, not delivered')
    await check(`/alerts?rule=${rule.id}`, 'will not be delivered: SMTP is not configured')
    await check(`/alerts?view=history&raised=${triggered[0].id}`, 'the channel is not configured')
    await page.request.delete(`${server.address}/api/v1/alerts/configs/${rule.id}`)
    if (look.touch) return
    await page.goto(`${server.address}/studio/alerts?rule=new`)
    await check('', 'Add rule')
    await page.getByRole('button', { name: 'Add rule' }).click()
    await check('', 'A rule needs a name.')
    await check('/alerts', 'Nothing is watched yet')
    await check('/alerts?view=history', 'Nothing was raised')
    await check('/audit?resource=none', 'No entry fits')
  },
)

test('a thousand entries are read page by page, only those in sight stand in the page, and one opens beside them', async () => {
  const page = await open('/audit?type=ticket')
  await page.getByText('1000 entries').waitFor()
  const rows = list(page).getByRole('listitem')
  for (const read of ['200', '400', '600', '800', '1000']) {
    await expect.poll(() => rows.first().getAttribute('aria-setsize')).toBe(read)
    if (read !== '1000') await page.getByRole('button', { name: 'Read older entries' }).click()
  }
  await list(page).evaluate((element: { parentElement: { scrollTo(x: number, y: number): void } }) =>
    element.parentElement.scrollTo(0, 36 * 900),
  )
  await page.getByRole('link', { name: /ticket_901/ }).click()
  expect(await rows.count()).toBeLessThan(60)
  await page.getByText('status: was open, is closed').waitFor()
  await page.getByText('As JSON').click()
  await page.getByText('"resource_id": "ticket_901"').waitFor()
  await page.getByRole('link', { name: 'Everything done to it' }).click()
  await page.getByText('1 entry').waitFor()
  expect(new URL(page.url()).search).toBe('?type=ticket&resource=ticket_901')
})

test('filters stand in the address, names stand for people, and an entry leads to its event in the ledger', async () => {
  const readings = async () => {
    const { data } = expectStatus(
      await admin.client.get('/api/v1/audit/logs?action=read_audit&limit=200'),
      200,
    )
    type Entry = { changes: Record<string, string> }
    return data.filter(({ changes }: Entry) => changes.action === 'policy_deny' && changes.user_id).length
  }
  const before = await readings()
  const page = await open('/audit')
  const denial = page.getByRole('link', { name: /^Ana Denied/ }).first()
  await page.getByLabel('Action').selectOption('Denied')
  await page.getByLabel('Who', { exact: true }).selectOption('Ana')
  await page.getByText(/^\d entr(y|ies)$/).waitFor()
  await expect.poll(readings).toBe(before + 1)
  await page.reload()
  await denial.click()
  await page.getByText('reason_code:').waitFor()
  // Each reading is on the record; the page made none that nobody asked for.
  expect(await readings()).toBe(before + 2)
  await page.goto(`${server.address}/studio/audit?action=create&type=policy`)
  await page.getByRole('link', { name: /Added policy/ }).click()
  await page.getByRole('link', { name: 'Open it in the ledger' }).click()
  await page.getByRole('heading', { name: 'create policy' }).waitFor()
})

test('an export holds what the filters leave, as CSV and as NDJSON', async () => {
  const page = await open('/audit?type=ticket&resource=ticket_7')
  for (const [name, file, lines] of [
    ['Export CSV', 'audit-logs.csv', 2],
    ['Export NDJSON', 'audit-logs.ndjson', 1],
  ] as const) {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name }).click(),
    ])
    expect(download.suggestedFilename()).toBe(file)
    const text = readFileSync(await download.path(), 'utf8')
    expect([text.trimEnd().split('\n').length, text.includes('ticket_7')]).toEqual([lines, true])
  }
})

test('an administrator sets a hold with its reason and lifts it; a developer is told who may', async () => {
  const page = await open('/audit?view=holds')
  await page.getByRole('button', { name: 'Set a hold' }).click()
  await page.getByText('Say why: a hold needs a reason.').waitFor()
  await page.getByLabel('Reason').fill('Case 12')
  await page.getByLabel('From (optional)').fill('2026-11-02')
  await page.getByLabel('Until (optional)').fill('2026-11-01')
  await page.getByRole('button', { name: 'Set a hold' }).click()
  await page.getByText('This is before the beginning.').waitFor()
  await page.getByLabel('Until (optional)').fill('2026-11-30')
  await page.getByRole('button', { name: 'Set a hold' }).click()
  const hold = page.getByRole('list', { name: 'Holds, youngest first' }).getByRole('listitem')
  await hold.getByText('2026-11-02 to 2026-11-30').waitFor()
  await hold.getByRole('button', { name: 'Lift hold…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Lift hold' }).click()
  await hold.getByText('Lifted', { exact: true }).waitFor()

  const developer = await signUpColleague(server, 'developer')
  const other = await open('/audit?view=holds', { person: developer })
  await other.getByText('Administrators list, set and lift holds.').waitFor()
  expect(await other.getByRole('button', { name: 'Set a hold' }).count()).toBe(0)
})

test('a rule is written in a form, raises an alert that says who was not told, is resolved, switched off and deleted', async () => {
  const page = await open('/alerts?rule=new')
  await page.getByLabel('Name').fill('Denials of the night')
  await page.getByLabel('Number').selectOption('Requests denied by policy')
  await page.getByLabel('Threshold').fill('many')
  await page.getByRole('button', { name: 'Add rule' }).click()
  await page.getByText('This is not a number.').waitFor()
  await page.getByLabel('Threshold').fill('0')
  await page.getByRole('checkbox', { name: 'Slack' }).check()
  await page.getByRole('button', { name: 'Add rule' }).click()
  await page.waitForURL(/rule=alert_/)
  await page.getByText('Requests denied by policy is above 0').waitFor()
  await admin.client.authorize({ amount: 5, merchant: 'Nobody' })

  await page.getByRole('button', { name: 'Check now' }).click()
  await page.getByText('Checked: 1 alert was raised.').waitFor()
  await page.getByRole('link', { name: 'See the history' }).click()
  await page.getByRole('link', { name: /Denials of the night: .* denied by policy/ }).click()
  await page.getByText('Slack').waitFor()
  expect(await page.getByText('the channel is not configured').count()).toBe(2)
  await page.getByRole('button', { name: 'Resolve' }).click()
  await page.getByText(/^(just now|\d+ s ago) by Ana$/).waitFor()
  await page.getByLabel('State').selectOption('Open')
  await page.getByText('Nothing was raised').waitFor()

  await page.getByRole('link', { name: 'Rules', exact: true }).click()
  await page.getByRole('link', { name: /Denials of the night/ }).click()
  await page.getByRole('button', { name: 'Switch off' }).click()
  await page.getByRole('button', { name: 'Switch on' }).waitFor()
  await page.getByRole('button', { name: 'Delete rule…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete rule' }).click()
  await page.getByText('Nothing is watched yet').waitFor()
})

test('charts say in words and in a table what they paint, over the time that the address names', async () => {
  const page = await open('/metrics')
  const runs = page.getByRole('region', { name: 'Runs that ended' })
  const picture = runs.getByRole('img')
  await picture.waitFor()
  expect(await picture.getAttribute('aria-label')).toMatch(
    /^Runs that ended: 2 runs began and 2 ended: 1 completed, 1 failed\. Most from \d\d:\d\d: 2\.$/,
  )
  await runs.getByText('The numbers').click()
  const cells = runs.getByRole('table').getByRole('cell')
  const sum = async () => (await cells.allInnerTexts()).reduce((all, text) => all + Number(text), 0)
  expect(await sum()).toBe(2)
  await page.getByRole('link', { name: '7 d', exact: true }).click()
  await page.waitForURL(/window=7d/)
  await page.getByText('In the last 7 days: 2 runs began').waitFor()
  // The canvas follows the theme, whose colours it cannot know by itself.
  const pixels = () =>
    runs.locator('canvas').evaluate((canvas) => (canvas as unknown as { toDataURL(): string }).toDataURL())
  const light = await pixels()
  await page.emulateMedia({ colorScheme: 'dark' })
  await expect.poll(pixels).not.toBe(light)
})

test('what cannot be read says so and is read again; who may not read is told', async () => {
  const page = await open('/inbox')
  for (const [path, call, sign] of [
    ['/audit?type=ticket', '**/api/v1/audit/logs?*', '1000 entries'],
    ['/metrics', '**/api/v1/metrics/series?*', 'Runs that ended'],
    ['/alerts', '**/api/v1/alerts/configs', 'Nothing is watched yet'],
  ] as const) {
    const refuse = { status: 403, json: { error: { code: 'BROKEN', message: 'It broke', details: [] } } }
    await page.route(call, (route) => route.fulfill(refuse))
    await page.goto(`${server.address}/studio${path}`)
    await page.getByText('It broke').waitFor()
    await page.unroute(call)
    await tryAgain(page, page.getByText(sign).first())
  }
  const user = await signUpColleague(server, 'user')
  const other = await open('/audit', { person: user })
  await other.getByText('Not allowed').first().waitFor()
  await other.goto(`${server.address}/studio/alerts`)
  await other.getByText('Administrators and developers change rules and resolve alerts.').waitFor()
  expect(await other.getByRole('button', { name: 'Check now' }).count()).toBe(0)
})
