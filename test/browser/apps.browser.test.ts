import { expect, test } from 'vitest'
import { createTestSigner } from '../../src/verifier/test-bundle.ts'
import { ACTIONS, APP, BARE_APP, FIGURES, makeAppRun, NO_FIGURES } from './fake-apps.ts'
import { refuse } from './fake-server.ts'
import { checkPage, findBarriers, LOOKS, setUpStudio } from './open-studio.ts'
import { makeStep } from './workflow-fixtures.ts'
import { addRun } from './workflow-story.ts'

const studio = setUpStudio()

/** Something on every page of the app. */
async function fill() {
  const { workflows, apps } = studio.state
  const signer = await createTestSigner('countersign.local/ins_test/default')
  const steps = [makeStep('fetch', 0, 40), makeStep('triage', 40, 100)]
  await addRun(studio.state, makeAppRun('run_1', 'triage_ticket'), steps, signer)
  workflows.runs.push(
    makeAppRun('run_2', 'ask_desk', {
      input: { question: 'Where are the towels?' },
      result: { agent_id: 'a', text: 'In the cupboard.' },
    }),
    makeAppRun('run_3', 'ask_desk', { user_id: 'somebody else', input: { question: 'Not mine' } }),
  )
  Object.assign(apps, { apps: [APP, BARE_APP], actions: ACTIONS, figures: FIGURES })
}

test.each(LOOKS)(
  'axe finds nothing on the pages of an app, %s',
  { timeout: 60_000 },
  async (_name, look, themes) => {
    await fill()
    const page = await studio.open(`/apps/${APP.id}`, look)
    const check = async (tab: string, sign: string) => {
      if (tab) await page.getByRole('link', { name: tab }).last().click()
      await checkPage(page, sign, themes)
    }
    await check('', 'How the desk is doing.')
    await check('Runs', 'Ask the desk')
    await check('Last triage', 'fetch')
    await check('Desk', 'In the cupboard.')
    await page.getByRole('link', { name: 'Triage', exact: true }).click()
    await page.getByRole('button', { name: 'Triage ticket' }).click()
    await page.getByText('One field needs a change').waitFor()
    studio.state.apps.started = {
      run: makeAppRun('run_4', 'triage_ticket', { result: { summary: '2 tickets triaged' } }),
      warnings: [{ path: 'input_mapping.note', message: '$event.note was not sent, so it is left out' }],
    }
    await page.getByLabel('Hotel', { exact: true }).fill('VV-LISBON')
    await page.getByRole('button', { name: 'Triage ticket' }).click()
    await check('', '2 tickets triaged')
  },
)

test('where there is nothing yet, each page says what would be there and how', async () => {
  await fill()
  Object.assign(studio.state.apps, { figures: NO_FIGURES })
  studio.state.workflows.runs = []
  const page = await studio.open(`/apps/${APP.id}`)
  const go = async (path: string, sign: string) => {
    await page.goto(`${studio.server.url}/studio/apps${path}`)
    await page.getByText(sign).waitFor()
  }
  const tabs = page.getByRole('navigation', { name: 'Pages of this app' })
  for (const tab of ['Today', 'Runs', 'Last triage']) {
    await tabs.getByRole('link', { name: tab }).click()
    await page.getByRole('heading', { name: tab }).waitFor()
    await page.getByText('Nothing has run yet').waitFor()
  }
  await tabs.getByRole('link', { name: 'Desk' }).click()
  await page.getByText('Nothing was said yet.').waitFor()
  await go(`/${APP.id}/nowhere`, 'no such page')
  await go('/none', 'no app')
  await go('/bare', 'This app declares no pages')
  expect(await findBarriers(page)).toEqual([])
  studio.state.apps.apps = []
  await go('', 'No app yet')
  expect(await findBarriers(page)).toEqual([])
})

test('an app opens at the page it names, each page has an address, and another app is one choice away', async () => {
  await fill()
  const page = await studio.open('/apps')
  await page.getByRole('link', { name: /Guest Support Console/ }).click()
  await page.getByRole('heading', { name: 'Today' }).waitFor()
  const failed = page.getByRole('listitem').filter({ hasText: 'Failed' })
  expect(await failed.innerText()).toMatch(/^1/)
  // The cost of a call that has no price is not zero; an action that is gone is told by its id.
  await page.getByText('unknown').waitFor()
  await page.getByRole('cell', { name: 'gone' }).waitFor()
  await page.getByRole('link', { name: 'Last triage' }).click()
  await page.waitForURL(`**/apps/${APP.id}/trace`)
  await page.getByRole('button', { name: /triage/ }).click()
  await page.waitForURL('**/runs/run_1?step=triage%3A1')
  await page.goBack()
  await page.getByRole('link', { name: 'Runs', exact: true }).last().click()
  await page.waitForURL(`**/apps/${APP.id}/runs`)
  const rows = page.getByRole('list', { name: 'Runs of this app' }).getByRole('listitem')
  await expect.poll(() => rows.count()).toBe(3)
  const asked = studio.state.calls.filter(({ path }) => path === '/api/v1/runs').at(-1)!
  expect(asked.query.get('app_id')).toBe(APP.id)
  await page.getByLabel('Switch app').selectOption('Bare app')
  await page.waitForURL('**/apps/bare')
  await page.getByText('declares no pages').waitFor()
})

