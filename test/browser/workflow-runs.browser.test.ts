import { expect, test } from 'vitest'
import { refuse } from './fake-server.ts'
import { ago } from './fixtures.ts'
import { setUpStudio } from './open-studio.ts'
import { makeWaitingRun, makeWorkflowRun, WORKFLOW } from './workflow-fixtures.ts'

const studio = setUpStudio()
const listOfRuns = { name: 'Workflow runs, newest first' }

test('a thousand runs: few rows in the page, all of them within reach; filters stand in the address', async () => {
  studio.state.workflows.workflows = [WORKFLOW]
  studio.state.workflows.runs = Array.from({ length: 1_000 }, (_, index) =>
    makeWorkflowRun(`run_${index}`, {
      workflow_id: index % 2 ? WORKFLOW.id : 'other',
      status: index % 10 === 0 ? 'failed' : 'completed',
      error: { error: `it broke ${index}`, error_type: 'x', node_id: null },
    }),
  )
  const page = await studio.open('/runs')
  const list = page.getByRole('list', listOfRuns)
  await list.getByText('it broke 0', { exact: true }).waitFor()
  await page.getByText('1000 runs').waitFor()
  expect(await list.getByRole('listitem').count()).toBeLessThan(60)
  for (const size of ['400', '600', '800', '1000']) {
    await list.hover()
    await page.mouse.wheel(0, 100_000)
    await page.getByRole('button', { name: 'Read older runs' }).click()
    await list.locator(`[aria-setsize="${size}"]`).first().waitFor()
  }
  await page.mouse.wheel(0, 100_000)
  await list.getByText('it broke 990', { exact: true }).waitFor()
  expect(await list.getByRole('listitem').count()).toBeLessThan(60)

  await page.getByLabel('Status').selectOption('Failed')
  await page.getByLabel('Workflow', { exact: true }).selectOption('triage_v1')
  await page.waitForURL('**/studio/runs?status=failed&workflow=triage_v1')
  await page.getByText('No run matches').waitFor()
  await page.getByLabel('Workflow', { exact: true }).selectOption('Any workflow')
  await page.getByText('100 runs').waitFor()
})

test('a row says what its run waits for, what it cost and where it comes from, and changes by itself', async () => {
  const waiting = makeWaitingRun('run_1', { cost_cents: null, mode: 'auto', forked_from: 'run_0' })
  studio.state.workflows.runs = [
    waiting,
    makeWorkflowRun('run_2', { cost_cents: 1.25, parent_run_id: 'run_1' }),
  ]
  const page = await studio.open('/runs')
  const row = page.getByRole('link', { name: /for a human: Escalate\?/ })
  expect(await row.innerText()).toMatch(/Waits[\s\S]*Forked[\s\S]*Auto[\s\S]*unknown/)
  expect(await page.getByRole('link', { name: /Child/ }).innerText()).toContain('1.25')
  await page.getByText('Live', { exact: true }).waitFor()
  Object.assign(waiting, { status: 'completed', waiting: null, finished_at: ago(0) })
  studio.server.tick('run_1')
  await page.getByRole('link', { name: /Completed .*Forked/ }).waitFor()
})

test('before the answer there is a skeleton, after a failure the reason, and without runs the way to one', async () => {
  studio.state.intercept = ({ path }) => (path === '/api/v1/runs' ? 'silence' : undefined)
  const context = await studio.openContext()
  const reading = await studio.openPage('/runs', context)
  await reading.getByRole('status', { name: 'Reading' }).first().waitFor()
  // A browser asks for the same address once at a time: the next page would wait for this one.
  await reading.close()
  studio.state.intercept = ({ path }) =>
    path === '/api/v1/runs' ? refuse(500, 'STORAGE_READ_ERROR', 'Failed to read runs') : undefined
  const page = await studio.openPage('/runs', context)
  const note = page.getByRole('alert')
  await note.getByText('Failed to read runs').waitFor()
  await note.getByText(/^req_\d+$/).waitFor()
  const asked = () => studio.state.calls.filter(({ path }) => path === '/api/v1/runs').length
  const before = asked()
  await note.getByRole('button', { name: 'Try again' }).click()
  await expect.poll(asked).toBeGreaterThan(before)
  studio.state.intercept = () => undefined
  await page.getByText('Live', { exact: true }).waitFor()
  studio.server.tick('run_x')
  await page.getByText('No workflow has run yet').waitFor()
  await page.getByText('/api/v1/workflows/demo_ticket_escalation_v1/runs').waitFor()
})
