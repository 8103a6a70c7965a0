import { expect, test } from 'vitest'
import type { BacktestResult } from '../../src/kernel/policy/backtest/schema.ts'
import { makePolicy } from './fake-policies.ts'
import { refuse } from './fake-server.ts'
import { ago } from './fixtures.ts'
import { checkPage, LOOKS, setUpStudio, tryAgain, visit } from './open-studio.ts'

const studio = setUpStudio()
const WAIT = { timeout: 8_000 }

const explained = (effect: 'allow' | 'deny', reason: string) => ({
  effect,
  reason_code: 'CODE',
  reason,
  decided_by: null,
})
const CHANGE = {
  before: 'deny' as const,
  after: 'allow' as const,
  count: 3,
  examples: [
    {
      decision_id: 'dec_8b43000000000001',
      run_id: 'run_1',
      recorded_at: ago(60),
      action: 'purchase.create',
      before: explained('deny', "Denied by policy 'Never ACME': context.merchant is 'ACME'."),
      after: explained('allow', "Allowed by policy 'Trust ACME': context.merchant is 'ACME'."),
    },
  ],
}
const none = { allow: 0, require_approval: 0, deny: 0 }
const BACKTEST: BacktestResult = {
  policy_sha256: 'a'.repeat(64),
  candidate_sha256: 'b'.repeat(64),
  decisions: 41,
  evaluated: 40,
  repeated: 0,
  unreadable: { count: 1, examples: [] },
  oldest: ago(9_000),
  newest: ago(60),
  complete: false,
  budget_used_up: false,
  changed: 3,
  matrix: { allow: { ...none, allow: 30 }, require_approval: none, deny: { ...none, allow: 3, deny: 7 } },
  changes: [CHANGE],
  other_terms: { count: 0, examples: [] },
}

function fill() {
  const { policies: state } = studio.state
  const deny = makePolicy('pol_deny', { version: 2 })
  const shadow = makePolicy('pol_shadow', {
    name: 'Ask about large ones',
    effect: 'require_approval',
    mode: 'shadow',
    priority: 70,
  })
  state.policies = [
    deny,
    shadow,
    makePolicy('pol_off', { name: 'Old rule', enabled: false, effect: 'allow' }),
  ]
  const { id: _id, tenant_id: _tenant, version: _v, created_at: _c, updated_at: _u, ...content } = deny
  const by = { changed_by: 'user:ana', decision_id: null }
  const diff = { added: [], removed: [], changed: [{ path: 'priority', before: 10, after: 50 }] }
  state.versions.set('pol_deny', [
    { version: 2, operation: 'updated', content, changed_at: ago(60), diff, ...by },
    {
      version: 1,
      operation: 'created',
      content: { ...content, priority: 10 },
      changed_at: ago(900),
      diff: null,
      ...by,
    },
  ])
  state.versions.set('pol_shadow', [])
  state.report.hits = [
    { policy_id: 'pol_deny', since: ago(60), matched: 12, indeterminate: 0, last_matched_at: ago(30) },
  ]
  const message = 'Wherever it holds, another one decides.'
  state.report.findings = [{ kind: 'never_wins', policy_id: 'pol_off', other_policy_id: 'pol_deny', message }]
  state.backtest = BACKTEST
  state.shadow = {
    policy_id: 'pol_shadow',
    since: ago(900),
    decisions: 40,
    would_change: 3,
    changes: [CHANGE],
  }
  state.evaluation = {
    effect: 'deny',
    reason_code: 'MERCHANT_BLOCKED',
    reason: "Denied by policy 'Never ACME': context.merchant is 'ACME'.",
    shadow: [],
    policies: [
      {
        policy_id: 'pol_deny',
        name: 'Never ACME',
        effect: 'deny',
        mode: 'enforce',
        outcome: 'matched',
        logic: 'AND',
        conditions: [
          { field: 'context.merchant', operator: 'equals', value: 'ACME', outcome: 'holds', margin: null },
        ],
      },
    ],
  }
  return state
}
const sent = () =>
  studio.state.calls.filter(
    ({ method, path }) => method !== 'GET' && /policies(\/(pol|backtest)|$)/.test(path),
  )

test.each(LOOKS)(
  'axe finds nothing on the pages of policies, %s',
  { timeout: 120_000 },
  async (_name, look, themes) => {
    const state = fill()
    const page = await studio.open('/policies', look)
    const check = async (path: string, sign: string) => {
      if (path) await visit(page, path)
      await checkPage(page, sign, themes)
    }
    await check('', 'Never ACME')
    await check('/policies?view=report', 'Never wins')
    await check('/policies/new', 'Add policy')
    await page.getByRole('button', { name: 'Add policy' }).click()
    await check('', 'One field needs a change')
    await check('/policies/pol_deny', 'Save policy')
    await page.getByRole('button', { name: 'Back-test' }).click()
    await page.getByText('Deny to Allow: 3').click()
    await check('', "Allowed by policy 'Trust ACME'")
    // What follows is set as the pages before on a small screen.
    if (look.touch) return
    await page.getByRole('button', { name: 'Delete policy…' }).click()
    await check('', 'Delete this policy?')
    await check('/policies/pol_deny?view=versions', 'Version 1')
    await check('/policies/pol_deny?view=try', 'What would the policies of now say?')
    await page.getByRole('button', { name: 'Ask' }).click()
    await check('', 'MERCHANT_BLOCKED')
    await check('/policies/pol_shadow?view=shadow', 'It would have changed 3 of 40 decisions.')
    await check('/policies/pol_none', 'Policy not found')
    state.policies = []
    await page.goto(`${studio.server.url}/studio/policies`)
    await check('', 'No policy of your own yet')
  },
)

