import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DATABASES } from '../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { AUTH_SETTINGS, approvalPolicy, denyPolicy, type Person, signUp, signUpColleague } from './people.ts'
import { expectError, expectStatus, fresh, type PurchaseClient } from './purchase-client.ts'

describe.each(DATABASES)('policies in shadow on %s', (database) => {
  let server: TestServer
  let admin: Person
  let agent: PurchaseClient
  beforeAll(async () => {
    server = await startTestServer({ database, settings: AUTH_SETTINGS })
    admin = await signUp(server)
    agent = await admin.withKey()
  })
  afterAll(() => server.close())

  const add = async (policy: object) =>
    expectStatus(await admin.client.post('/api/v1/policies', policy), 201).id as string
  const addShadow = (policy: object) => add({ ...policy, mode: 'shadow' })
  const decide = async (merchant: string, amount = 20) =>
    expectStatus(await agent.authorize({ merchant, amount, request_id: fresh('req') }), 200)
  const report = async (id: string, query = '') =>
    expectStatus(await admin.client.get(`/api/v1/policies/${id}/shadow-report${query}`), 200)
  const recordOf = async (runId: string) => {
    const [row] = await server.app.kernel.database.asOwner((session) =>
      session.query<{ canon: string }>(
        "SELECT convert_from(canon, 'UTF8') AS canon FROM events WHERE run_id = $1 AND kind = 'decision_recorded'",
        [runId],
      ),
    )
    return JSON.parse(row!.canon).payload
  }

  test('a policy in shadow decides nothing, and what it would have changed stands in the decision', async () => {
    const merchant = fresh('shop')
    const before = await decide(merchant)
    const id = await addShadow(denyPolicy(merchant))
    const after = await decide(merchant)
    expect(after).toMatchObject({ state: 'allow', reason_code: before.reason_code })
    const record = await recordOf(after.run_id)
    expect(record).toMatchObject({
      effect: 'allow',
      shadow: [{ policy_id: id, outcome: 'matched', effect: 'deny', reason_code: 'MERCHANT_BLOCKED' }],
    })
    expect(record.matches.map((match: { policy_id: string }) => match.policy_id)).not.toContain(id)
    // Where it would have changed nothing, nothing is said.
    expect(await recordOf((await decide(fresh('other'))).run_id)).not.toHaveProperty('shadow')
  })

  test('the version that tokens bind to is that of the policies in force, with a policy in shadow or without', async () => {
    const merchant = fresh('shop')
    const minted = await agent.mintedPurchase({ merchant })
    const { policy_sha256: before } = await decide(merchant)
    const id = await addShadow(denyPolicy(merchant))
    expect((await decide(merchant)).policy_sha256).toBe(before)
    expectStatus(await agent.execute(minted.token, { amount: 250 }), 200)
    const { headers } = admin
    expectStatus(await server.call('PATCH', `/api/v1/policies/${id}`, { mode: 'enforce' }, { headers }), 200)
    const enforced = await decide(merchant)
    expect(enforced.state).toBe('deny')
    expect(enforced.policy_sha256).not.toBe(before)
  })

  test('the shadow report counts what would have come out otherwise, with examples and both reasons', async () => {
    const [blocked, asked] = [fresh('shop'), fresh('shop')]
    const deny = await addShadow(denyPolicy(blocked))
    const ask = await addShadow(approvalPolicy(asked, { required_approvals: 2 }))
    const decided = [await decide(blocked), await decide(blocked, 250)]
    await decide(asked, 250)
    expect(await report(deny)).toMatchObject({
      policy_id: deny,
      decisions: 3,
      would_change: 2,
      changes: [
        {
          before: 'require_approval',
          after: 'deny',
          count: 1,
          examples: [{ decision_id: decided[1]!.decision_id }],
        },
        {
          before: 'allow',
          after: 'deny',
          count: 1,
          examples: [
            {
              decision_id: decided[0]!.decision_id,
              run_id: decided[0]!.run_id,
              before: { effect: 'allow', reason: decided[0]!.reason },
              after: { effect: 'deny', reason_code: 'MERCHANT_BLOCKED' },
            },
          ],
        },
      ],
    })
    // Asking is the same effect, two people are other terms.
    expect((await report(ask)).changes).toMatchObject([
      { before: 'require_approval', after: 'require_approval', count: 1 },
    ])
    // What is recorded later is found by the next report, once.
    await decide(blocked)
    expect((await report(deny)).would_change).toBe(3)
    const future = new Date(Date.now() + 3_600_000).toISOString()
    expect(await report(deny, `?since=${future}`)).toMatchObject({
      decisions: 0,
      would_change: 0,
      changes: [],
    })
  })

  test('two policies in shadow are judged each by itself', async () => {
    const merchant = fresh('shop')
    const deny = await addShadow(denyPolicy(merchant))
    const ask = await addShadow(approvalPolicy(merchant, { required_approvals: 1 }))
    const { shadow } = await recordOf((await decide(merchant)).run_id)
    expect(shadow.map(({ policy_id, effect }: Record<string, string>) => [policy_id, effect]).sort()).toEqual(
      [
        [deny, 'deny'],
        [ask, 'require_approval'],
      ].sort(),
    )
  })

  test('the dry run names what policies in shadow would change', async () => {
    const merchant = fresh('shop')
    const id = await addShadow(denyPolicy(merchant))
    const body = { action: 'purchase.create', context: { amount: 20, merchant } }
    const answer = expectStatus(await admin.client.post('/api/v1/policies/evaluate', body), 200)
    expect(answer).toMatchObject({ effect: 'allow', shadow: [{ policy_id: id, effect: 'deny' }] })
    expect(answer.policies.find((each: { policy_id: string }) => each.policy_id === id)).toMatchObject({
      mode: 'shadow',
      outcome: 'matched',
    })
  })

  test('a key may not read the shadow report', async () => {
    const id = await addShadow(denyPolicy(fresh('shop')))
    expectError(await agent.get(`/api/v1/policies/${id}/shadow-report`), 403, 'FORBIDDEN')
  })

  test('the report is for people who may change or try policies', async () => {
    const colleague = await signUpColleague(server, 'user')
    for (const client of [agent, colleague.client]) {
      expectError(await client.get('/api/v1/policies/report'), 403, 'FORBIDDEN')
    }
    const { client } = await signUpColleague(server, 'developer')
    const report = expectStatus(await client.get('/api/v1/policies/report'), 200)
    expect(report).toMatchObject({ inspected: report.hits.length, complete: true })
  })

  test('the report counts hits since the last change, names what never held, and each decision counts once', async () => {
    const merchant = fresh('shop')
    const id = await add(denyPolicy(merchant))
    const reportOn = async () => {
      const answer = expectStatus(await admin.client.get('/api/v1/policies/report'), 200)
      const { matched, last_matched_at: last } = answer.hits.find(
        (each: { policy_id: string }) => each.policy_id === id,
      )
      const kinds = answer.findings
        .filter((finding: { policy_id: string }) => finding.policy_id === id)
        .map(({ kind }: { kind: string }) => kind)
      return { matched, kinds, last }
    }
    expect(await reportOn()).toEqual({ matched: 0, kinds: ['never_hit'], last: null })
    await decide(merchant)
    await decide(merchant)
    await decide(fresh('other'))
    expect(await reportOn()).toEqual({ matched: 2, kinds: [], last: expect.any(String) })
    expect((await reportOn()).matched).toBe(2)
    const { headers } = admin
    const wider = { rule_expr: { conditions: [{ field: 'action', operator: 'exists' }] }, effect: 'allow' }
    expectStatus(await server.call('PATCH', `/api/v1/policies/${id}`, wider, { headers }), 200)
    expect(await reportOn()).toEqual({ matched: 0, kinds: ['matches_everything', 'never_hit'], last: null })
  })
})
