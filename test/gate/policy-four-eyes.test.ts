import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { factsOfChange } from '../../src/kernel/policy/policy-change.ts'
import { moveRevision, upsertPolicy } from '../../src/kernel/policy/policy-rows.ts'
import { PolicyInput, VOCABULARY } from '../../src/kernel/policy/schema.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { AUTH_SETTINGS, denyPolicy, type Person, signUp, signUpColleague, signUpNewcomer } from './people.ts'
import { countRows, expectError, expectStatus, fresh } from './purchase-client.ts'

/** Asks about changes of policies whose name begins so, which keeps the tests of this file apart. */
const fourEyes = (prefix: string, more: object = {}) => ({
  name: `Two people for ${prefix}`,
  scope: 'tenant',
  effect: 'require_approval',
  reason_code: 'FOUR_EYES',
  rule_expr: {
    conditions: [
      { field: 'action', operator: 'starts_with', value: 'policy.' },
      { field: 'policy.name', operator: 'starts_with', value: prefix },
    ],
    approval: { forbid_self_approval: true },
  },
  ...more,
})

let server: TestServer
let ana: Person
let ben: Person
beforeAll(async () => {
  server = await startTestServer({ settings: AUTH_SETTINGS })
  ana = await signUp(server)
})
afterAll(() => server.close())

const call = (person: Person, method: string, path: string, body?: unknown) =>
  server.call(method, `/api/v1/policies${path}`, body, { headers: person.headers })
const find = async (name: string) =>
  expectStatus(await call(ana, 'GET', ''), 200).policies.find(
    (policy: { name: string }) => policy.name === name,
  )
const answer = (person: Person, decisionId: string, decision = 'approved', more: object = {}) =>
  person.client.post(`/v1/approvals/decisions/${decisionId}`, { decision, approver_id: 'me', ...more })
/** Where this is in force, changes of policies with such a name wait. */
const guard = async (more: object = {}) => {
  const prefix = fresh('guarded')
  expectStatus(await call(ana, 'POST', '', fourEyes(prefix, more)), 201)
  return prefix
}
const policy = (name: string) => ({ ...denyPolicy(fresh('shop')), name })

test('one that needs more administrators than there are is refused, as nobody could take it back', async () => {
  const { details } = expectError(await call(ana, 'POST', '', fourEyes('x')), 422, 'REQUEST_VALIDATION_ERROR')
  expect(details[0]).toMatchObject({ path: 'rule_expr.approval', code: 'NEEDS_ADMINISTRATORS' })
  ben = await signUpColleague(server, 'admin')
  expectStatus(await call(ana, 'POST', '', fourEyes(fresh('x'))), 201)
})

test('a change waits in the inbox with payload and hash, and the approval of another makes exactly it, once', async () => {
  const prefix = await guard()
  const name = `${prefix} one`
  const asked = expectStatus(await call(ana, 'POST', '', policy(name)), 202)
  expect(asked).toMatchObject({ approval_status: 'pending', required_approvals: 1 })
  expect(await find(name)).toBeUndefined()
  const { approvals } = expectStatus(await ben.client.get('/v1/approvals/pending'), 200)
  const waiting = approvals.find(
    ({ decision_id }: { decision_id: string }) => decision_id === asked.decision_id,
  )
  expect(waiting).toMatchObject({
    action: 'policy.create',
    title: `Add policy ${name}`,
    payload_sha256: asked.payload_sha256,
    payload: { operation: 'create', base_version: 0, policy: { name, effect: 'deny' } },
    decision: { reason_code: 'FOUR_EYES' },
  })
  expectError(await answer(ana, asked.decision_id), 403, 'SELF_APPROVAL_FORBIDDEN')
  const seen = { payload_sha256: asked.payload_sha256 }
  expectStatus(await answer(ben, asked.decision_id, 'approved', seen), 200)
  const made = await find(name)
  expect(made).toMatchObject({ id: waiting.payload.policy_id, ...waiting.payload.policy, version: 1 })
  const [version] = expectStatus(await call(ana, 'GET', `/${made.id}/versions`), 200).versions
  expect(version).toMatchObject({ changed_by: ana.id, decision_id: asked.decision_id })
  expectError(await answer(ben, asked.decision_id), 409, 'DUPLICATE_APPROVAL')
  expect(expectStatus(await call(ana, 'GET', `/${made.id}/versions`), 200).versions).toHaveLength(1)
  // Nor does a token run it.
  expectError(await ana.client.mint(asked.decision_id), 409, 'EXECUTION_ACTION_MISMATCH')
})

