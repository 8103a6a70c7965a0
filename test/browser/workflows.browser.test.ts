import { expect, test } from 'vitest'
import { createTestSigner } from '../../src/verifier/test-bundle.ts'
import { refuse } from './fake-server.ts'
import { makeApproval } from './fixtures.ts'
import { checkPage, findBarriers, LOOKS, setUpStudio, visit } from './open-studio.ts'
import {
  AGENT,
  FIRST_VERSION,
  makeStep,
  makeWaitingRun,
  makeWorkflowRun,
  TOOL,
  WORKFLOW,
} from './workflow-fixtures.ts'
import { addRun } from './workflow-story.ts'

const studio = setUpStudio()

/** Something on every page. */
async function fill() {
  const { workflows } = studio.state
  const signer = await createTestSigner('countersign.local/ins_test/default')
  const steps = [
    makeStep('fetch', 0, 40),
    makeStep('triage', 40, 100, { attempt: 2 }),
    makeStep('ask', 100, null),
  ]
  await addRun(studio.state, makeWaitingRun('run_1'), steps, signer)
  workflows.runs.push(makeWorkflowRun('run_2', { forked_from: 'run_1', cost_cents: null }))
  Object.assign(workflows, { tools: [TOOL], agents: [AGENT] })
}

test.each(LOOKS)(
  'axe finds nothing on the pages of workflows, %s',
  { timeout: 120_000 },
  async (_name, look, themes) => {
    await fill()
    const page = await studio.open('/runs', look)
    const check = async (path: string, sign: string) => {
      if (path) await visit(page, path)
      await checkPage(page, sign, themes)
    }
    await check('', 'for a human: Escalate?')
    await check('/runs?status=failed', 'No run matches')
    await check('/runs/run_1', 'triage')
    await check('/runs/run_1?view=graph', 'Not reached')
    await page.getByText('The same as a list').click()
    await check('', 'ends here')
    await check('/runs/run_1?view=summary', 'None were set.')
    await check('/runs/run_1?step=triage%3A1', 'What was recorded')
    await page.getByRole('button', { name: 'Fork from here…' }).click()
    await check('', 'Input of the new run')
    await check('/runs/run_1?event=evt_run_1_2', 'The tool only reads.')
    await check('/runs/run_1?event=evt_run_1_7', 'What it was given')
    studio.state.pending = [makeApproval(1, { run_id: 'run_1', action: 'human_gate' })]
    await page.goto(`${studio.server.url}/studio/runs/run_1`)
    await check('', 'Anyone who may write in this tenant can answer.')
    await page.getByRole('button', { name: 'Cancel run…' }).click()
    await check('', 'The run ends for good.')
    await check('/workflows', 'Triage tickets')
    await check('/workflows/triage_v1', 'Start a run')
    await page.getByRole('button', { name: 'Start run' }).click()
    await check('', 'One field needs a change')
    await check('/workflows/none', 'no workflow')
    await check('/tools', 'ticketing.update')
    await check('/tools/ticketing.update', 'It is called again with the same key')
    await check('/agents/agent.triage', 'Instructions')
    await check('/agents/none', 'There is no such agent')
    Object.assign(studio.state.workflows, { runs: [], workflows: [], agents: [] })
    await page.goto(`${studio.server.url}/studio/runs`)
    await check('', 'No workflow has run yet')
    await check('/workflows', 'No workflow yet')
    await check('/agents', 'No agent matches')
  },
)

test('a workflow shows its graph, its versions and its definition, and leads to its runs', async () => {
  await fill()
  const page = await studio.open('/workflows')
  await page.getByRole('link', { name: /Triage tickets/ }).click()
  await page.waitForURL('**/workflows/triage_v1')
  const graph = page.getByRole('region', { name: 'Graph of 5 nodes' })
  await graph.getByText('if any ticket is urgent').waitFor()
  await page.getByRole('cell', { name: '3 current' }).waitFor()
  await page.getByText('"entry": "fetch",').waitFor()
  await page.getByRole('link', { name: 'Its runs' }).click()
  await page.waitForURL('**/runs?workflow=triage_v1')
})

test('what a workflow was before can be looked at, and is not taken for what it is', async () => {
  await fill()
  studio.state.workflows.olderVersions = [FIRST_VERSION]
  const page = await studio.open('/workflows/triage_v1')
  await page.getByRole('link', { name: 'Show version 1.0.0' }).click()
  await page.waitForURL(`**/workflows/triage_v1?version=${FIRST_VERSION.definition_sha256}`)
  await page.getByText('This is version 1.0.0 as it was').waitFor()
  await page.getByRole('region', { name: 'Graph of 2 nodes' }).getByText('agent.first').waitFor()
  await page.getByText('"agent_id": "agent.first"').waitFor()
  // What is started is the current one, with its form.
  await page.getByLabel('Hotel', { exact: true }).waitFor()
  expect(await findBarriers(page)).toEqual([])
  await page.getByRole('link', { name: 'Back to the current version' }).click()
  await page.getByRole('region', { name: 'Graph of 5 nodes' }).waitFor()
  expect(await page.getByText('as it was').count()).toBe(0)
  await page.goto(`${studio.server.url}/studio/workflows/triage_v1?version=none`)
  await page.getByText("no version 'none'").waitFor()
})

