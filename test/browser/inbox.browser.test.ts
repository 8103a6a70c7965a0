import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { CopilotRun } from '../../src/apps/copilot/runs/schema.ts'
import { type Answer, type Call, refuse } from './fake-server.ts'
import { ago, makeApproval, settle } from './fixtures.ts'
import { answersOf, findBarriers, setUpStudio } from './open-studio.ts'
import { DEVNET, makePlanApproval } from './plan-fixtures.ts'

const studio = setUpStudio()
const heading = (page: Page) => page.locator('article h2').first()
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
/** Waits until the open approval is this one. */
const reads = (page: Page, name: string) => page.getByRole('heading', { name, exact: true }).waitFor()

/** The inbox with its first approval open: before that, keys have nothing to act on. */
const openInbox = async () => {
  const page = await studio.open('/')
  await heading(page).waitFor()
  return page
}
const focused = (page: Page) => page.evaluate('document.activeElement?.textContent ?? ""')

/** A server that knows the devnet, and this run of the copilot. */
const answerPlan =
  (run: CopilotRun) =>
  ({ path }: Call): Answer | undefined => {
    if (path === '/v1/config/web3') return { status: 200, body: { chains: [DEVNET] } }
    return path === `/v1/runs/${run.id}/details` ? { status: 200, body: { run } } : undefined
  }

test('an approval says in words what will run, why policy asks and which hash binds', async () => {
  studio.state.pending = [makeApproval(1)]
  const page = await openInbox()
  expect(await heading(page).innerText()).toBe('Buy from ACME for 101.00 EUR')
  const card = page.locator('article')
  await card.getByText('101.00 EUR is 1.00 above the limit of 100.00').waitFor()
  await card.getByText('Recomputed here from what is shown: equal.').waitFor()
  await card.getByText('procurement-agent').waitFor()
  await card.getByText('0 of 1 approval').waitFor()
  await card.getByText('Medium risk').waitFor()
  await card.getByText('1 rule matched').click()
  await card.getByText('is above').waitFor()
  expect(await page.title()).toBe('(1) Inbox · Countersign')
  await page.getByText('Local administrator, loopback only').waitFor()
})

test('J and K move, A asks and never answers, the answer takes a button of its own', async () => {
  studio.state.pending = [
    makeApproval(1),
    makeApproval(2, { payload: { amount: 250, currency: 'EUR', merchant: 'Stationers' } }),
  ]
  const page = await openInbox()
  await reads(page, 'Buy from ACME for 101.00 EUR')
  await page.keyboard.press('j')
  await reads(page, 'Buy from Stationers for 250.00 EUR')
  await page.keyboard.press('k')
  await reads(page, 'Buy from ACME for 101.00 EUR')
  await page.keyboard.press('j')
  await reads(page, 'Buy from Stationers for 250.00 EUR')
  await page.keyboard.press('e')
  expect(await focused(page)).toContain('Stationers')

  await page.keyboard.press('a')
  await button(page, 'Approve purchase').waitFor()
  expect(await focused(page)).not.toContain('Approve')
  await page.keyboard.press('Enter')
  await page.keyboard.press('a')
  expect(answersOf(studio.server)).toEqual([])

  await page.getByLabel('Recorded under the name').fill('Ann')
  await button(page, 'Approve purchase').click()
  await page.getByRole('log').getByText('Approved').waitFor()
  expect(answersOf(studio.server)).toEqual([{ decision: 'approved', approver_id: 'Ann', reason: 'a' }])
  await page.getByText('Resolved by').waitFor()
  expect(await page.getByRole('list', { name: 'Approvals that wait' }).getByRole('link').count()).toBe(1)
  await page.getByRole('log').getByRole('link', { name: 'Open the run' }).waitFor()
})

test('a double click on a question is not an answer', async () => {
  studio.state.pending = [makeApproval(1)]
  const page = await openInbox()
  await button(page, 'Approve…').dblclick()
  await button(page, 'Approve…').or(button(page, 'Approve purchase')).waitFor()
  expect(answersOf(studio.server)).toEqual([])
})

test('the answer carries the hash of what was seen, so that nothing else can be meant', async () => {
  const approval = makeApproval(1)
  studio.state.pending = [approval]
  const page = await openInbox()
  await page.keyboard.press('a')
  await button(page, 'Approve purchase').click()
  await page.getByText('Resolved by').waitFor()
  const sent = studio.state.calls.find(
    ({ method, path }) => method === 'POST' && path.startsWith('/v1/approvals/'),
  )
  expect(sent?.body).toMatchObject({ payload_sha256: approval.payload_sha256 })
})

