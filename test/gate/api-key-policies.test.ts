import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { AUTH_SETTINGS, type Person, signUp } from './people.ts'
import { expectError, expectStatus, purchaseClient } from './purchase-client.ts'

let server: TestServer
let ana: Person
beforeAll(async () => {
  server = await startTestServer({ settings: AUTH_SETTINGS })
  ana = await signUp(server)
})
afterAll(() => server.close())

const makeKey = async (more: object = {}) =>
  expectStatus(await ana.client.post('/api/v1/auth/api-keys', { name: 'agent', ...more }), 201)
const clientOf = ({ key }: { key: string }) => purchaseClient(server, { headers: { 'x-api-key': key } })
const savePolicy = async (policy: object) =>
  expectStatus(await ana.client.post('/api/v1/policies', { name: 'A bound', ...policy }), 201).id as string
const overFive = { conditions: [{ field: 'context.amount', operator: 'greater_than', value: 5 }] }

test('a policy that a key carries holds for that key and for no other, and is on the record with it', async () => {
  const policy = await savePolicy({ scope: 'agent', scope_id: 'keys', effect: 'deny', rule_expr: overFive })
  const bound = await makeKey({ policies: [policy] })
  expect(bound.policies).toEqual([policy])
  const denied = expectStatus(await clientOf(bound).authorize({ amount: 50 }), 200)
  expect(denied.state).toBe('deny')
  expect(expectStatus(await clientOf(bound).authorize({ amount: 4 }), 200).state).toBe('allow')
  expect(expectStatus(await clientOf(await makeKey()).authorize({ amount: 50 }), 200).state).toBe('allow')
  const [recorded] = await server.app.kernel.database.transaction('default', (session) =>
    session.query<{ canon: string }>(
      "SELECT convert_from(canon, 'UTF8') AS canon FROM events WHERE decision_id = $1",
      [denied.decision_id],
    ),
  )
  expect(JSON.parse(recorded!.canon).payload.facts.user).toMatchObject({
    key_id: bound.id,
    key_policies: [policy],
  })
})

test('a key that carries policies runs no decision that was allowed to somebody else', async () => {
  const policy = await savePolicy({ scope: 'agent', scope_id: 'keys', effect: 'deny', rule_expr: overFive })
  const bound = clientOf(await makeKey({ policies: [policy] }))
  const foreign = expectStatus(await clientOf(await makeKey()).authorize({ amount: 50 }), 200).decision_id
  expectError(await bound.mint(foreign), 403, 'FORBIDDEN')
  const own = expectStatus(await bound.authorize({ amount: 4 }), 200).decision_id
  expect((await bound.mint(own)).status).toBeLessThan(300)
})

test.each([
  ['denies', { effect: 'deny', rule_expr: overFive }, /policy denied it when it was asked about last/],
  [
    'wants two people for',
    { effect: 'require_approval', rule_expr: { ...overFive, approval: { required_approvals: 2 } } },
    /the policies of whoever asked last want 2 approvals, it has 1/,
  ],
])(
  'what a key’s own policy %s runs on no approval that others’ asking was answered with',
  async (_, terms, why) => {
    const policy = await savePolicy({ scope: 'agent', scope_id: 'keys', ...terms })
    const bound = clientOf(await makeKey({ policies: [policy] }))
    const free = clientOf(await makeKey())
    const asked = { request_id: `shared ${terms.effect}`, amount: 250 }
    const pending = await free.pendingPurchase(asked)
    expectStatus(await ana.client.resolve(pending.decisionId), 200)
    expect(expectStatus(await bound.authorize(asked), 200).decision_id).toBe(pending.decisionId)
    const refused = expectError(await bound.mint(pending.decisionId), 409, 'EXECUTION_DECISION_NOT_APPROVED')
    expect(refused.details[0]!.message).toMatch(why)
    expect((await free.mint(pending.decisionId)).status).toBe(200)
  },
)

test('a key whose policy was taken away may do nothing', async () => {
  const policy = await savePolicy({ scope: 'agent', scope_id: 'keys', effect: 'deny', rule_expr: overFive })
  const bound = clientOf(await makeKey({ policies: [policy] }))
  const { headers } = ana
  expectStatus(await server.call('DELETE', `/api/v1/policies/${policy}`, undefined, { headers }), 204)
  const denied = expectStatus(await bound.authorize({ amount: 4 }), 200)
  expect(denied).toMatchObject({ state: 'deny', reason_code: 'KEY_POLICY_MISSING' })
})

test('a policy of the tenant names a key by its id', async () => {
  const named = await makeKey()
  const conditions = [{ field: 'user.key_id', operator: 'equals', value: named.id }]
  await savePolicy({ scope: 'tenant', effect: 'require_approval', rule_expr: { conditions } })
  expect(expectStatus(await clientOf(named).authorize({ amount: 4 }), 200).state).toBe('requires_approval')
  expect(expectStatus(await clientOf(await makeKey()).authorize({ amount: 4 }), 200).state).toBe('allow')
  expect(expectStatus(await ana.client.authorize({ amount: 4 }), 200).state).toBe('allow')
})

test('a key cannot carry a policy that does not exist, or one of another scope', async () => {
  const tenantWide = await savePolicy({
    scope: 'tenant',
    effect: 'deny',
    rule_expr: { conditions: [{ field: 'context.merchant', operator: 'equals', value: 'x' }] },
  })
  for (const policies of [['misspelt'], [tenantWide]]) {
    const answer = await ana.client.post('/api/v1/auth/api-keys', { name: 'agent', policies })
    expect(expectError(answer, 422, 'REQUEST_VALIDATION_ERROR').details).toMatchObject([
      { path: 'policies.0' },
    ])
  }
})
