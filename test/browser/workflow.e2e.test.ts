import type { Browser, Page } from 'playwright-core'
import { afterAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { buildStudio } from './build-studio.ts'
import { closePages, withBrowser } from './launch-browser.ts'
import { findBarriers } from './open-studio.ts'

let browser: Browser
let server: TestServer

withBrowser.beforeAll(async ({ browser: shared }) => {
  browser = shared
  await buildStudio()
  server = await startTestServer({ background: true })
})
afterAll(async () => {
  await closePages(browser)
  await server?.close()
})

const step = (page: Page, name: string, status: string) =>
  page
    .getByRole('list', { name: 'Steps, in the order they began' })
    .getByRole('button', { name: new RegExp(`${name}.*${status}`) })

test('a human starts a workflow from its form, sees it wait, approves it and watches it complete', {
  timeout: 120_000,
}, async () => {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage()
  page.setDefaultTimeout(15_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))

  await page.goto(`${server.address}/studio/runs`)
  await page.getByText('No workflow has run yet').waitFor()
  await page.getByRole('link', { name: 'Choose a workflow' }).click()
  await page.getByRole('link', { name: /demo_ticket_escalation_v1/ }).click()
  await page.getByRole('region', { name: 'Graph of 6 nodes' }).getByText('ask_manager').waitFor()
  expect(await findBarriers(page)).toEqual([])
  await page.getByLabel('Hotel (optional)').fill('VV-LISBON')
  await page.getByRole('button', { name: 'Start run' }).click()

  // Its page opens and says what it waits for; the question stands beside its steps.
  await page.waitForURL('**/studio/runs/*')
  await page.getByText(/^Waits for approval since .*: “Escalate to the person on duty\?”$/).waitFor()
  await step(page, 'triage', 'Completed').waitFor()
  await step(page, 'ask_manager', 'Waits').waitFor()
  await page.getByRole('heading', { name: 'The workflow asks: “Escalate to the person on duty?”' }).waitFor()
  await page.getByText('Recomputed here from what is shown: equal.').waitFor()
  expect(await findBarriers(page)).toEqual([])

  // What a model was asked and answered is there to be read.
  await step(page, 'triage', 'Completed').click()
  await page.getByRole('button', { name: /agent.ticket_triage answered/ }).click()
  await page.getByText('builtin/rules', { exact: true }).waitFor()
  await page.getByText('What it was given').waitFor()
  expect(await findBarriers(page)).toEqual([])
  await page.getByRole('button', { name: 'Answer it here' }).click()

  await page.getByRole('button', { name: 'Approve…' }).click()
  await page.getByRole('button', { name: 'Approve', exact: true }).click()
  await page
    .getByText(/^Completed/)
    .first()
    .waitFor()
  await step(page, 'ask_manager', 'Completed').waitFor()
  await step(page, 'escalate', 'Completed').waitFor()
  await page.getByRole('heading', { name: 'Result' }).waitFor()
  await page.getByRole('link', { name: 'Graph' }).click()
  await page.getByRole('region', { name: 'Graph of 6 nodes' }).getByText('Not reached').waitFor()
  expect(await findBarriers(page)).toEqual([])

  // A fork takes over what was done before the gate and asks again.
  await page.getByRole('button', { name: /ask_manager.*Completed/ }).click()
  await page.getByRole('button', { name: 'Fork from here…' }).click()
  await page.getByRole('button', { name: 'Fork run' }).click()
  await page.getByText('Forked from').waitFor()
  await step(page, 'triage', 'Taken over').waitFor()
  await step(page, 'ask_manager', 'Waits').waitFor()
  await page.getByRole('button', { name: 'Cancel run…' }).click()
  await page.getByLabel('Reason (optional)').last().fill('Only tried out')
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel run' }).click()
  await page.getByText(/^Cancelled .*: Only tried out$/).waitFor()

  // The list tells of both, and the journal of the first still verifies here.
  await page.getByRole('link', { name: 'Runs', exact: true }).first().click()
  const list = page.getByRole('list', { name: 'Workflow runs, newest first' })
  await list.getByRole('link', { name: /Cancelled.*Forked/ }).waitFor()
  await list.getByRole('link', { name: /Completed/ }).click()
  await page.getByRole('button', { name: /signer unknown/i }).waitFor()
  expect(complaints).toEqual([])
})