test('updates and deletions wait too; a rejected one changes nothing and may be asked for again', async () => {
  const name = fresh('later')
  const { id } = expectStatus(await call(ana, 'POST', '', policy(name)), 201)
  expectStatus(await call(ana, 'POST', '', fourEyes(name)), 201)
  const patch = await call(ana, 'PATCH', `/${id}`, { priority: 5 })
  const rejected = expectStatus(patch, 202)
  expectStatus(await answer(ben, rejected.decision_id, 'rejected', { reason: 'no' }), 200)
  expect((await find(name)).priority).toBe(1)
  const again = expectStatus(await call(ana, 'PATCH', `/${id}`, { priority: 5 }), 202)
  const gone = expectStatus(await call(ana, 'DELETE', `/${id}`), 202)
  expectStatus(await answer(ben, again.decision_id), 200)
  expect(await find(name)).toMatchObject({ priority: 5, version: 2 })
  // It is another policy now than the one whose end was asked for: the approval is refused and still waits.
  const before = await countRows(server)
  expectError(await answer(ben, gone.decision_id), 409, 'POLICY_CHANGED')
  expect(await countRows(server)).toEqual(before)
  expectStatus(await answer(ben, gone.decision_id, 'rejected'), 200)
  const anew = expectStatus(await call(ana, 'DELETE', `/${id}`), 202)
  expectStatus(await answer(ben, anew.decision_id), 200)
  expect(await find(name)).toBeUndefined()
})

test('a change that a policy denies is refused with its reason, and the decision is on the record', async () => {
  const { conditions } = fourEyes('frozen').rule_expr
  await guard({ effect: 'deny', reason_code: 'FROZEN', rule_expr: { conditions } })
  const { details } = expectError(await call(ana, 'POST', '', policy('frozen one')), 403, 'POLICY_DENIED')
  expect(details[0]!.message).toContain('FROZEN')
  expect(await find('frozen one')).toBeUndefined()
})

test('a policy that does not name changes of policies has no say about them', async () => {
  const everybody = {
    ...denyPolicy('x'),
    name: fresh('all'),
    rule_expr: { conditions: [{ field: 'user.role', operator: 'equals', value: 'admin' }] },
  }
  const { id } = expectStatus(await call(ana, 'POST', '', everybody), 201)
  expectStatus(await call(ana, 'DELETE', `/${id}`), 204)
})

test('only administrators approve a change of policies; any person may reject it', async () => {
  const { conditions } = fourEyes('weak').rule_expr
  await guard({ rule_expr: { conditions } })
  const carl = await signUpColleague(server, 'developer')
  const key = await ben.withKey()
  const { decision_id } = expectStatus(await call(ana, 'POST', '', policy('weak one')), 202)
  expectError(await answer(carl, decision_id), 403, 'ADMINISTRATOR_REQUIRED')
  const byKey = await key.post(`/v1/approvals/decisions/${decision_id}`, {
    decision: 'approved',
    approver_id: 'bot',
  })
  expectError(byKey, 403, 'ADMINISTRATOR_REQUIRED')
  // An agent must not keep away the policy that would bind it.
  const veto = { decision: 'rejected', approver_id: 'bot', reason: 'no' }
  const byAgent = await key.post(`/v1/approvals/decisions/${decision_id}`, veto)
  expectError(byAgent, 403, 'ADMINISTRATOR_REQUIRED')
  expectStatus(await answer(carl, decision_id, 'rejected'), 200)
})

test('an administrator who invites themselves a second time does not become the second one of four eyes', async () => {
  const prefix = await guard()
  const second = await signUpNewcomer(server, 'admin', ana)
  const { decision_id } = expectStatus(await call(ana, 'POST', '', policy(`${prefix} alone`)), 202)
  expectError(await answer(second, decision_id), 403, 'DEPENDENT_APPROVER')
  const reverse = expectStatus(await call(second, 'POST', '', policy(`${prefix} reverse`)), 202)
  expectError(await answer(ana, reverse.decision_id), 403, 'DEPENDENT_APPROVER')
  expect(await find(`${prefix} alone`)).toBeUndefined()
  expectStatus(await answer(ben, decision_id), 200)
})

test.runIf(DATABASES.includes('postgres'))(
  'a change waits for one that is under way and is held to what that one brings into force',
  async () => {
    const own = await startTestServer({ database: 'postgres', settings: AUTH_SETTINGS })
    try {
      const admin = await signUp(own)
      await signUpColleague(own, 'admin')
      const { database } = own.app.kernel
      const waitsForLock = () =>
        database.asOwner((session) =>
          session.query("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"),
        )
      const form = PolicyInput.parse(fourEyes('late'))
      const now = new Date().toISOString()
      const guarding = {
        ...form,
        id: 'pol_late',
        tenant_id: 'default',
        version: 1,
        created_at: now,
        updated_at: now,
      }
      const asked = await database.transaction('default', async (session) => {
        await upsertPolicy(session, guarding, admin.id)
        await moveRevision(session, 'default', false)
        const asked = own.call('POST', '/api/v1/policies', policy('late one'), { headers: admin.headers })
        await vi.waitFor(async () => expect(await waitsForLock()).toHaveLength(1), 10_000)
        return { asked }
      })
      expectStatus(await asked.asked, 202)
    } finally {
      await own.close()
    }
  },
)