test('the name of the approver is remembered', async () => {
  studio.state.pending = [makeApproval(1), makeApproval(2)]
  const page = await openInbox()
  await page.keyboard.press('a')
  await page.getByLabel('Recorded under the name').fill('Ann')
  await button(page, 'Approve purchase').click()
  await page.getByText('Resolved by').waitFor()
  await page.keyboard.press('j')
  await page.locator('article').waitFor()
  await page.keyboard.press('r')
  expect(await page.getByLabel('Recorded under the name').inputValue()).toBe('Ann')
})

test('high risk wants the amount typed', async () => {
  studio.state.pending = [makeApproval(1, { risk_level: 'high' })]
  const page = await openInbox()
  await page.keyboard.press('a')
  const amount = page.getByLabel('High risk: type the amount, 101.00 EUR')
  await amount.waitFor()
  expect(await button(page, 'Approve purchase').isDisabled()).toBe(true)
  await amount.fill('10')
  await page.getByText('This is not the amount above.').waitFor()
  expect(await button(page, 'Approve purchase').isDisabled()).toBe(true)
  await amount.fill('101.00')
  await button(page, 'Approve purchase').click()
  await page.getByRole('log').getByText('Approved').waitFor()
  expect(answersOf(studio.server)).toEqual([{ decision: 'approved', approver_id: 'Local administrator' }])
})

test('high risk without an amount wants the button held, by key as by pointer', async () => {
  const gate = {
    risk_level: 'high',
    decision_id: null,
    payload: null,
    payload_sha256: null,
    action: null,
  } as const
  studio.state.pending = [makeApproval(1, { ...gate, decision: null, title: 'Send the drafts' })]
  const page = await openInbox()
  await page.getByText('No payload is bound to this approval.').waitFor()
  await page.keyboard.press('a')
  await button(page, 'Hold to approve').click()
  await button(page, 'Hold to approve').waitFor()
  expect(answersOf(studio.server)).toEqual([])
  await button(page, 'Hold to approve').focus()
  await page.keyboard.down(' ')
  await button(page, 'Keep holding').waitFor()
  await page.getByRole('log').getByText('Approved').waitFor()
  await page.keyboard.up(' ')
  expect(answersOf(studio.server)).toHaveLength(1)
  expect(studio.state.calls.find(({ method }) => method === 'POST')?.path).toBe('/v1/approvals/evt_1')
  await page.getByText('This approval waits no longer').waitFor()
})

test('a rejection needs a reason', async () => {
  studio.state.pending = [makeApproval(1)]
  const page = await openInbox()
  await page.keyboard.press('r')
  await button(page, 'Reject purchase').click()
  await page.getByText('Say why: a rejection needs a reason.').waitFor()
  expect(answersOf(studio.server)).toEqual([])
  await page.getByLabel('Reason', { exact: true }).fill('We have paper')
  await button(page, 'Reject purchase').click()
  await page.getByRole('log').getByText('Rejected').waitFor()
  expect(answersOf(studio.server)).toEqual([
    { decision: 'rejected', approver_id: 'Local administrator', reason: 'We have paper' },
  ])
})

test('hostile text is text: nothing hidden, nothing executed, nothing pushed away', async () => {
  const payload = {
    amount: 120,
    currency: 'EUR',
    merchant: 'АCME\u202eexe.gnp',
    'to\u200b': '<img src=x onerror=alert(1)>',
    memo: 'x'.repeat(100_000),
    gap: `a${' '.repeat(200)}b`,
  }
  const details = `fine${'\n'.repeat(200)}APPROVED`
  studio.state.pending = [makeApproval(1, { payload, details, run_id: 'run_\u2066x' })]
  const page = await openInbox()
  expect(await heading(page).innerText()).toBe('Buy from АCMEU+202Eexe.gnp for 120.00 EUR')
  expect(await page.locator('main').innerText()).not.toMatch(/[\u202e\u200b\u2066]/)
  const card = page.locator('article')
  await card.getByText('А is U+0410 (Cyrillic)').waitFor()
  await card.getByText('characters that cannot be seen').waitFor()
  await card.getByText('200 spaces').waitFor()
  await card.getByText('U+000A × 200').waitFor()
  await card.getByText('<img src=x onerror=alert(1)>').waitFor()
  await card.getByText('Show all 100 000 characters').waitFor()
  expect(await page.locator('article img').count()).toBe(0)
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  const box = (await button(page, 'Approve…').boundingBox())!
  expect(box.y + box.height).toBeLessThan(800)
  await card.getByText('Show all 100 000 characters').click()
  expect(await button(page, 'Approve…').boundingBox()).toEqual(box)
})

