import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Context } from '../../src/kernel/context.ts'
import { backtestPolicies } from '../../src/kernel/policy/backtest/backtest-policies.ts'
import {
  type PastDecisionRow,
  readPastDecisions,
} from '../../src/kernel/policy/backtest/read-past-decisions.ts'
import { BacktestInput } from '../../src/kernel/policy/backtest/schema.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { AUTH_SETTINGS, approvalPolicy, denyPolicy, type Person, signUp } from './people.ts'
import { countRows, expectError, expectStatus, fresh, type PurchaseClient } from './purchase-client.ts'

let server: TestServer
let admin: Person
let agent: PurchaseClient
beforeAll(async () => {
  server = await startTestServer({ settings: AUTH_SETTINGS })
  admin = await signUp(server)
  agent = await admin.withKey()
})
afterAll(() => server.close())

const backtest = async (candidate: object, range: object = {}) =>
  expectStatus(await admin.client.post('/api/v1/policies/backtest', { candidate, ...range }), 200)
const decide = async (merchant: string, amount: number) =>
  expectStatus(await agent.authorize({ merchant, amount, request_id: fresh('req') }), 200)
const allowAll = (merchant: string) => ({ ...denyPolicy(merchant), effect: 'allow', reason_code: null })

test('a back-test tells how many past decisions a new policy would change, with both explanations, and changes nothing', async () => {
  const merchant = fresh('shop')
  const small = await decide(merchant, 20)
  const large = await decide(merchant, 250)
  await decide(fresh('other'), 20)
  const before = await countRows(server)
  const result = await backtest({ policy: denyPolicy(merchant) }, { last_n: 3 })
  expect(result).toMatchObject({
    decisions: 3,
    evaluated: 3,
    changed: 2,
    unreadable: { count: 0, examples: [] },
    matrix: {
      allow: { allow: 1, require_approval: 0, deny: 1 },
      require_approval: { allow: 0, require_approval: 0, deny: 1 },
      deny: { allow: 0, require_approval: 0, deny: 0 },
    },
    changes: [
      {
        before: 'require_approval',
        after: 'deny',
        count: 1,
        examples: [
          {
            decision_id: large.decision_id,
            run_id: large.run_id,
            action: 'purchase.create',
            before: { reason_code: 'AMOUNT_ABOVE_THRESHOLD', decided_by: 'builtin.purchase_above_threshold' },
            after: { reason_code: 'MERCHANT_BLOCKED', decided_by: 'candidate' },
          },
        ],
      },
      { before: 'allow', after: 'deny', count: 1, examples: [{ decision_id: small.decision_id }] },
    ],
  })
  expect(result.changes[0].examples[0].after.reason).toContain(merchant)
  expect(result.candidate_sha256).not.toBe(result.policy_sha256)
  expect(await countRows(server)).toEqual(before)
})

test('what would be allowed that is denied comes before every other change', async () => {
  const denied = fresh('shop')
  const asked = fresh('shop')
  const add = async (policy: object) =>
    expectStatus(await admin.client.post('/api/v1/policies', policy), 201).id as string
  const id = await add(denyPolicy(denied))
  await add(approvalPolicy(asked, { required_approvals: 1 }))
  await decide(asked, 10)
  await decide(denied, 10)
  const replaced = { ...denyPolicy(asked), rule_expr: denyPolicy(asked).rule_expr }
  const { changes } = await backtest({ id, policy: replaced }, { last_n: 2 })
  expect(changes.map(({ before, after }: Record<string, string>) => `${before} to ${after}`)).toEqual([
    'deny to allow',
    'require_approval to deny',
  ])
  // A whole set stands in place of everything the tenant wrote; the built-in policies stay.
  const whole = await backtest({ policies: [allowAll(asked)] }, { last_n: 2 })
  expect(whole.matrix).toMatchObject({ deny: { allow: 1 }, require_approval: { allow: 1 } })
})

test('the same effect on other terms is told apart from a change of effect', async () => {
  const merchant = fresh('shop')
  await decide(merchant, 250)
  const result = await backtest(
    { policy: approvalPolicy(merchant, { required_approvals: 2 }) },
    { last_n: 1 },
  )
  expect(result).toMatchObject({ changed: 0, changes: [], other_terms: { count: 1 } })
})

test('a policy in shadow or switched off is tried as it is written', async () => {
  const merchant = fresh('shop')
  await decide(merchant, 20)
  expect(
    await backtest({ policy: { ...denyPolicy(merchant), enabled: false } }, { last_n: 1 }),
  ).toMatchObject({
    changed: 0,
  })
})

test('a decision whose facts cannot be read again is counted as such, and one recorded twice once', async () => {
  const merchant = fresh('shop')
  const context = { merchant, amount: 20, request_id: fresh('req') }
  for (const _ of [1, 2]) expectStatus(await agent.authorize(context), 200)
  const [last] = expectStatus(await admin.client.get(`/v1/runs/run_${context.request_id}/events`), 200).events
  await server.app.kernel.database.asOwner((session) =>
    session.query(
      `INSERT INTO events (tenant_id, run_id, seq, event_id, kind, occurred_at, occurred_ns, recorded_at, actor,
         integrity_warning, canon, prev_hash, hash)
       SELECT tenant_id, 'run_unreadable', 1, 'evt_unreadable', kind, occurred_at, occurred_ns, recorded_at + interval '1 hour',
         actor, false, convert_to('{"payload":{"decision_id":"dec_1","action":"purchase.create"}}', 'UTF8'), prev_hash, hash
       FROM events WHERE run_id = $1 LIMIT 1`,
      [`run_${context.request_id}`],
    ),
  )
  expect(last).toBeDefined()
  expect(await backtest({ policy: denyPolicy(merchant) }, { last_n: 3 })).toMatchObject({
    decisions: 3,
    evaluated: 1,
    repeated: 1,
    unreadable: { count: 1, examples: [{ run_id: 'run_unreadable', seq: 1 }] },
    changed: 1,
  })
})