test('the list says what each policy does, how often it held, and which are in shadow or off', async () => {
  fill()
  const page = await studio.open('/policies')
  const row = page.getByRole('link', { name: /Never ACME/ })
  await expect.poll(() => row.innerText(), WAIT).toMatch(/Never ACME\s+Deny\s+Tenant\s+50\s+12/)
  expect(await page.getByRole('link', { name: /Ask about large ones/ }).innerText()).toContain('Shadow')
  expect(await page.getByRole('link', { name: /Old rule/ }).innerText()).toContain('Off')
})

test('the form and its JSON are the same thing, and a fault stands at its field', async () => {
  fill()
  const page = await studio.open('/policies/new')
  await page.getByLabel('Name').fill('Large ones')
  await page.getByLabel('Effect').selectOption('require_approval')
  await page.getByLabel('Field').fill('context.amuont.')
  await page.getByLabel('Operator').selectOption('greater_than')
  await page.getByLabel('Value').fill('much')
  await page.getByRole('button', { name: 'Add policy' }).click()
  await page.getByText('fields need a change').waitFor()
  expect(await page.getByLabel('Field').getAttribute('aria-invalid')).toBe('true')
  expect(await page.getByLabel('Value').getAttribute('aria-invalid')).toBe('true')
  await page.getByLabel('Field').fill('context.amount')
  await page.getByLabel('Value').fill('500')
  await page.getByRole('button', { name: 'Edit as JSON' }).click()
  const json = JSON.parse(await page.getByLabel('Policy as JSON').inputValue())
  expect(json.rule_expr.conditions).toEqual([
    { field: 'context.amount', operator: 'greater_than', value: 500 },
  ])
  await page.getByLabel('Policy as JSON').fill(JSON.stringify({ ...json, priority: 7 }))
  await page.getByRole('button', { name: 'Edit as a form' }).click()
  expect(await page.getByLabel('Priority').inputValue()).toBe('7')
  await page.getByRole('button', { name: 'Add policy' }).click()
  await page.waitForURL('**/policies/pol_new')
  expect(sent().at(-1)).toMatchObject({ method: 'POST', body: { name: 'Large ones', priority: 7 } })
})

test('a back-test sends what stands in the form, and its faults stand at the fields', async () => {
  fill()
  const page = await studio.open('/policies/pol_deny')
  await page.getByLabel('Effect').selectOption('allow')
  await page.getByRole('button', { name: 'Back-test' }).click()
  await page.getByText('3 of 40 decisions would have changed.').waitFor()
  await page.getByText('1 could not be read again').waitFor()
  expect(sent()[0]!.body).toMatchObject({
    candidate: { id: 'pol_deny', policy: { effect: 'allow', name: 'Never ACME' } },
    last_n: 1000,
  })
  studio.state.intercept = ({ path }) => {
    if (!path.endsWith('/backtest')) return undefined
    const answer = refuse(422, 'REQUEST_VALIDATION_ERROR', 'Policy failed validation')
    const details = [{ path: 'candidate.policy.name', message: 'too long', type: 'x', code: 'x' }]
    Object.assign((answer.body as { error: object }).error, { details })
    return answer
  }
  await page.getByRole('button', { name: 'Back-test' }).click()
  await page.getByText('too long').waitFor()
  expect(await page.getByLabel('Name').getAttribute('aria-invalid')).toBe('true')
})

test('a former version is opened in the form and saved as an ordinary change', async () => {
  fill()
  const page = await studio.open('/policies/pol_deny?view=versions')
  await page.getByText('was 10').waitFor()
  const views = page.getByRole('navigation', { name: 'Views of this policy' })
  expect(await views.locator('[aria-current=page]').allInnerTexts()).toEqual(['Versions'])
  await page.getByRole('link', { name: 'Edit this version' }).click()
  await expect.poll(() => page.getByLabel('Priority').inputValue(), WAIT).toBe('10')
  await page.getByRole('button', { name: 'Save policy' }).click()
  await expect.poll(() => sent().at(-1)?.body, WAIT).toMatchObject({ priority: 10 })
})

test('a change that waits for an approval says so and leads to the inbox; a refused one says that nothing changed', async () => {
  const state = fill()
  state.isGuarded = true
  const page = await studio.open('/policies/pol_deny')
  await page.getByRole('button', { name: 'Save policy' }).click()
  await page.getByText('it waits in the inbox').waitFor()
  studio.state.intercept = ({ method }) =>
    method === 'PATCH' ? refuse(403, 'POLICY_DENIED', 'A policy denies this change of policies') : undefined
  await page.getByRole('button', { name: 'Save policy' }).click()
  await page.getByText('A policy denies this change of policies').waitFor()
  await page.getByText('The policy was not changed.').waitFor()
})

test('a list that cannot be read says so and is read again on request', async () => {
  fill()
  studio.state.intercept = ({ path }) =>
    path === '/api/v1/policies' ? refuse(403, 'FORBIDDEN', 'Not for this key') : undefined
  const page = await studio.open('/policies')
  await page.getByText('Not for this key').waitFor()
  const asked = () => studio.state.calls.filter(({ path }) => path === '/api/v1/policies').length
  const before = asked()
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect.poll(asked).toBeGreaterThan(before)
  studio.state.intercept = () => undefined
  await tryAgain(page, page.getByText('Never ACME'))
})