test('the form is made from the schema; what is missing or wrong is said at its field, before and after sending', async () => {
  await fill()
  const page = await studio.open('/workflows/triage_v1')
  const posts = () => studio.state.calls.filter(({ method }) => method === 'POST')
  await page.getByLabel('nights (optional)').fill('many')
  await page.getByRole('button', { name: 'Start run' }).click()
  await page.getByText('2 fields need a change; nothing was started.').waitFor()
  await page.getByText('Write a whole number.').waitFor()
  await expect.poll(() => page.evaluate('document.activeElement?.value')).toBe('')
  expect(await page.getByLabel('Hotel', { exact: true }).getAttribute('aria-invalid')).toBe('true')
  expect(posts()).toEqual([])

  await page.getByLabel('Hotel', { exact: true }).fill('VV-NOWHERE')
  await page.getByLabel('nights (optional)').fill('2')
  await page.getByRole('button', { name: 'Add to Rooms' }).click()
  await page.getByRole('textbox', { name: 'Rooms 1' }).fill('305')
  await page.getByLabel('urgent (optional)').selectOption('Yes')
  await page.getByText('Auto', { exact: true }).click()
  await page.getByText('Limits', { exact: true }).click()
  await page.getByLabel('Model calls at most').fill('5')
  studio.state.intercept = ({ method }) => {
    if (method !== 'POST') return undefined
    const answer = refuse(422, 'INVALID_RUN_INPUT', 'The input does not fit the workflow')
    const details = [
      { path: 'input.hotel_id', message: 'expected a hotel that exists, got "VV-NOWHERE"' },
      { path: 'input.rooms.0', message: 'expected another room' },
      { path: 'llm_calls_limit', message: 'expected at most 4' },
    ]
    Object.assign((answer.body as { error: object }).error, { details })
    return answer
  }
  await page.getByRole('button', { name: 'Start run' }).click()
  for (const message of [/expected a hotel that exists/, 'expected another room', 'expected at most 4']) {
    await page.getByText(message).waitFor()
  }
  await page.getByText('3 fields need a change; nothing was started.').waitFor()
  expect(await page.getByRole('alert').count()).toBe(0)
  expect(posts().at(-1)?.body).toEqual({
    input: { hotel_id: 'VV-NOWHERE', nights: 2, rooms: ['305'], urgent: true },
    mode: 'auto',
    llm_calls_limit: 5,
  })

  studio.state.intercept = () => undefined
  await page.getByRole('button', { name: 'Start run' }).click()
  await page.waitForURL('**/runs/run_1')
})

test('the same input can be written as JSON, and what no field can say stays there', async () => {
  await fill()
  const page = await studio.open('/workflows/triage_v1')
  await page.getByLabel('Hotel', { exact: true }).fill('VV-LISBON')
  await page.getByRole('button', { name: 'Edit as JSON' }).click()
  const area = page.getByLabel('Input as JSON')
  expect(JSON.parse(await area.inputValue())).toEqual({ hotel_id: 'VV-LISBON' })
  await area.fill('{"hotel_id": "VV-LISBON", "more": 1}')
  await page.getByRole('button', { name: 'Edit as form' }).click()
  await page.getByText('Some of this has no field in the form').waitFor()
  await area.fill('{"hotel_id": "VV-PORTO"}')
  await page.getByRole('button', { name: 'Edit as form' }).click()
  expect(await page.getByLabel('Hotel', { exact: true }).inputValue()).toBe('VV-PORTO')
})

test('without a schema the input is JSON; no answer is not called a failure', async () => {
  await fill()
  const { input_schema: _, ...definition } = WORKFLOW.definition as Record<string, never>
  studio.state.workflows.workflows = [{ ...WORKFLOW, definition }]
  const page = await studio.open('/workflows/triage_v1')
  await page.getByText('This workflow does not say what it takes.').waitFor()
  const area = page.getByLabel('Input as JSON')
  await area.fill('{"a": }')
  await page.getByRole('button', { name: 'Start run' }).click()
  await page.getByText('This is not JSON').waitFor()
  await area.fill('[1, 2]')
  studio.state.intercept = ({ method }) => (method === 'POST' ? 'hang-up' : undefined)
  await page.getByRole('button', { name: 'Start run' }).click()
  await page.getByText('The run may have started.').waitFor()
  expect(studio.state.calls.findLast(({ method }) => method === 'POST')?.body).toEqual({
    input: [1, 2],
    mode: 'draft',
  })
})

test('tools and agents say how far they reach; instructions are text', async () => {
  await fill()
  const page = await studio.open('/tools')
  await page.getByLabel('Find a tool').fill('nothing like it')
  await page.getByText('No tool matches').waitFor()
  await page.getByLabel('Find a tool').fill('UPDATE')
  await page.getByRole('link', { name: /ticketing.update/ }).click()
  await page.waitForURL('**/tools/ticketing.update?q=UPDATE')
  const tool = page.getByRole('article')
  for (const said of [
    'Medium risk',
    'database_write',
    'It is called again with the same key',
    'Which ticket',
  ]) {
    await tool.getByText(said).first().waitFor()
  }
  await page.goto(`${studio.server.url}/studio/agents/agent.triage`)
  const agent = page.getByRole('article')
  await agent.getByText('4: 3 succeeded, 1 failed').waitFor()
  await agent.getByText('unknown').waitFor()
  await agent.getByText('U+202E').waitFor()
  expect(await agent.locator('img').count()).toBe(0)
  await agent.getByRole('link', { name: 'ticketing.update' }).click()
  await page.waitForURL('**/tools/ticketing.update')
})

test('what draws the graph is loaded when a graph is looked at, and not before', async () => {
  await fill()
  const context = await studio.openContext()
  const loaded = new Set<string>()
  context.on('request', (request) => loaded.add(new URL(request.url()).pathname))
  const page = await studio.openPage('/runs/run_1', context)
  await page.getByRole('button', { name: /triage/ }).waitFor()
  const drawing = () => [...loaded].filter((file) => file.includes('flow-canvas')).length
  expect(drawing()).toBe(0)
  await page.getByRole('link', { name: 'Graph' }).click()
  await page.getByText('Not reached').first().waitFor()
  expect(drawing()).toBeGreaterThan(0)
})
