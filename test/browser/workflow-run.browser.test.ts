import { beforeAll, expect, test } from 'vitest'
import type { Run, RunStep } from '../../src/engine/runs/schema.ts'
import { createTestSigner, type TestSigner } from '../../src/verifier/test-bundle.ts'
import { refuse } from './fake-server.ts'
import { makeApproval } from './fixtures.ts'
import { answersOf, setUpStudio, tryAgain } from './open-studio.ts'
import {
  BEGAN,
  FIRST_VERSION,
  HOSTILE,
  MIN,
  makeStep,
  makeWaitingRun,
  makeWorkflowRun,
  WORKFLOW,
} from './workflow-fixtures.ts'
import { addRun as addRunTo } from './workflow-story.ts'

const studio = setUpStudio()
let signer: TestSigner
beforeAll(async () => {
  signer = await createTestSigner('countersign.local/ins_test/default')
})
const addRun = (run: Run, steps: RunStep[]) => addRunTo(studio.state, run, steps, signer)

/** A gate of the run that a human has to answer. */
const gate = (runId: string) =>
  makeApproval(1, {
    run_id: runId,
    action: 'human_gate',
    title: 'Escalate?',
    requested_by: WORKFLOW.id,
    payload: { run_id: runId, node_id: 'ask', data: { tickets: 1 } },
    decision: null,
  })
const steps = () => [makeStep('fetch', 0, 40), makeStep('triage', 40, 100), makeStep('ask', 100, null)]

test('steps stand over time: rests are cut, attempts, doubts and what was taken over are marked', async () => {
  const at = (ms: number) => new Date(BEGAN + ms).toISOString()
  const run = makeWorkflowRun('run_w', {
    created_at: at(0),
    finished_at: at(60 * MIN + 100),
    status: 'failed',
  })
  await addRun(run, [
    makeStep('fetch', 0, 0, { reused: true }),
    makeStep('triage', 0, 100, { attempt: 3 }),
    makeStep('ask', 100, null, { status: 'failed', in_doubt: true, finished_at: at(60 * MIN + 100) }),
  ])
  const story = studio.state.stories.get('run_w')!
  const pausedAt = [at(50), at(59 * MIN)]
  const [paused] = story.journal.entries.filter(({ metadata }) => metadata.kind === 'run_paused')
  paused!.timestamp = pausedAt[0]!
  story.journal.entries.push({
    ...paused!,
    event_id: 'evt_resumed',
    timestamp: pausedAt[1]!,
    metadata: { ...paused!.metadata, kind: 'run_resumed' },
  })
  const page = await studio.open('/runs/run_w')
  const list = page.getByRole('list', { name: 'Steps, in the order they began' })
  await page.getByText('58 min waited').waitFor()
  await list.getByRole('button', { name: /fetch Taken over|fetch.*Taken over/ }).waitFor()
  await list.getByRole('button', { name: /triage attempt 3.*100 ms.*Completed/ }).waitFor()
  const doubt = list.getByRole('button', { name: /ask.*In doubt/ })
  expect(await doubt.innerText()).not.toContain('Failed')
  await doubt.click()
  await page.waitForURL('**/runs/run_w?step=ask%3A1')
  await page.getByRole('region', { name: 'Step' }).getByText('it may or may not have happened').waitFor()
})

test('what is chosen stays chosen in every view, and a model speaks as text', async () => {
  await addRun(makeWorkflowRun('run_v', { cost_cents: null }), steps())
  const page = await studio.open('/runs/run_v')
  await page.getByText('unknown: the cost of 1 of 1 model call is not known').waitFor()
  await page.getByRole('button', { name: 'Chain: Consistent, signer unknown' }).waitFor()
  await page.getByRole('link', { name: 'Journal' }).click()
  await page.getByRole('button', { name: /tool_call allowed/ }).click()
  const receipt = page.getByRole('region', { name: 'Receipt' })
  for (const said of ['Allowed', 'The tool only reads.', 'Reading is allowed', 'tool.risk_level']) {
    await receipt.getByText(said, { exact: true }).waitFor()
  }
  await page.getByRole('button', { name: /ticketing.list_open called/ }).click()
  await receipt.getByText('12 ms', { exact: true }).waitFor()
  await page.getByRole('button', { name: /agent.triage answered/ }).click()
  await receipt.getByText('120 in, 8 out').waitFor()
  await receipt.getByText('1.2 s').waitFor()
  await receipt.getByText('Urgent.', { exact: true }).waitFor()
  expect(await receipt.locator('img').count()).toBe(0)
  expect(await receipt.getByText('U+202E').count()).toBeGreaterThanOrEqual(2)
  await page.getByRole('link', { name: 'Steps' }).click()
  await page.locator('button[aria-current="true"]', { hasText: 'triage' }).waitFor()
  await page.getByRole('link', { name: 'Graph' }).click()
  await page.locator('button[aria-pressed="true"]', { hasText: 'triage' }).waitFor()
  expect(HOSTILE).toContain('\u202e')
})

