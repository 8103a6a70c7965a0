import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createTestSigner } from '../../src/verifier/test-bundle.ts'
import { refuse } from './fake-server.ts'
import { LOCAL, makeApproval, makeRun, tellPurchase } from './fixtures.ts'
import { answersOf, checkPage, LOOKS, setUpStudio, tryAgain, visit } from './open-studio.ts'

const studio = setUpStudio()

/** Something on every page, hostile texts included. */
async function fill() {
  const payload = { amount: 300, currency: 'EUR', merchant: 'AC\u200bME', memo: 'x'.repeat(900) }
  studio.state.pending = [
    makeApproval(1, { risk_level: 'high' }),
    makeApproval(2, { payload }),
    makeApproval(3),
  ]
  studio.state.inconsistent = [
    { run_id: 'run_b', code: 'NO_PENDING_APPROVAL', message: 'it contradicts itself' },
  ]
  const run = { event_count: 6, started_at: '2026-11-21T12:00:00Z', newest_event_at: '2026-11-21T12:00:05Z' }
  studio.state.runs = [
    { ...run, run_id: 'run_1', status: 'running', pending_approval: null },
    { ...run, run_id: 'run_b', status: 'inconsistent', pending_approval: null },
  ]
  const signer = await createTestSigner('countersign.local/ins_test/default')
  studio.state.stories.set('run_1', await makeRun('run_1', tellPurchase('run_1'), signer))
}

test.each(LOOKS)('axe finds nothing on any page, %s', { timeout: 60_000 }, async (_name, look, themes) => {
  await fill()
  const page = await studio.open('/inbox/dec_0000000000000002', look)
  const check = async (path: string, sign: string) => {
    if (path) await visit(page, path)
    await checkPage(page, sign, themes)
  }
  await check('', 'Why policy asks')
  await page.getByRole('button', { name: 'Approve…' }).click()
  await check('', 'You approve exactly this')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Reject…' }).click()
  await check('', 'The run stops.')
  await check('/', 'One run is broken')
  await check('/journals', 'run_1')
  await check('/journals?q=none', 'No run matches')
  await check('/runs/run_1', 'Consistent, signer unknown')
  await page.getByRole('button', { name: /^Chain/ }).click()
  await page.getByText('17 of 17 hold').click()
  await check('', 'How this was verified')
  await check('/runs/run_1?event=evt_run_1_3', 'Authenticated as')
  await check('/runs/run_none', 'Not found')
  await check('/nowhere', 'There is no such page')
  studio.state.pending = []
  await page.goto(`${studio.server.url}/studio/`)
  await check('', 'Nothing waits for you')
  await check('/sign-in', 'No account yet?')
})

test('on a phone an approval is found, read and answered', async () => {
  await fill()
  const page = await studio.open('/', { width: 390, height: 844, touch: true })
  await page
    .getByRole('link', { name: /101.00 EUR/ })
    .first()
    .tap()
  await page.getByRole('heading', { name: 'Buy from ACME for 101.00 EUR' }).waitFor()
  await page.getByRole('button', { name: 'Approve…' }).tap()
  await page.getByLabel(/type the amount/).fill('101')
  const send = page.getByRole('button', { name: 'Approve purchase' })
  const box = (await send.boundingBox())!
  expect(box.x + box.width).toBeLessThanOrEqual(390)
  expect(box.y + box.height).toBeLessThanOrEqual(844)
  await send.tap()
  await page.getByText('Resolved by').waitFor()
  expect(answersOf(studio.server)).toHaveLength(1)
  await page.getByRole('link', { name: 'Inbox', exact: true }).last().tap()
  await page.getByRole('log').getByText('Approved').waitFor()
})

test('the theme follows the system until one is chosen, and is there before the first paint', async () => {
  await fill()
  const page = await studio.open('/', { theme: 'dark' })
  const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
  await page.getByRole('radio', { name: 'Like the system' }).waitFor({ state: 'attached' })
  const dark = await ground()
  await page.getByText('Light', { exact: true }).click({ force: true })
  expect(await ground()).not.toBe(dark)
  await page.route('**/*.js', (route) =>
    route.request().url().endsWith('/theme.js') ? route.continue() : route.abort(),
  )
  await page.reload()
  expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('light')
  expect(await ground()).not.toBe(dark)
})

test('an empty inbox teaches how to fill it, an empty list of runs as well', async () => {
  const page = await studio.open('/')
  await page.getByText('Nothing waits for you').waitFor()
  await page.getByText('/v1/mcp/authorize_action').waitFor()
  await page.getByRole('link', { name: 'Runs' }).click()
  await page.getByText('No workflow has run yet').waitFor()
  await page.getByRole('navigation').getByRole('link', { name: 'All journals' }).click()
  await page.getByText('No runs yet').waitFor()
})

