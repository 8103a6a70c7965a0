import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import type { RunList } from '../../src/http/schema.ts'
import { createTestSigner, type TestSigner } from '../../src/verifier/test-bundle.ts'
import { ago, makeApproval, makeRun, tellPurchase } from './fixtures.ts'
import { setUpStudio } from './open-studio.ts'

const studio = setUpStudio()
const LOG = 'countersign.local/ins_test/default'
let signer: TestSigner
beforeAll(async () => {
  signer = await createTestSigner(LOG)
})

const badge = (page: Page, word: string) => page.getByRole('button', { name: `Chain: ${word}` })
const listed = (run_id: string, status: RunList['runs'][number]['status'], minutes = 1) => ({
  run_id,
  status,
  event_count: 6,
  started_at: ago(minutes + 60),
  newest_event_at: ago(minutes),
  pending_approval: null,
})

/** A run of `steps` events, known to the server. */
async function addRun(runId: string, steps = 6, by = signer) {
  const story = await makeRun(runId, tellPurchase(runId).slice(0, steps), by)
  studio.state.stories.set(runId, story)
  return story
}

test('the list reads page by page, and its filters stand in the address', async () => {
  studio.state.runs = Array.from({ length: 250 }, (_, index) =>
    listed(`run_${index}`, index % 2 ? 'completed' : 'running', index),
  )
  const page = await studio.open('/journals')
  const list = page.getByRole('list', { name: 'Runs, newest first' })
  await list.getByText('run_0', { exact: true }).waitFor()
  expect(await list.getByRole('listitem').count()).toBeLessThan(60)
  await list.hover()
  await page.mouse.wheel(0, 100_000)
  await page.getByRole('button', { name: 'Read older runs' }).click()
  await list.locator('[aria-setsize="200"]').first().waitFor()
  await page.mouse.wheel(0, 100_000)
  await list.getByText('run_199', { exact: true }).waitFor()

  await page.getByLabel('Status').selectOption('Completed')
  await page.waitForURL('**/studio/journals?status=completed')
  await page.getByLabel('Find by run id').fill('run_24')
  await page.waitForURL('**/studio/journals?status=completed&q=run_24')
  await list.getByText('run_249', { exact: true }).waitFor()
  await page.reload()
  await list.getByText('run_249', { exact: true }).waitFor()
  expect(await page.getByLabel('Status').inputValue()).toBe('completed')
  await list.getByText('run_249', { exact: true }).click()
  await page.waitForURL('**/studio/runs/run_249')
})

test('nothing found leads on: to all runs, or to the one of that id', async () => {
  studio.state.runs = [listed('run_1', 'running')]
  await addRun("it's/odd?")
  const page = await studio.open(`/journals?q=${encodeURIComponent("it's/odd?")}`)
  await page.getByText('No run matches').waitFor()
  await page.getByRole('link', { name: /Open run/ }).click()
  await page.getByRole('heading', { name: "it's/odd?" }).waitFor()
  await page.getByText('purchase.create is in doubt').waitFor()
})

test('a run that waits says for what and since when, and leads to the inbox', async () => {
  await addRun('run_w', 2)
  const votes = [{ principal_id: 'u', approver: 'Ann', voted_at: ago(1) }]
  const waiting = { run_id: 'run_w', requested_at: ago(185), required_approvals: 2, votes }
  studio.state.pending = [makeApproval(1, waiting)]
  const page = await studio.open('/runs/run_w')
  await page.getByText('Waits for 1 of 2 approvals since 3 h').waitFor()
  await page.getByRole('link', { name: 'Answer it in the inbox' }).click()
  await page.getByText('Buy from ACME for 101.00 EUR').waitFor()
})

test('an effect in doubt is neither failed nor done', async () => {
  await addRun('run_d')
  const page = await studio.open('/runs/run_d')
  await page.getByText(/^In doubt since .*: an effect may or may not have happened$/).waitFor()
  const row = page.getByRole('button', { name: /is in doubt/ })
  expect(await row.innerText()).toContain('In doubt')
  await row.click()
  await page.waitForURL('**/runs/run_d?event=evt_run_d_6')
  const receipt = page.getByRole('region', { name: 'Receipt' })
  await receipt.getByText('effect_in_doubt').waitFor()
  await receipt.getByText('Hash before it').waitFor()
})

test('a result after the doubt settles it', async () => {
  const told = tellPurchase('run_s')
  told.push({
    kind: 'effect_completed',
    payload: {
      effect_id: 'exec_1',
      decision_id: 'dec_1',
      action: 'purchase.create',
      result: { order: 7 },
      settled_reason: 'The shop shows the order',
    },
  })
  studio.state.stories.set('run_s', await makeRun('run_s', told, signer))
  const page = await studio.open('/runs/run_s')
  await page.getByText(/^Runs; newest event/).waitFor()
  await page.getByText('The shop shows the order').waitFor()
  // The story's second event came late, and its line says so.
  await page.getByText('Late', { exact: true }).waitFor()
})

