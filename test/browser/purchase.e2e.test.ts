import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { buildStudio } from './build-studio.ts'
import { closePages, withBrowser } from './launch-browser.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
let browser: Browser
let server: TestServer

withBrowser.beforeAll(async ({ browser: shared }) => {
  browser = shared
  await buildStudio()
  server = await startTestServer()
})
afterAll(async () => {
  await closePages(browser)
  await server?.close()
})

/** What axe holds against the page (WCAG 2.1 AA). */
async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const rules = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }
  const { violations } = (await page.evaluate(`axe.run(document, ${JSON.stringify(rules)})`)) as {
    violations: { id: string; nodes: { html: string }[] }[]
  }
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`)
}

test('a human sees a purchase appear, approves it, watches it execute and verifies the record in the browser', async () => {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(`${server.address}/studio/`)
  await page.getByText('Live', { exact: true }).waitFor()

  // The agent asks while the page is open.
  const context = { request_id: 'e2e', amount: 500, currency: 'EUR', merchant: 'ACME GmbH' }
  const { body: decision } = await server.post('/v1/mcp/authorize_action', {
    intent: { action: 'purchase.create' },
    context,
  })
  expect(decision.state).toBe('requires_approval')
  const registered = await server.post('/v1/approvals/requests', {
    decision_id: decision.decision_id,
    run_id: decision.run_id,
    requested_by: 'procurement-agent',
    title: 'Buy a laptop',
    details: 'The old one broke',
    risk_level: 'high',
  })
  expect(registered.status).toBe(200)

  // It appears without anybody reloading, with the hash that will bind, computed here once more.
  await page.getByText('Buy from ACME GmbH for 500.00 EUR').first().waitFor()
  await page.getByText('Recomputed here from what is shown: equal.').waitFor()
  expect(await findBarriers(page)).toEqual([])
  await page.keyboard.press('a')
  await page.getByLabel('High risk: type the amount, 500.00 EUR').fill('500.00')
  await page.getByRole('button', { name: 'Approve purchase', exact: true }).click()
  await page.getByRole('log').getByText('Approved').waitFor()

  // The run page is open while the agent executes what was approved.
  await page.getByRole('log').getByRole('link', { name: 'Open the run' }).click()
  await page.getByText('Approval approved').first().waitFor()
  const { body: minted } = await server.post(
    `/v1/approvals/decisions/${decision.decision_id}/execution-token`,
  )
  expect(minted.payload_sha256).toBe(registered.body.payload_sha256)
  const executed = await server.post(
    '/v1/executors/purchase.create',
    { amount: 500, currency: 'EUR', merchant: 'ACME GmbH' },
    { headers: { authorization: `Bearer ${minted.execution_token}` } },
  )
  expect(executed.body.status).toBe('executed')
  await page.getByText('purchase.create executed').first().waitFor()

  // The chain badge is computed in this browser; trusting the key makes it "verified here".
  await page.getByRole('button', { name: /signer unknown/i }).click()
  await page.getByRole('button', { name: /trust/i }).first().click()
  await page
    .getByText(/verified here/i)
    .first()
    .waitFor()
  expect(await findBarriers(page)).toEqual([])
  expect(complaints).toEqual([])
})

test('where people sign in, the page asks for it and comes back to where one was', async () => {
  const guarded = await startTestServer({
    settings: { AUTH_SECRET: 'a secret of at least thirty-two characters' },
  })
  try {
    await guarded.post('/api/v1/auth/register', {
      email: 'jane@example.com',
      password: 'correct horse battery',
      name: 'Jane',
    })
    const page = await (await browser.newContext({ colorScheme: 'dark' })).newPage()
    await page.goto(`${guarded.address}/studio/runs`)
    await page.getByLabel(/e-?mail/i).fill('jane@example.com')
    await page.getByLabel(/password/i).fill('correct horse battery')
    expect(await findBarriers(page)).toEqual([])
    await page.getByRole('button', { name: /sign in/i }).click()
    await page.getByText('Live', { exact: true }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/studio/runs')
    // No script can read the session.
    expect(await page.evaluate('document.cookie')).toBe('')
  } finally {
    await guarded.close()
  }
})