test('a plan of the copilot is told in words, with its own risk, what warns and until when; on a phone it is approved', async () => {
  const plans = Array.from({ length: 50 }, (_, index) => makePlanApproval(index + 1, 50 + index))
  studio.state.pending = plans.map(({ approval }) => approval)
  studio.state.intercept = ({ path }) => {
    if (path === '/v1/config/web3') return { status: 200, body: { chains: [DEVNET] } }
    const run = plans.find(({ run: { id } }) => path === `/v1/runs/${id}/details`)?.run
    return run && { status: 200, body: { run } }
  }
  const page = await studio.open('/', { width: 390, height: 800, touch: true })
  const rows = page.getByRole('list', { name: 'Approvals that wait' }).getByRole('link')
  await rows.first().waitFor()
  const [first, second] = await rows.allInnerTexts()
  expect(first).toMatch(/^Low(?:.*\n)+Swap 50 USDC for at least 0\.0199 ETH on Uniswap V2\n/)
  expect(second).toMatch(/\nSwap 51 USDC for at least 0\.020298 ETH on Uniswap V2\n/)
  await rows.first().click()
  const card = page.locator('article')
  await card.getByText('Allow Uniswap V2 to take exactly 50 USDC').waitFor()
  expect(await heading(page).first().innerText()).toBe('Swap 50 USDC for at least 0.0199 ETH on Uniswap V2')
  const said = await card.innerText()
  expect(said).toMatch(/^Low risk\s+Risk 15 of 100/m)
  expect(said).toMatch(/, its time is over in 1[79] min/)
  expect(said).toMatch(/You send\s+50 USDC\s+You receive\s+at least 0\.0199 ETH/)
  // A wallet is not held to it.
  expect(said).toMatch(/Network fee\s+up to 0\.00024 ETH at the gas price of now; your wallet names it/)
  expect(said).toMatch(/Warnings\s+It moves the price by 1\.2%\./)
  expect(said).toMatch(/Holds until\s+2\d{3}-/)
  expect(said).not.toMatch(/characters that cannot be seen|input\.context/)
  await card.getByText('Recomputed here from what is shown: equal.').waitFor()
  expect(await card.getByRole('link', { name: 'Open in Copilot' }).getAttribute('href')).toBe(
    `/studio/copilot/${plans[0]!.run.id}`,
  )
  await card.getByRole('row', { name: 'USDC -50 USDC' }).waitFor()
  const fits =
    'document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight'
  expect(await page.evaluate(fits)).toBe(true)
  expect(await findBarriers(page, ['light', 'dark'])).toEqual([])
  await button(page, 'Approve…').click()
  await button(page, 'Approve').click()
  await expect.poll(() => answersOf(studio.server)).toMatchObject([{ decision: 'approved' }])
})

test('what approving a plan binds heads its card and its row, whatever it says of itself, and asked anew it says so', async () => {
  const { approval, run } = makePlanApproval(1)
  const { payload_sha256: _, ...unhashed } = approval
  const { input } = approval.payload as unknown as { input: { summary: string[] } }
  const anew = 'It was changed after it was asked about (its target), so the answer to that is void.'
  input.summary = ['Send 1 USDC']
  const words = { title: 'Send 1 USDC', details: `1. Send 1 USDC. ${anew}` }
  studio.state.pending = [makeApproval(1, { ...unhashed, ...words })]
  studio.state.intercept = answerPlan(run)
  const page = await openInbox()
  await reads(page, 'Swap 50 USDC for at least 0.0199 ETH on Uniswap V2')
  const row = page.getByRole('list', { name: 'Approvals that wait' }).getByRole('link')
  expect(await row.innerText()).toContain('Swap 50 USDC')
  expect(await row.innerText()).not.toContain('Send 1 USDC')
  await page.locator('article').getByText(anew).waitFor()
  expect(await page.getByText(/^What was found out about this plan is not known/).count()).toBe(0)
  await button(page, 'Approve…').click()
  await button(page, 'Approve').waitFor()
  expect(await page.getByLabel('I understand and approve').count()).toBe(0)
})