test('a failing server is told with its code and request, and asked again on request', async () => {
  studio.state.intercept = ({ path }) =>
    path.startsWith('/v1/approvals')
      ? refuse(500, 'STORAGE_READ_ERROR', 'Failed to load events', 'storage backend read failed')
      : undefined
  const page = await studio.open('/')
  const note = page.getByRole('alert')
  await note.getByText('storage backend read failed').waitFor()
  await note.getByText('STORAGE_READ_ERROR').waitFor()
  await note.getByText(/^req_\d+$/).waitFor()
  const asked = () => studio.state.calls.filter(({ path }) => path.startsWith('/v1/approvals')).length
  const before = asked()
  await note.getByRole('button', { name: 'Try again' }).click()
  await expect.poll(asked).toBeGreaterThan(before)
  studio.state.intercept = () => undefined
  studio.state.pending = [makeApproval(1)]
  await tryAgain(page, page.getByRole('heading', { name: 'Buy from ACME for 101.00 EUR' }))
})

test('before the answer there is a skeleton', async () => {
  studio.state.intercept = ({ path }) => (path === '/v1/approvals/pending' ? 'silence' : undefined)
  const page = await studio.open('/')
  await page.getByRole('status', { name: 'Reading' }).first().waitFor()
})

test('a lost connection is said, and what was missed is read when it is back', async () => {
  studio.state.pending = [makeApproval(1)]
  const page = await studio.open('/')
  await page.getByText('Live', { exact: true }).waitFor()
  studio.server.setDown(true)
  await page.getByText('Reconnecting', { exact: true }).waitFor()
  await page.getByText(/^No connection to the server for \d+ s/).waitFor()
  studio.state.pending = [
    makeApproval(1),
    makeApproval(2, { payload: { amount: 1, currency: 'EUR', merchant: 'New' } }),
  ]
  studio.server.setDown(false)
  await page.getByText('Live', { exact: true }).waitFor()
  await page.getByText('Buy from New').waitFor()
})

test('an expired session is renewed once; without one a person signs in and comes back', async () => {
  await fill()
  let signedIn = false
  let refreshes = 0
  let refused = 0
  const principal = { ...LOCAL.principal!, id: 'usr_ann', kind: 'user' as const, name: 'Ann' }
  studio.state.intercept = ({ path, body }) => {
    if (path === '/api/v1/auth/refresh') {
      refreshes += 1
      return refuse(401, 'UNAUTHENTICATED', 'no session')
    }
    if (path === '/api/v1/auth/login') {
      signedIn = (body as { password: string }).password === 'right'
      return signedIn ? { status: 200, body: {} } : refuse(401, 'UNAUTHENTICATED', 'wrong')
    }
    if (path === '/api/v1/installation') {
      refused += signedIn ? 0 : 1
      const mode = { mode: 'authenticated' as const, principal: signedIn ? principal : null }
      return { status: 200, body: { ...LOCAL, ...mode } }
    }
    if (signedIn) return undefined
    refused += 1
    return refuse(401, 'UNAUTHENTICATED', 'expected a credential')
  }
  const page = await studio.open('/journals?status=running')
  await page.getByLabel('E-mail').fill('ann@example.com')
  await page.getByLabel('Password').fill('wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('This e-mail and password do not belong together.').waitFor()
  await page.getByLabel('Password').fill('right')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/studio/journals?status=running')
  await page.getByText('run_1').waitFor()
  // Calls that are refused together share one attempt to renew: never one for each.
  expect(refreshes).toBeLessThanOrEqual(refused)

  signedIn = false
  const before = studio.state.intercept
  studio.state.intercept = (call) => {
    if (call.path !== '/api/v1/auth/refresh') return before(call)
    signedIn = true
    return { status: 200, body: {} }
  }
  studio.server.tick('run_1')
  await page.getByRole('link', { name: /^Inbox/ }).click()
  await page.getByText('Why policy asks').waitFor()
  await expect.poll(() => signedIn).toBe(true)
})

test('the first page needs at most 180 kB of script', async () => {
  studio.state.pending = [makeApproval(1)]
  const context = await studio.openContext()
  const loaded = new Set<string>()
  context.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (pathname.endsWith('.js')) loaded.add(pathname.slice('/studio/'.length))
  })
  const page = await studio.openPage('/', context)
  await page.getByText('Recomputed here').waitFor()
  const sizes = [...loaded].map((file) => gzipSync(studio.server.files.get(file)!).length)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  expect(total).toBeGreaterThan(50_000)
  expect(total).toBeLessThan(180_000)
  expect([...loaded].some((file) => file.includes('verify-worker'))).toBe(false)
})