test('every member of a policy that rules see is there as it was, too', () => {
  const current = {
    ...PolicyInput.parse({ ...policy('before'), scope: 'workflow', scope_id: 'w1', priority: 7 }),
    id: 'pol_1',
    tenant_id: 'default',
    version: 3,
    created_at: '',
    updated_at: '',
  }
  const after = PolicyInput.parse(policy('after'))
  const change = { operation: 'update', policy_id: 'pol_1', base_version: 3, policy: after } as const
  const facts = factsOfChange(change, current, 'user:ana')
  expect(facts).toMatchObject({
    previous_name: 'before',
    previous_scope: 'workflow',
    previous_scope_id: 'w1',
    previous_effect: 'deny',
    previous_priority: 7,
    previous_enabled: true,
    previous_mode: 'enforce',
  })
  const previous = Object.keys(facts).filter((name) => name.startsWith('previous_'))
  expect(VOCABULARY.policy.filter((name) => name.startsWith('previous_')).sort()).toEqual(previous.sort())
})

test('policies that were changed meanwhile are heard again before the change is made', async () => {
  const prefix = await guard()
  const name = `${prefix} late`
  const { decision_id } = expectStatus(await call(ana, 'POST', '', policy(name)), 202)
  const conditions = [{ field: 'policy.name', operator: 'equals', value: name }]
  const never = { ...denyPolicy('x'), name: fresh('never'), rule_expr: { conditions } }
  expectStatus(await call(ana, 'POST', '', never), 201)
  expectError(await answer(ben, decision_id), 409, 'EXECUTION_DECISION_NOT_APPROVED')
  expect(await find(name)).toBeUndefined()
})

test('an outside system that asks about an action of that name changes nothing and is denied by default', async () => {
  const question = {
    subject: { type: 'user', id: 'eve' },
    action: { name: 'policy.create' },
    resource: { type: 'policy', id: 'p', policy: { name: 'x' } },
    context: { policy: { name: 'x' } },
  }
  const denied = expectStatus(await ana.client.post('/access/v1/evaluation', question), 200)
  expect(denied).toMatchObject({ decision: false, context: { reason_code: 'POLICY_NO_MATCH' } })
  const conditions = [{ field: 'subject.id', operator: 'equals', value: 'mallory' }]
  const asks = { ...fourEyes('x'), name: fresh('asks'), rule_expr: { conditions } }
  expectStatus(await call(ana, 'POST', '', asks), 201)
  const other = { ...question, subject: { type: 'user', id: 'mallory' } }
  const { context } = expectStatus(await ana.client.post('/access/v1/evaluation', other), 200)
  expect(context.state).toBe('requires_approval')
  const registered = await ana.client.post('/v1/approvals/requests', {
    decision_id: context.decision_id,
    run_id: fresh('run'),
    requested_by: 'mallory',
    title: 'x',
    details: 'x',
    risk_level: 'low',
  })
  expectError(registered, 409, 'DECISION_NOT_REGISTRABLE')
})

test('the dry run answers for changes of policies', async () => {
  const prefix = await guard()
  const ask = (name: string) =>
    ana.client.post('/api/v1/policies/evaluate', { action: 'policy.update', policy: { name } })
  expect(expectStatus(await ask(`${prefix} x`), 200)).toMatchObject({
    effect: 'require_approval',
    reason_code: 'FOUR_EYES',
  })
  expect(expectStatus(await ask('other'), 200).effect).toBe('none')
})

test('a rule sees what a policy was: renaming one does not take it out of the rule', async () => {
  const prefix = fresh('named')
  const { id } = expectStatus(await call(ana, 'POST', '', policy(`${prefix} one`)), 201)
  const about = (field: string) => ({ field, operator: 'starts_with', value: prefix })
  const rule = { conditions: [about('policy.previous_name')], approval: { forbid_self_approval: true } }
  await guard({ rule_expr: rule })
  expectStatus(await call(ana, 'PATCH', `/${id}`, { name: 'harmless', priority: 7 }), 202)
  expectStatus(await call(ana, 'DELETE', `/${id}`), 202)
  // What is new was nothing before, so such a rule has no say about it.
  expectStatus(await call(ana, 'POST', '', policy(`${prefix} two`)), 201)
})