test.each([
  ['cannot be read', null],
  ['knows of another plan', 'b9'.repeat(32)],
])(
  'where the run of a plan %s, the card says so beside the button, shows no score, and asks for a box',
  async (_, hash) => {
    const { approval, run } = makePlanApproval(1)
    studio.state.pending = [approval]
    const other = { ...run, artifacts: { ...run.artifacts, plan_hash: hash ?? '' } }
    studio.state.intercept = (call) =>
      hash === null && call.path.endsWith('/details') ? refuse(503, 'AWAY', 'away') : answerPlan(other)(call)
    const page = await openInbox()
    const bar = page.getByRole('region', { name: 'Your answer' })
    await bar.getByText(/^What was found out about this plan is not known/).waitFor()
    expect(await page.locator('article').getByText('Risk 15 of 100', { exact: true }).count()).toBe(0)
    expect(await findBarriers(page, ['light', 'dark'])).toEqual([])
    await button(page, 'Approve…').click()
    const approve = button(page, 'Approve')
    await approve.waitFor()
    expect(await approve.isDisabled()).toBe(true)
    await page.getByLabel('I understand and approve').check()
    await approve.click()
    await expect.poll(() => answersOf(studio.server)).toMatchObject([{ decision: 'approved' }])
  },
)

const MINUTE = 60_000

test('a plan whose time is over is not approved any more, in the inbox or on its page, where it is asked for again', async () => {
  const { approval, run } = makePlanApproval(1, 50, Date.now() - 21 * MINUTE)
  studio.state.pending = [approval]
  const asked = { ok: true, runId: makePlanApproval(2).run.id, status: 'CREATED' }
  studio.state.intercept = (call) =>
    call.method === 'POST' ? { status: 200, body: asked } : answerPlan(run)(call)
  const page = await openInbox()
  await page.getByText('its time is over: ask for it again').waitFor()
  expect(await button(page, 'Approve…').isDisabled()).toBe(true)
  expect(await button(page, 'Reject…').isEnabled()).toBe(true)
  await page.getByRole('link', { name: 'Open in Copilot' }).click()
  await page.getByText(/^The time for which this plan holds is over/).waitFor()
  await page.getByLabel('I understand and approve').check()
  expect(await button(page, 'Approve plan').isDisabled()).toBe(true)
  expect(await findBarriers(page)).toEqual([])
  await button(page, 'Ask the same again').click()
  await page.waitForURL(`**/studio/copilot/${asked.runId}`)
})

test('until when a plan holds goes by the clock of the server: a browser that is ahead approves it all the same', async () => {
  const { approval, run } = makePlanApproval(1)
  studio.state.pending = [approval]
  studio.state.intercept = answerPlan(run)
  const page = await openInbox()
  await page.clock.setFixedTime(Date.now() + 30 * MINUTE)
  await page.reload()
  await page.getByText(/its time is over in (19|20) min/).waitFor()
  expect(await button(page, 'Approve…').isEnabled()).toBe(true)
  await page.getByRole('link', { name: 'Open in Copilot' }).click()
  await page.getByLabel('I understand and approve').check()
  expect(await button(page, 'Approve plan').isEnabled()).toBe(true)
})

test('a plan is looked at for hidden characters like anything else: in what was asked, and in every value', async () => {
  const { approval, run } = makePlanApproval(1)
  studio.state.pending = [approval]
  studio.state.intercept = ({ path }) =>
    path.endsWith('/details')
      ? { status: 200, body: { run: { ...run, intent: 'Swap 50 US\u200bDC to ETH' } } }
      : undefined
  const page = await openInbox()
  await page.locator('article').getByText('characters that cannot be seen').waitFor()
  await page.locator('article').getByText('U+200B').waitFor()
})

test('a payload that is not the one its hash names cannot be approved', async () => {
  studio.state.pending = [makeApproval(1, { payload_sha256: 'f'.repeat(64) })]
  const page = await openInbox()
  await page.getByText('This hash does not belong to the payload shown.').waitFor()
  expect(await button(page, 'Approve…').isDisabled()).toBe(true)
  expect(await button(page, 'Reject…').isEnabled()).toBe(true)
  await page.keyboard.press('a')
  expect(await button(page, 'Approve purchase').isDisabled()).toBe(true)
})

test('where a proof is wanted, what cannot be held against a hash cannot be approved', async () => {
  const unbound = { payload: null, payload_sha256: null, require_fresh_authentication: 'passkey' as const }
  studio.state.pending = [makeApproval(1, unbound)]
  const page = await openInbox()
  await button(page, 'Reject…').waitFor()
  expect(await button(page, 'Approve…').isDisabled()).toBe(true)
})