test('the graph shows how each node stands; by pointer, by keyboard and as a list', async () => {
  await addRun(makeWaitingRun('run_g'), steps())
  const page = await studio.open('/runs/run_g?view=graph')
  const graph = page.getByRole('region', { name: 'Graph of 5 nodes' })
  await graph.getByRole('button', { name: /ask.*Human gate.*Waits/ }).waitFor()
  await graph.getByText('Not reached').first().waitFor()
  const triage = graph.getByRole('button', { name: /triage.*Completed/ })
  await triage.focus()
  await page.keyboard.press('Enter')
  await page.waitForURL('**/runs/run_g?step=triage%3A1&view=graph')
  await graph.getByRole('button', { name: /fetch.*Completed/ }).click()
  await page.waitForURL('**/runs/run_g?step=fetch%3A1&view=graph')
  await page.getByText('The same as a list').click()
  await page.getByText('leads to ask when “if any ticket is urgent”; close when “calm”').waitFor()
})

test('the graph of a run is of the definition it began with, after the workflow was changed or removed', async () => {
  const { definition_sha256, version: workflow_version } = FIRST_VERSION
  await addRun(makeWorkflowRun('run_o', { definition_sha256, workflow_version }), steps())
  const page = await studio.open('/runs/run_o?view=graph')
  await page.getByText('The graph of this run could not be read.').waitFor()
  expect(await page.getByRole('region', { name: /^Graph of/ }).count()).toBe(0)
  Object.assign(studio.state.workflows, { workflows: [], olderVersions: [FIRST_VERSION] })
  const graph = page.getByRole('region', { name: 'Graph of 2 nodes' })
  await tryAgain(page, graph.getByText('agent.first'))
  await graph.getByRole('button', { name: /triage.*Completed/ }).waitFor()
})

test('a run that waits says for what and who can answer, and is answered right there', async () => {
  await addRun(makeWaitingRun('run_a'), steps())
  studio.state.pending = [gate('run_a')]
  const page = await studio.open('/runs/run_a')
  await page.getByText('Waits for approval since 4 min: “Escalate?”').waitFor()
  await page.getByText('Anyone who may write in this tenant can answer.').waitFor()
  await page.getByRole('heading', { name: 'The workflow asks: “Escalate?”' }).waitFor()
  await page.getByText('The run goes on with this and nothing else.').waitFor()
  await page.keyboard.press('a')
  await page.getByRole('button', { name: 'Approve', exact: true }).click()
  await page.getByRole('status').getByText('Approved').waitFor()
  expect(answersOf(studio.server)).toMatchObject([{ decision: 'approved' }])
  // What is asked next is not answered yet, and nothing beside it says so.
  studio.state.pending = [{ ...gate('run_a'), event_id: 'evt_next', title: 'Really?' }]
  studio.server.tick('run_a')
  await page.getByRole('heading', { name: 'The workflow asks: “Really?”' }).waitFor()
  expect(await page.getByRole('status').getByText('Approved').count()).toBe(0)
})

test('where a draft asks and no policy does, it says so', async () => {
  await addRun(makeWaitingRun('run_t'), steps())
  const decision = {
    ...makeApproval(1).decision!,
    effect: 'allow' as const,
    reason: 'No policy decides.',
    matches: [],
  }
  const payload = { tool_id: 'shop.order', input: { item: 'lamp' } }
  const reason = 'draft mode: shop.order has effects that cannot be taken back'
  studio.state.pending = [{ ...gate('run_t'), action: 'tool_call', payload, decision, reason }]
  const page = await studio.open('/runs/run_t')
  await page.getByRole('heading', { name: 'Call the tool shop.order' }).waitFor()
  await page.getByText('It is not policy that asks. What policy says: No policy decides.').waitFor()
  expect(await page.getByText('Why policy asks').count()).toBe(0)
})

test('a call in doubt is neither failed nor done, and how to settle it is at hand', async () => {
  await addRun(makeWaitingRun('run_d'), [makeStep('fetch', 0, null, { in_doubt: true })])
  const payload = { tool_id: 'ticketing.update', input: {}, idempotency_key: 'key_1' }
  studio.state.pending = [
    makeApproval(1, {
      run_id: 'run_d',
      action: 'tool_call_in_doubt',
      payload,
      decision: null,
      risk_level: 'high',
    }),
  ]
  const page = await studio.open('/runs/run_d')
  await page.getByText(/^In doubt since 4 min: whether ticketing.update did what it was called for/).waitFor()
  await page
    .getByRole('heading', { name: 'Call the tool ticketing.update again: its last call has no known result' })
    .waitFor()
  await page.getByText('If you know what it answered').click()
  await page.getByText(/-X PATCH .*\/runs\/run_d\/resume/).waitFor()
  await page.getByRole('button', { name: /fetch.*In doubt/ }).waitFor()
})