test('a form asks for what the action reads, sends it where it belongs, and tells what came of it', async () => {
  await fill()
  const page = await studio.open(`/apps/${APP.id}/triage`)
  const posts = () => studio.state.calls.filter(({ method }) => method === 'POST')
  const send = page.getByRole('button', { name: 'Triage ticket' })
  await send.click()
  await page.getByText('One field needs a change; nothing was started.').waitFor()
  expect(posts()).toEqual([])

  await page.getByLabel('Hotel', { exact: true }).fill('VV-LISBON')
  studio.state.intercept = ({ method }) =>
    method === 'POST'
      ? refuse(422, 'INVALID_RUN_INPUT', 'The input does not fit', 'expected a hotel')
      : undefined
  await send.click()
  await page.getByText('expected a hotel').waitFor()
  await page.getByText('Nothing was started.').waitFor()
  studio.state.intercept = ({ method }) => (method === 'POST' ? 'hang-up' : undefined)
  await send.click()
  await page.getByText('The run may have started.').waitFor()

  studio.state.intercept = () => undefined
  const run = makeAppRun('run_4', 'triage_ticket', { status: 'paused', finished_at: null, result: null })
  run.waiting = {
    for: 'approval',
    step_id: 'ask:1',
    node_id: 'ask',
    reason: 'waits for a human: Escalate?',
    decision_id: 'dec_1',
    policy_id: null,
    wake_at: null,
    event_name: null,
    run_id: null,
  }
  studio.state.apps.started = { run, warnings: [] }
  await page.getByLabel('Note (optional)').fill('late')
  await send.click()
  await page.getByText('It waits for a human: Escalate?').waitFor()
  expect(posts().at(-1)).toMatchObject({
    path: `/api/v1/apps/${APP.id}/actions/triage_ticket`,
    body: { event: { note: 'late' }, context: { hotel_id: 'VV-LISBON' } },
  })

  // Somebody approved: what came of it is told without asking again.
  Object.assign(run, { status: 'completed', waiting: null, result: { summary: '2 tickets triaged' } })
  studio.server.tick('run_4')
  await page.getByText('2 tickets triaged').waitFor()
})

test('a chat shows what I said and what was answered, also after loading it anew, and nobody else', async () => {
  await fill()
  const page = await studio.open(`/apps/${APP.id}/desk`)
  const log = page.getByRole('log')
  await log.getByText('In the cupboard.').waitFor()
  expect(await log.getByText('Not mine').count()).toBe(0)
  const box = page.getByLabel('Message')
  await box.press('Enter')
  await page.getByText('Write a message.').waitFor()
  studio.state.apps.started = {
    run: makeAppRun('run_5', 'ask_desk', {
      input: { question: 'And <b>soap</b>?' },
      status: 'failed',
      result: null,
      error: { error: 'policy denied it', error_type: 'policy_denied', node_id: null },
    }),
    warnings: [],
  }
  await box.fill('And <b>soap</b>?')
  await box.press('Enter')
  await log.getByText('policy denied it').waitFor()
  // What people say is text.
  await log.getByText('And <b>soap</b>?').waitFor()
  expect(await box.inputValue()).toBe('')
  expect(studio.state.calls.findLast(({ method }) => method === 'POST')?.body).toEqual({
    event: { message: 'And <b>soap</b>?' },
    context: {},
  })
  await page.reload()
  await log.getByText('policy denied it').waitFor()
  await log.getByText('Where are the towels?').waitFor()
})

test('what cannot be read says so, and can be read again', async () => {
  await fill()
  studio.state.intercept = ({ path }) =>
    path.endsWith('/figures') ? refuse(500, 'STORAGE_READ_ERROR', 'Failed to load events') : undefined
  const page = await studio.open(`/apps/${APP.id}`)
  const note = page.getByRole('alert')
  await note.getByText('The server could not do this').waitFor()
  const asked = () => studio.state.calls.filter(({ path }) => path.endsWith('/figures')).length
  const before = asked()
  await note.getByRole('button', { name: 'Try again' }).click()
  await expect.poll(asked).toBeGreaterThan(before)
  studio.state.intercept = () => undefined
  await page.getByText('Live', { exact: true }).waitFor()
  studio.server.tick('run_x')
  await page.getByText('All runs so far').waitFor()
})
