import type { Browser, Page } from 'playwright-core'
import { afterAll, expect, test } from 'vitest'
import { AUTH_SETTINGS } from '../gate/people.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { buildStudio } from './build-studio.ts'
import { closePages, withBrowser } from './launch-browser.ts'

const PASSWORD = 'correct horse battery'
let browser: Browser

withBrowser.beforeAll(async ({ browser: shared }) => {
  browser = shared
  await buildStudio()
})
afterAll(() => closePages(browser))

test('the first account is made in the page, its key and session end from there, and a colleague joins by a link', {
  timeout: 120_000,
}, async () => {
  const server = await startTestServer({ settings: AUTH_SETTINGS })
  try {
    await tellStory(server)
  } finally {
    await server.close()
  }
})

async function tellStory(server: TestServer): Promise<void> {
  const complaints: string[] = []
  const open = async (path: string) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    context.setDefaultTimeout(15_000)
    const page = await context.newPage()
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(`${server.address}/studio${path}`)
    return page
  }
  const goTo = (page: Page, path: string) => page.goto(`${server.address}/studio${path}`)
  const me = (headers: Record<string, string>) => server.get('/api/v1/auth/me', { headers })

  // Nobody has an account: the page says what the first one becomes.
  const ana = await open('/')
  await ana.getByText('Nobody has one here.').waitFor()
  await ana.getByRole('link', { name: 'Make an account' }).click()
  await ana.getByText('Yours becomes the administrator').waitFor()
  await ana.getByLabel('E-mail').fill('ana@example.com')
  await ana.getByLabel('Name').fill('Ana')
  await ana.getByLabel('Password').fill(PASSWORD)
  await ana.getByRole('button', { name: 'Make account' }).click()
  const profile = ana.getByRole('form', { name: 'What others see' })
  await profile.getByLabel('Name').fill('Ana Lobo')
  await profile.getByRole('button', { name: 'Save profile' }).click()
  await ana.getByRole('link', { name: 'Your account: Ana Lobo' }).waitFor()
  expect(await ana.evaluate('document.cookie')).toBe('')

  // A key is shown once, works, and is dead when it is revoked.
  await goTo(ana, '/account/keys/new')
  await ana.getByLabel('Name').fill('procurement agent')
  await ana.getByRole('button', { name: 'Make key' }).click()
  const key = await ana.getByText(/^csk_[\w-]{20,}$/).innerText()
  expect((await me({ 'x-api-key': key })).body).toMatchObject({ name: 'Ana Lobo', role: 'admin' })
  await ana.getByRole('link', { name: 'I have copied it' }).click()
  await ana.getByRole('button', { name: 'Revoke key…' }).click()
  expect(await ana.content()).not.toContain(key)
  await ana.getByRole('button', { name: 'Revoke key', exact: true }).click()
  await ana.getByRole('link', { name: /procurement agent.*Revoked/ }).waitFor()
  expect((await me({ 'x-api-key': key })).status).toBe(401)

  // A session elsewhere is ended from here and refused at once.
  const login = { email: 'ana@example.com', password: PASSWORD }
  const { body } = await server.post('/api/v1/auth/login', login, {
    headers: { 'user-agent': 'elsewhere/1' },
  })
  const elsewhere = { authorization: `Bearer ${body.access_token}` }
  expect((await me(elsewhere)).status).toBe(200)
  await goTo(ana, '/account/sessions')
  await ana.getByText('This one').waitFor()
  await ana.getByRole('button', { name: 'End the session of elsewhere/1' }).click()
  await ana.getByRole('button', { name: 'End session' }).click()
  await ana.getByText('1 session', { exact: true }).waitFor()
  expect((await me(elsewhere)).status).toBe(401)

  // Whoever opens the link of an invitation joins, and reads who may do what they may not.
  await goTo(ana, '/members/invitations/new')
  await ana.getByLabel('E-mail').fill('ben@example.com')
  await ana.getByRole('button', { name: 'Make invitation' }).click()
  const link = await ana.getByText(/register#invitation=csi_/).innerText()
  const ben = await open(link.replace(`${server.address}/studio`, ''))
  await ben.getByText('You join the tenant that invited you').waitFor()
  expect(await ben.getByLabel('E-mail').inputValue()).toBe('ben@example.com')
  await ben.getByLabel('Name').fill('Ben')
  await ben.getByLabel('Password').fill(PASSWORD)
  await ben.getByRole('button', { name: 'Join' }).click()
  await ben.getByText('Live', { exact: true }).waitFor()
  await goTo(ben, '/members/keys')
  await ben.getByText('Your role does not see this.').waitFor()
  await ben.getByRole('main').getByRole('link', { name: 'Ana Lobo' }).waitFor()

  // A role holds from the next request on.
  await ana.getByRole('link', { name: 'I have copied it' }).click()
  await ana.getByRole('link', { name: /ben@example\.com.*Accepted/ }).waitFor()
  await ana.getByRole('link', { name: 'People' }).click()
  await ana.getByRole('link', { name: /Ben/ }).click()
  const role = ana.getByRole('form', { name: 'Change the role' })
  await role.getByLabel('Role').selectOption('admin')
  await role.getByRole('button', { name: 'Give this role' }).click()
  await ana.getByText('It holds from their next request on').waitFor()
  await ana.getByRole('link', { name: /Ben.*Administrator/ }).waitFor()
  await ben.reload()
  await ben.getByRole('link', { name: /procurement agent/ }).waitFor()

  await goTo(ben, '/account')
  await ben.getByRole('button', { name: 'Sign out' }).click()
  await ben.getByRole('button', { name: 'Sign in' }).waitFor()
  expect(await ben.context().cookies()).toEqual([])
  expect(complaints).toEqual([])
}