test('a back-test looks at every decision once, the youngest first, however many and however large they are', async () => {
  const tenantId = 'many'
  const [count, large] = [1_100, 4]
  // Several have the same time, and now and then some are so large that a page ends early.
  await server.app.kernel.database.asOwner((session) =>
    session.query(
      `INSERT INTO events (tenant_id, run_id, seq, event_id, kind, occurred_at, occurred_ns, recorded_at, actor,
         integrity_warning, canon, prev_hash, hash)
       SELECT $1, 'run_' || n % 7, n, 'evt_' || n, 'decision_recorded', '', 0, timestamptz '2026-01-01' + n / 9 * interval '1 ms',
         'test', false, convert_to(format('{"payload":{"action":"demo.act","decision_id":"dec_%s","facts":{"context":{"text":"%s"}}}}',
           n, repeat('x', CASE WHEN n % 50 < $3 THEN 60000 ELSE 1 END)), 'UTF8'),
         decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex')
       FROM generate_series(1, $2::int) n`,
      [tenantId, count, large],
    ),
  )
  const { database } = server.app.kernel
  const rows: PastDecisionRow[] = []
  for await (const row of readPastDecisions(database, tenantId, null)) rows.push(row)
  expect(new Set(rows.map(({ seq }) => seq)).size).toBe(count)
  const place = ({ recorded_at, run_id, seq }: PastDecisionRow) => [recorded_at.getTime(), run_id, seq]
  const [earlier, later] = [rows.slice(1).map(place), rows.slice(0, -1).map(place)]
  const isOlder = (a: unknown[], b: unknown[]) => {
    const at = a.findIndex((part, index) => part !== b[index])
    return (a[at] as number) < (b[at] as number)
  }
  expect(earlier.every((each, index) => isOlder(each, later[index]!))).toBe(true)
  const context = { ...server.app.kernel, principal: { tenantId } } as unknown as Context
  const input = BacktestInput.parse({ candidate: { policy: denyPolicy('x') }, last_n: 100_000 })
  expect(await backtestPolicies(context, input)).toMatchObject({
    decisions: count,
    evaluated: count,
    complete: true,
    oldest: '2026-01-01T00:00:00.000Z',
  })
})

test('a back-test since a time looks at what was recorded from then on, and says when there is more', async () => {
  const future = new Date(Date.now() + 7_200_000).toISOString()
  expect(await backtest({ policy: denyPolicy('x') }, { since: future })).toMatchObject({
    decisions: 0,
    oldest: null,
    complete: true,
  })
  expect((await backtest({ policy: denyPolicy('x') }, { last_n: 2 })).complete).toBe(false)
})

test('a back-test stops after a budget of work and says after how many decisions', async () => {
  for (let n = 0; n < 3; n++) await decide(fresh('shop'), 20)
  const context = { ...server.app.kernel, principal: { tenantId: 'default' } } as unknown as Context
  const input = BacktestInput.parse({ candidate: { policy: denyPolicy('x') }, last_n: 1000 })
  const whole = await backtestPolicies(context, input)
  expect(whole).toMatchObject({ complete: true, budget_used_up: false })
  const { rules } = await server.app.kernel.policySets.current('default')
  const count = (asked: typeof rules) => asked.reduce((sum, { conditions }) => sum + conditions.length, 0)
  // Under the policies of now, shadows among them, and under those in force with the candidate.
  const perDecision = count(rules) + count(rules.filter(({ shadowSha256 }) => shadowSha256 === null)) + 1
  const some = await backtestPolicies(context, input, 2 * perDecision)
  expect(some).toMatchObject({ evaluated: 2, complete: false, budget_used_up: true })
  expect(some.decisions).toBeLessThan(whole.decisions)
})

test('a back-test is refused for a candidate that is none, for keys and for a policy of another tenant', async () => {
  const ask = (body: object, client = admin.client) => client.post('/api/v1/policies/backtest', body)
  const { details } = expectError(await ask({ candidate: {} }), 422, 'REQUEST_VALIDATION_ERROR')
  expect(details[0]!.path).toBe('candidate.policy')
  const policy = denyPolicy('x')
  const faulty = { ...policy, rule_expr: { conditions: [] } }
  const fault = expectError(await ask({ candidate: { policy: faulty } }), 422, 'REQUEST_VALIDATION_ERROR')
  expect(fault.details[0]!.path).toBe('candidate.policy.rule_expr.conditions')
  expectError(await ask({ candidate: { policy } }, agent), 403, 'FORBIDDEN')
  expectError(await ask({ candidate: { id: 'pol_none', policy } }), 404, 'POLICY_NOT_FOUND')
})