test('a run of the copilot leads to its plan, and nobody is shown how to forge what its wallet would tell', async () => {
  const waiting = {
    ...makeWaitingRun('run_c').waiting!,
    for: 'event' as const,
    event_name: 'copilot.settled',
  }
  const run = makeWaitingRun('run_c', { workflow_id: 'web3_copilot_v1', waiting })
  await addRun(run, steps())
  const page = await studio.open('/runs/run_c')
  const link = page.getByRole('link', { name: 'Open in Copilot' })
  expect(await link.getAttribute('href')).toBe('/studio/copilot/run_c')
  expect(await page.locator('header details').count()).toBe(0)
})

test('where several people must approve, it says so, and that this one cannot', async () => {
  await addRun(makeWaitingRun('run_p'), steps())
  studio.state.pending = [{ ...gate('run_p'), required_approvals: 2, forbid_self_approval: true }]
  const page = await studio.open('/runs/run_p')
  await page
    .getByText(
      'Only signed-in people can answer. Not whoever asked. 0 of 2 have approved. You are not signed in as a person, so you cannot.',
    )
    .waitFor()
})

test('a run is forked from a step, with its input or another', async () => {
  await addRun(makeWorkflowRun('run_f'), steps())
  await addRun(makeWorkflowRun('run_f-fork', { forked_from: 'run_f' }), steps())
  const page = await studio.open('/runs/run_f?step=triage%3A1')
  await page.getByRole('button', { name: 'Fork from here…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Fork from triage:1' })
  await dialog.getByText('It runs in draft mode, as this one.').waitFor()
  expect(await dialog.getByLabel('Hotel').inputValue()).toBe('VV-LISBON')
  await dialog.getByLabel('Hotel').fill('VV-PORTO')
  await dialog.getByRole('button', { name: 'Fork run' }).click()
  await page.waitForURL('**/runs/run_f-fork')
  await page.getByText('Forked from').waitFor()
  const [fork] = studio.state.calls.filter(({ path }) => path.endsWith('/fork'))
  expect(fork?.body).toEqual({ from_step: 'triage:1', input: { hotel_id: 'VV-PORTO' } })

  await page.goBack()
  await page.getByRole('button', { name: 'Fork from here…' }).click()
  studio.state.intercept = ({ path }) =>
    path.endsWith('/fork') ? refuse(422, 'UNKNOWN_STEP', 'The run has no such step') : undefined
  await page.getByRole('button', { name: 'Fork run' }).click()
  await page.getByRole('alert').getByText('Nothing was changed.').waitFor()
  const unchanged = studio.state.calls.findLast(({ path }) => path.endsWith('/fork'))
  expect(unchanged?.body).toEqual({ from_step: 'triage:1' })
})

test('ending a run takes two steps; a failed one is given another try', async () => {
  await addRun(makeWaitingRun('run_c'), steps())
  await addRun(
    makeWorkflowRun('run_r', {
      status: 'failed',
      error: { error: 'no answer', error_type: 'x', node_id: 'triage' },
    }),
    steps(),
  )
  const page = await studio.open('/runs/run_c')
  await page.getByRole('button', { name: 'Cancel run…' }).click()
  const dialog = page.getByRole('dialog')
  expect(studio.state.calls.some(({ path }) => path.endsWith('/cancel'))).toBe(false)
  await dialog.getByLabel('Reason').fill('Not needed')
  await dialog.getByRole('button', { name: 'Cancel run' }).click()
  await page.getByText(/^Cancelled/).waitFor()
  expect(studio.state.calls.find(({ path }) => path.endsWith('/cancel'))?.body).toEqual({
    reason: 'Not needed',
  })

  await page.goto(`${studio.server.url}/studio/runs/run_r`)
  await page.getByText(/^Failed .* at triage: no answer$/).waitFor()
  await page.getByRole('button', { name: 'Retry run' }).click()
  await page.getByText(/^Runs; newest event/).waitFor()
})

test('on a phone a run is read, and its approval is found in the inbox', async () => {
  await addRun(makeWaitingRun('run_m'), steps())
  studio.state.pending = [gate('run_m')]
  const page = await studio.open('/runs/run_m', { width: 390, height: 844, touch: true })
  await page.getByRole('button', { name: /triage.*Completed/ }).tap()
  await page.getByRole('region', { name: 'Step' }).waitFor()
  await page.getByRole('button', { name: 'Run', exact: true }).tap()
  await page.getByRole('link', { name: 'Summary' }).tap()
  await page.getByText('None were set.').waitFor()
  await page.getByRole('link', { name: 'Answer it in the inbox' }).tap()
  await page.getByRole('button', { name: 'Approve…' }).waitFor()
})