test('a thousand approvals: few rows in the page, all of them within reach', async () => {
  studio.state.pending = Array.from({ length: 1000 }, (_, index) =>
    makeApproval(index + 1, {
      payload: { amount: 101 + index, currency: 'EUR', merchant: `Supplier ${index}` },
    }),
  )
  const page = await openInbox()
  const list = page.getByRole('list', { name: 'Approvals that wait' })
  await list.getByRole('link').first().waitFor()
  expect(await list.getByRole('listitem').count()).toBeLessThan(60)
  expect(await page.evaluate('document.querySelectorAll("*").length')).toBeLessThan(1500)
  await list.hover()
  await page.mouse.wheel(0, 1_000_000)
  await list.getByText('Supplier 999').waitFor()
  expect(await list.getByRole('listitem').count()).toBeLessThan(60)
  await list.getByText('Supplier 999').click()
  await reads(page, 'Buy from Supplier 999 for 1100.00 EUR')
  await page.keyboard.press('k')
  await reads(page, 'Buy from Supplier 998 for 1099.00 EUR')
})

test('one that somebody else resolved first says so, and who', async () => {
  const approval = makeApproval(1)
  studio.state.pending = [approval]
  const page = await openInbox()
  studio.state.decisions.set(approval.decision_id!, settle(approval, 'rejected', { resolved_by: 'Bob' }))
  studio.state.intercept = ({ method }) => {
    if (method === 'POST') studio.state.pending = []
    return undefined
  }
  await page.keyboard.press('a')
  await button(page, 'Approve purchase').click()
  await page.getByText('Already resolved by someone else. Your answer was not recorded.').first().waitFor()
  await page.getByText('Bob').waitFor()
})

test('without an answer nobody is told that it failed or worked', async () => {
  studio.state.pending = [makeApproval(1)]
  studio.state.intercept = ({ method }) => (method === 'POST' ? 'hang-up' : undefined)
  const page = await openInbox()
  await page.keyboard.press('a')
  await button(page, 'Approve purchase').click()
  await page.getByText('may or may not have been recorded').waitFor()
  await button(page, 'Look again').waitFor()
})

test('a refusal says what was not changed, with the rule and the request', async () => {
  studio.state.pending = [makeApproval(1)]
  const forbidden = refuse(403, 'SELF_APPROVAL_FORBIDDEN', 'policy forbids approving what you asked for')
  studio.state.intercept = ({ method }) => (method === 'POST' ? forbidden : undefined)
  const page = await openInbox()
  await page.keyboard.press('a')
  await button(page, 'Approve purchase').click()
  const note = page.getByRole('alert').filter({ hasText: 'Not allowed' })
  await note.getByText('policy forbids approving what you asked for').waitFor()
  await note.getByText('Nothing was changed.').waitFor()
  await note.getByText(/^req_\d+$/).waitFor()
})

test('an approval with several approvers shows who has approved', async () => {
  const votes = [{ principal_id: 'usr_ann', approver: 'Ann', voted_at: ago(2) }]
  studio.state.pending = [makeApproval(1, { required_approvals: 2, forbid_self_approval: true, votes })]
  const page = await openInbox()
  await page.getByRole('heading', { name: '1 of 2 approvals' }).waitFor()
  await page.getByText('Whoever asked may not approve this.').waitFor()
  await page.getByText('usr_ann').waitFor()
})

test('an expired approval cannot be answered', async () => {
  studio.state.pending = [makeApproval(1, { expires_at: ago(1) })]
  const page = await openInbox()
  await page.getByText('expired: it can no longer be approved').waitFor()
  expect(await button(page, 'Approve…').isDisabled()).toBe(true)
})

test('what arrives appears by itself, and never swaps what is being read', async () => {
  studio.state.pending = [makeApproval(5)]
  const page = await openInbox()
  await page.getByText('Live', { exact: true }).waitFor()
  await heading(page).waitFor()
  const older = makeApproval(9, { payload: { amount: 7000, currency: 'EUR', merchant: 'Earlier' } })
  studio.state.pending = [older, makeApproval(5)]
  studio.server.tick('run_9')
  await page.getByText('Buy from Earlier').waitFor()
  expect(await heading(page).innerText()).toBe('Buy from ACME for 101.00 EUR')
})

test('the single keys can be switched off, and that is kept', async () => {
  studio.state.pending = [makeApproval(1), makeApproval(2)]
  const page = await openInbox()
  await page.keyboard.press('?')
  await page.getByLabel('Single-key shortcuts are on').uncheck()
  await button(page, 'Close').click()
  await page.reload()
  await heading(page).waitFor()
  await page.keyboard.press('a')
  await page.keyboard.press('?')
  expect(await button(page, 'Approve purchase').count()).toBe(0)
  expect(await page.locator('dialog[open]').count()).toBe(0)
})