test('the chain is checked here: unknown signer, trusted key, and the log must go on from there', async () => {
  const story = await addRun('run_v')
  const context = await studio.openContext()
  const page = await studio.openPage('/runs/run_v', context)
  await badge(page, 'Consistent, signer unknown').click()
  await page.getByText('Covers all 6 events of this page.').waitFor()
  await page.getByText('17 of 17 hold').click()
  await page.getByText('6 events linked to the one before').waitFor()
  await page.getByRole('button', { name: 'Trust this key' }).click()
  await page.getByText('signed by the key this browser trusts').waitFor()
  await page.getByRole('button', { name: 'Close' }).click()
  await badge(page, 'Verified here').waitFor()

  const shorter = await addRun('run_v', 4)
  studio.state.stories.set('run_v', { ...story, bundle: shorter.bundle })
  await page.reload()
  await badge(page, 'Broken').click()
  await page.getByText(/the log went backwards/).waitFor()
})

test('another signer is said, and not called broken', async () => {
  await addRun('run_c')
  const context = await studio.openContext()
  const page = await studio.openPage('/runs/run_c', context)
  await badge(page, 'Consistent, signer unknown').click()
  await page.getByRole('button', { name: 'Trust this key' }).click()
  await page.getByText('signed by the key this browser trusts').waitFor()
  await addRun('run_c', 6, await createTestSigner(LOG))
  await page.reload()
  await badge(page, 'Consistent, signer changed').click()
  await page.getByText(/^Signer changed since \d{4}-/).waitFor()
})

test('a changed byte is found, and where', async () => {
  const story = await addRun('run_t')
  story.bundle = story.bundle.replace('We need paper', 'We want paper')
  const page = await studio.open('/runs/run_t')
  await badge(page, 'Broken at event 3').click()
  await page.getByText('its text does not hash to the value it carries').first().waitFor()
})

test('the bundle can be saved, and the call copied for a shell', async () => {
  const story = await addRun("run'q")
  const context = await studio.openContext()
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const page = await studio.openPage(`/runs/${encodeURIComponent("run'q")}`, context)
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export bundle' }).click()
  expect(await readFile(await (await download).path(), 'utf8')).toBe(story.bundle)
  await page.getByRole('button', { name: 'Copy as curl' }).click()
  await page.getByText('Copied').waitFor()
  const copied = await page.evaluate('navigator.clipboard.readText()')
  expect(copied).toBe(`curl -s '${studio.server.url}/v1/runs/run'\\''q/journal'`)
})

test('an inconsistent run shows its events and says why there is no journal', async () => {
  await addRun('run_i', 3)
  studio.state.runs = [listed('run_i', 'inconsistent')]
  studio.state.inconsistent = [
    { run_id: 'run_i', code: 'NO_PENDING_APPROVAL', message: 'resolved what nobody asked' },
  ]
  const page = await studio.open('/')
  await page.getByText('One run is broken and not in this list').waitFor()
  await page.getByRole('link', { name: 'run_i' }).click()
  await page.getByText('Inconsistent: approval_resolved encountered without pending approval').waitFor()
  await page.getByText('Below stand its events as they were recorded').waitFor()
  await page.getByText('Approval approved').waitFor()
})

test('an unknown run says so', async () => {
  const page = await studio.open('/runs/run_none')
  await page.getByText("No events found for run 'run_none'").waitFor()
})

test('ten thousand events: few lines in the page, the last within reach', async () => {
  const { journal, events, bundle } = await addRun('run_10k', 1)
  const [entry] = journal.entries
  const entries = Array.from({ length: 10_000 }, (_, index) => ({
    ...entry!,
    event_id: `evt_${index}`,
    title: `Step ${index}`,
    metadata: { ...entry!.metadata, seq: index + 1 },
  }))
  const long = { journal: { ...journal, entry_count: 10_000, entries }, events, bundle }
  studio.state.stories.set('run_10k', long)
  const page = await studio.open('/runs/run_10k')
  const list = page.getByRole('list', { name: 'Journal' })
  await list.getByText('Step 0', { exact: true }).waitFor()
  expect(await list.getByRole('listitem').count()).toBeLessThan(80)
  await page.getByRole('button', { name: 'Chain: Verify 10000 events' }).waitFor()
  await list.hover()
  await page.mouse.wheel(0, 1_000_000)
  await list.getByText('Step 9999', { exact: true }).click()
  await page.getByRole('region', { name: 'Receipt' }).getByText('10000').waitFor()
})
