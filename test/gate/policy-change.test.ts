import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { executePurchase } from '../../src/engine/purchase/execute-purchase.ts'
import { localAdministrator } from '../../src/http/authenticate.ts'
import { contextOf } from '../../src/http/http-context.ts'
import type { Context } from '../../src/kernel/context.ts'
import { mintToken } from '../../src/kernel/tokens/mint-token.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { AUTH_SETTINGS, approvalPolicy, denyPolicy, type Person, signUp, signUpColleague } from './people.ts'
import { countRows, expectError, expectStatus, fresh, type PurchaseClient } from './purchase-client.ts'

describe.each(DATABASES)('policies that change between an approval and its execution on %s', (database) => {
  let server: TestServer
  let admin: Person
  let agent: PurchaseClient
  beforeAll(async () => {
    server = await startTestServer({ database, settings: AUTH_SETTINGS })
    admin = await signUp(server)
    agent = await admin.withKey()
  })
  afterAll(() => server.close())

  const addPolicy = async (policy: object) =>
    expectStatus(await admin.client.post('/api/v1/policies', policy), 201).id as string
  const execute = (token: string, amount = 250) => agent.execute(token, { amount })
  const refused = async (answer: Awaited<ReturnType<typeof agent.mint>>, why: string) => {
    const { details } = expectError(answer, 409, 'EXECUTION_DECISION_NOT_APPROVED')
    expect(details[0]!.message).toContain(why)
  }

  test('a policy that denies it now voids the approval and the token', async () => {
    const merchant = fresh('shop')
    const minted = await agent.mintedPurchase({ merchant })
    await addPolicy(denyPolicy(merchant))
    const before = await countRows(server)
    await refused(await agent.mint(minted.decisionId), 'deny')
    await refused(await execute(minted.token), 'deny')
    expect(await countRows(server)).toEqual(before)
  })

  test('asking again after the change makes the old approval no better', async () => {
    const merchant = fresh('shop')
    const context = { amount: 250, merchant, request_id: fresh('req') }
    const minted = await agent.mintedPurchase(context)
    await addPolicy(denyPolicy(merchant))
    const again = expectStatus(await agent.authorize(context), 200)
    expect(again).toMatchObject({
      decision_id: minted.decisionId,
      state: 'deny',
      reason_code: 'MERCHANT_BLOCKED',
    })
    await refused(await agent.mint(minted.decisionId), 'deny')
    await refused(await execute(minted.token), 'deny')
  })

  test('a policy that wants two people now voids the approval of one, asked again or not', async () => {
    const merchant = fresh('shop')
    const context = { amount: 250, merchant, request_id: fresh('req') }
    const minted = await agent.mintedPurchase(context)
    await addPolicy(approvalPolicy(merchant, { required_approvals: 2 }))
    await refused(await execute(minted.token), '2 approvals')
    expect(expectStatus(await agent.authorize(context), 200).state).toBe('requires_approval')
    await refused(await agent.mint(minted.decisionId), '2 approvals')
    await refused(await execute(minted.token), '2 approvals')
  })

  test('a policy that forbids self-approval now voids an approval that did not check it', async () => {
    const merchant = fresh('shop')
    const minted = await agent.mintedPurchase({ merchant })
    await addPolicy(approvalPolicy(merchant, { forbid_self_approval: true }))
    await refused(await execute(minted.token), 'self-approval')
  })

  test('a policy that wants an approval now voids what was allowed without one', async () => {
    const merchant = fresh('shop')
    const { decision_id, state } = expectStatus(await agent.authorize({ amount: 20, merchant }), 200)
    expect(state).toBe('allow')
    const { execution_token } = expectStatus(await agent.mint(decision_id), 200)
    const policy = await addPolicy(approvalPolicy(merchant, { required_approvals: 1 }))
    await refused(await execute(execution_token, 20), '1 approvals')
    // What voided it is gone: the token was not spent by the refusal.
    const { headers } = admin
    expectStatus(await server.call('DELETE', `/api/v1/policies/${policy}`, undefined, { headers }), 204)
    expectStatus(await execute(execution_token, 20), 200)
  })

  test('a policy that is added after a mint or an execution began still voids it', async () => {
    const { kernel, http } = server.app
    /** Its transactions begin only once this merchant is denied. */
    const overtaken = (merchant: string): Context => ({
      ...contextOf(kernel, localAdministrator()),
      ledger: {
        ...kernel.ledger,
        async transaction(tenantId, work) {
          await addPolicy(denyPolicy(merchant))
          return kernel.ledger.transaction(tenantId, work)
        },
      },
    })
    const [one, other] = [fresh('shop'), fresh('shop')]
    const approved = await agent.approvedPurchase({ merchant: one })
    const minted = await agent.mintedPurchase({ merchant: other })
    const before = await countRows(server)
    const refusal = { code: 'EXECUTION_DECISION_NOT_APPROVED' }
    await expect(mintToken(overtaken(one), approved.decisionId, (payload) => payload)).rejects.toMatchObject(
      refusal,
    )
    const input = { amount: 250, currency: 'EUR' as const }
    await expect(
      executePurchase(overtaken(other), http.purchaseConnector, `Bearer ${minted.token}`, input),
    ).rejects.toMatchObject(refusal)
    expect(await countRows(server)).toEqual({ ...before, policies: before.policies! + 2 })
  })

  test.runIf(database === 'postgres')(
    'a policy that changes during a mint waits until it is over',
    async () => {
      const { kernel } = server.app
      const { decisionId } = await agent.approvedPurchase({ merchant: fresh('shop') })
      const isChecked = Promise.withResolvers<void>()
      const mayGoOn = Promise.withResolvers<void>()
      const slow: Context = {
        ...contextOf(kernel, localAdministrator()),
        ledger: {
          ...kernel.ledger,
          transaction: (tenantId, work) =>
            kernel.ledger.transaction(tenantId, async (transaction) => {
              const result = await work(transaction)
              isChecked.resolve()
              await mayGoOn.promise
              return result
            }),
        },
      }
      const minting = mintToken(slow, decisionId, (payload) => payload)
      await isChecked.promise
      const order: string[] = []
      const changing = addPolicy(denyPolicy(fresh('shop'))).then(() => order.push('changed'))
      for (let waiting = 0; waiting === 0; ) {
        const [row] = await kernel.database.asOwner((session) =>
          session.query<{ count: number }>(
            "SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND NOT granted",
          ),
        )
        waiting = row!.count
      }
      order.push('waited')
      mayGoOn.resolve()
      await Promise.all([minting, changing])
      expect(order).toEqual(['waited', 'changed'])
    },
  )

  test('a policy about something else voids nothing', async () => {
    const minted = await agent.mintedPurchase({ merchant: fresh('shop') })
    await addPolicy(denyPolicy(fresh('elsewhere')))
    expectStatus(await agent.mint(minted.decisionId), 200)
    expectStatus(await execute(minted.token), 200)
  })

  test('a denied decision is neither registered nor minted', async () => {
    const merchant = fresh('shop')
    await addPolicy(denyPolicy(merchant))
    const denied = expectStatus(await agent.authorize({ amount: 5, merchant }), 200)
    expect(denied).toMatchObject({ state: 'deny', reason_code: 'MERCHANT_BLOCKED' })
    expectError(await agent.register({ decision_id: denied.decision_id }), 409, 'DECISION_DENIED')
    await refused(await agent.mint(denied.decision_id), 'denied')
    const payload = { amount: 5, currency: 'EUR', merchant }
    const unseen = fresh('dec')
    expectError(await agent.register({ decision_id: unseen, payload }), 409, 'DECISION_DENIED')
    expectError(await agent.decision(unseen), 404, 'APPROVAL_NOT_FOUND')
  })

  test('no policy of a tenant loosens the threshold of the installation', async () => {
    const merchant = fresh('shop')
    await addPolicy({ ...denyPolicy(merchant), effect: 'allow', priority: 0, reason_code: 'TRUSTED' })
    const { state, reason_code } = expectStatus(await agent.authorize({ amount: 101, merchant }), 200)
    expect([state, reason_code]).toEqual(['requires_approval', 'AMOUNT_ABOVE_THRESHOLD'])
  })

  test('a colleague who is no administrator changes no policy', async () => {
    const ben = await signUpColleague(server)
    const before = await countRows(server)
    expectError(await ben.client.post('/api/v1/policies', denyPolicy('x')), 403, 'FORBIDDEN')
    expect(await countRows(server)).toEqual(before)
  })
})
