import type { Browser, Page } from 'playwright-core'
import { afterAll, expect, test } from 'vitest'
import { verifyBundle } from '../../src/verifier/verify-bundle.ts'
import { AUTH_SETTINGS, approvalPolicy, PASSWORD, type Person, signUp } from '../gate/people.ts'
import { expectStatus } from '../gate/purchase-client.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { buildStudio } from './build-studio.ts'
import { closePages, withBrowser } from './launch-browser.ts'
import { findBarriers } from './open-studio.ts'

let browser: Browser
let server: TestServer
let ana: Person

withBrowser.beforeAll(async ({ browser: shared }) => {
  browser = shared
  await buildStudio()
  server = await startTestServer({ settings: AUTH_SETTINGS })
  ana = await signUp(server)
  for (const wanted of ['password', 'passkey'] as const) {
    const policy = approvalPolicy(`Shop ${wanted}`, { require_fresh_authentication: wanted })
    expectStatus(await ana.client.post('/api/v1/policies', policy), 201)
  }
})
afterAll(async () => {
  await closePages(browser)
  await server?.close()
})

/** A purchase that an agent of Ana's asks for. */
async function askFor(merchant: string): Promise<string> {
  const agent = await ana.withKey()
  const { decision_id, run_id } = expectStatus(await agent.authorize({ amount: 500, merchant }), 200)
  const request = { decision_id, run_id, title: 'Buy a laptop', risk_level: 'high' }
  expectStatus(await agent.register(request), 200)
  return decision_id
}

/** Opens the Studio by its name, as browsers make no passkeys for an address, and signs in. */
async function openStudio(path: string): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage()
  page.setDefaultTimeout(8_000)
  await page.goto(`${server.address.replace('127.0.0.1', 'localhost')}/studio${path}`)
  await page.getByLabel('E-mail').fill(ana.email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('Live', { exact: true }).waitFor()
  return page
}

/** An authenticator in the browser that knows its person and is always touched. */
async function plugIn(page: Page, options = {}) {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      ...options,
    },
  })
  return { session, authenticatorId }
}

async function typeAmount(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Approve…' }).click()
  await page.getByLabel('High risk: type the amount, 500.00 EUR').fill('500.00')
}
const approve = (page: Page) => page.getByRole('button', { name: 'Approve purchase', exact: true })

test('a person adds a passkey, signs a purchase with it, and the signature is verified here and offline', async () => {
  const page = await openStudio('/account')
  const { session, authenticatorId } = await plugIn(page)

  // Without one, the card says where to get it.
  const decisionId = await askFor('Shop passkey')
  await page.getByText('You have none yet.').waitFor()
  await page.getByRole('link', { name: /inbox/i }).first().click()
  await page.getByText('Buy from Shop passkey for 500.00 EUR').first().waitFor()
  await page.getByText('Policy asks whoever approves to sign with a passkey.').waitFor()
  await typeAmount(page)
  await page.getByText('You have no passkey that is good at this address.').waitFor()
  expect(await approve(page).isDisabled()).toBe(true)
  expect(await findBarriers(page)).toEqual([])
  await page.getByRole('link', { name: 'your account', exact: true }).click()

  await page.getByRole('button', { name: 'Add a passkey…' }).click()
  await page.getByLabel('Name', { exact: true }).last().fill('This laptop')
  await page.getByLabel('Your password').fill('not my password')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('alert').getByText('WRONG_PASSWORD').waitFor()
  expect(await findBarriers(page)).toEqual([])
  await page.getByLabel('Your password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('list', { name: 'Your passkeys' }).getByText('This laptop').waitFor()

  await page.getByRole('link', { name: /inbox/i }).first().click()
  await page.getByText('Buy from Shop passkey for 500.00 EUR').first().waitFor()
  await typeAmount(page)
  await page.getByText('your browser asks for your passkey, which signs exactly this').waitFor()

  // Somebody else's finger: nothing is approved, and the page says what to do.
  await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
  await approve(page).click()
  await page.getByRole('alert').getByText('Try again, and confirm when it asks').waitFor()
  expect(expectStatus(await ana.client.decision(decisionId), 200).status).toBe('pending')

  await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })
  await approve(page).click()
  await page.getByRole('log').getByText('Approved').waitFor()

  // The browser checks the signature again; the export of a run does not hold whose key it is, which it says.
  await page.getByRole('log').getByRole('link', { name: 'Open the run' }).click()
  await page.getByText('Approval approved').first().waitFor()
  await page.getByRole('button', { name: /signer unknown/i }).click()
  await page.getByText(`key not proved to be ${ana.id}'s`).waitFor()
  await page.getByRole('button', { name: /trust/i }).first().click()
  await page
    .getByText(/verified here/i)
    .first()
    .waitFor()

  const exported = await ana.client.get(`/v1/approvals/decisions/${decisionId}/audit-export`, {
    headers: { accept: 'application/x-ndjson' },
  })
  const trustedKeys = [server.app.kernel.checkpointSigner.verifierKey('default')]
  const report = await verifyBundle(exported.text, { trustedKeys })
  expect(report).toMatchObject({ verdict: 'verified' })
  expect(report).not.toHaveProperty('notes')
  expect(report.checks).toContainEqual(expect.objectContaining({ name: 'fresh-authentication', ok: true }))
  await page.context().close()
})

test('a password is asked for on the card, a wrong one changes nothing, and a passkey is renamed and removed', async () => {
  const page = await openStudio('/')
  const decisionId = await askFor('Shop password')
  await page.getByText('Buy from Shop password for 500.00 EUR').first().waitFor()
  await typeAmount(page)
  expect(await approve(page).isDisabled()).toBe(true)
  await page.getByLabel('Your password, once more').fill('a wild guess')
  await approve(page).click()
  await page.getByRole('alert').getByText('Nothing was changed.').waitFor()
  expect(expectStatus(await ana.client.decision(decisionId), 200).status).toBe('pending')
  await page.getByLabel('Your password, once more').fill(PASSWORD)
  await approve(page).click()
  await page.getByRole('log').getByText('Approved').waitFor()

  await page
    .getByRole('link', { name: /account/i })
    .first()
    .click()
  const list = page.getByRole('list', { name: 'Your passkeys' })
  await list.getByText('last used').waitFor()
  await page.getByRole('button', { name: 'Rename This laptop' }).click()
  await page.getByLabel('Name', { exact: true }).last().fill('Blue key')
  await page.getByRole('button', { name: 'Save name' }).click()
  await page.getByRole('button', { name: 'Remove Blue key' }).click()
  await page.getByRole('button', { name: 'Remove passkey' }).click()
  await page.getByText('You have none yet.').waitFor()
  await page.context().close()
})
