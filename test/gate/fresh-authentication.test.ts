import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OPERATOR } from '../../src/cli/operator.ts'
import { resetPassword } from '../../src/identity/reset-password.ts'
import { passkeyRunOf } from '../../src/kernel/audit/audit-run.ts'
import { approvalChallenge } from '../../src/verifier/approval-challenge.ts'
import { verifyBundle } from '../../src/verifier/verify-bundle.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { createAuthenticator, type SoftwareAuthenticator } from '../harness/software-authenticator.ts'
import { createTestClock, startTestServer, type TestServer } from '../harness/start-test-server.ts'
import {
  AUTH_SETTINGS,
  addPasskey,
  approvalPolicy,
  PASSWORD,
  type Person,
  signUp,
  signUpColleague,
} from './people.ts'
import { expectError, expectStatus, type PurchaseClient, purchaseClient } from './purchase-client.ts'

const ORIGIN = 'https://countersign.example'
const PASSKEYS = '/api/v1/auth/passkeys'
const password = { method: 'password', password: PASSWORD }

describe.each(DATABASES)('approvals that want fresh authentication on %s', (database) => {
  const clock = createTestClock(Date.now())
  let server: TestServer
  let ana: Person
  let ben: Person
  let agent: PurchaseClient
  let passkey: SoftwareAuthenticator
  let counter = 1000
  /** Later than anything that the authenticator has said before. */
  const nextCounter = () => ++counter

  beforeAll(async () => {
    server = await startTestServer({ database, clock, settings: { ...AUTH_SETTINGS, PUBLIC_URL: ORIGIN } })
    ana = await signUp(server)
    ben = await signUpColleague(server)
    agent = await ana.withKey()
    for (const policy of [
      approvalPolicy('Known', { require_fresh_authentication: 'password' }),
      approvalPolicy('Signed', { require_fresh_authentication: 'passkey' }),
      approvalPolicy('Two', { require_fresh_authentication: 'passkey', required_approvals: 2 }),
    ]) {
      expectStatus(await ana.client.post('/api/v1/policies', policy), 201)
    }
    passkey = (await addPasskey(ana, ORIGIN)).authenticator
  })
  afterAll(() => server.close())

  async function pending(merchant: string) {
    const purchase = await agent.pendingPurchase({ merchant })
    const { payload_sha256 } = expectStatus(await ana.client.decision(purchase.decisionId), 200)
    const { decisionId } = purchase
    return {
      ...purchase,
      payloadSha256: payload_sha256 as string,
      challenge: approvalChallenge({ tenant: 'default', decisionId, payloadSha256: payload_sha256 }),
      answer: (person: Person, fresh_authentication?: unknown) =>
        person.client.resolve(decisionId, 'approved', { fresh_authentication }),
    }
  }
  const signed = (challenge: string, more = {}, authenticator = passkey) => ({
    method: 'passkey',
    assertion: authenticator.assert({ challenge, origin: ORIGIN, ...more }),
  })
  const eventsOf = async (runId: string) =>
    server.app.kernel.database.transaction('default', async (session) => {
      const rows = await session.query<{ canon: string }>(
        "SELECT convert_from(canon, 'UTF8') AS canon FROM events WHERE run_id = $1 ORDER BY seq",
        [runId],
      )
      return rows.map(({ canon }) => JSON.parse(canon))
    })
  const verifyDecision = async (decisionId: string) => {
    const exported = await ana.client.get(`/v1/approvals/decisions/${decisionId}/audit-export`, {
      headers: { accept: 'application/x-ndjson' },
    })
    const key = server.app.kernel.checkpointSigner.verifierKey('default')
    return verifyBundle(exported.text, { trustedKeys: [key] })
  }
  const auditEntries = () => eventsOf(`audit:${new Date(clock.now()).toISOString().slice(0, 7)}`)
  const allText = () =>
    server.app.kernel.database.asOwner((session) =>
      session.query<{ canon: string }>("SELECT convert_from(canon, 'UTF8') AS canon FROM events"),
    )

  test('the inbox and the approval say what is wanted, and say nothing where nothing is', async () => {
    const { decisionId } = await pending('Signed')
    const plain = await agent.pendingPurchase({ merchant: 'Anybody' })
    const { approvals } = expectStatus(await ana.client.get('/v1/approvals/pending'), 200)
    const of = (id: string) => approvals.find((each: { decision_id: string }) => each.decision_id === id)
    expect(of(decisionId).require_fresh_authentication).toBe('passkey')
    expect(of(plain.decisionId)).not.toHaveProperty('require_fresh_authentication')
    expect(expectStatus(await ana.client.decision(decisionId), 200).require_fresh_authentication).toBe(
      'passkey',
    )
    expectStatus(await ana.client.resolve(plain.decisionId), 200)
  })

  test('without a proof nothing is approved; with the password it is, which stands nowhere', async () => {
    const { decisionId, runId, answer } = await pending('Known')
    const missing = expectError(await answer(ana), 403, 'FRESH_AUTHENTICATION_REQUIRED')
    expect(missing.details[0]).toMatchObject({ path: 'fresh_authentication', rule_id: 'RULE-GATE-004' })
    expect(expectStatus(await ana.client.decision(decisionId), 200).status).toBe('pending')
    expectStatus(await answer(ana, password), 200)
    const [, resolved] = await eventsOf(runId)
    expect(resolved.payload.fresh_authentication).toEqual({
      method: 'password',
      at: new Date(clock.now()).toISOString(),
    })
    expectStatus(await agent.mint(decisionId), 200)
    const told = (await allText()).map(({ canon }) => canon).join()
    expect(told).toContain('approval_resolved')
    expect(told).not.toContain(PASSWORD)
  })

  test('a wrong password is refused, and all that is left of it is an audit entry', async () => {
    const { decisionId, runId, answer } = await pending('Known')
    const refused = expectError(
      await answer(ana, { method: 'password', password: 'a wild guess' }),
      403,
      'WRONG_PASSWORD',
    )
    expect(refused.details[0]!.path).toBe('fresh_authentication.password')
    expect(await eventsOf(runId)).toHaveLength(1)
    const audit = (await auditEntries()).at(-1)
    expect(audit).toMatchObject({
      actor: ana.id,
      payload: { action: 'failed_login', resource_type: 'approval', resource_id: decisionId },
    })
    expect(JSON.stringify(audit)).not.toContain('wild guess')
  })

  test('rejecting needs no proof', async () => {
    const { decisionId } = await pending('Signed')
    expectStatus(await ana.client.resolve(decisionId, 'rejected'), 200)
  })

  test('keys approve nothing that wants a person, whatever they send along', async () => {
    const { decisionId, challenge, eventId } = await pending('Known')
    for (const fresh_authentication of [undefined, password, signed(challenge)]) {
      const answer = await agent.resolve(decisionId, 'approved', { fresh_authentication })
      expect(expectError(answer, 403, 'HUMAN_APPROVER_REQUIRED').message).toContain('sign in')
    }
    const byEvent = await agent.resolveEvent(eventId, 'approved', { fresh_authentication: password })
    expectError(byEvent, 403, 'HUMAN_APPROVER_REQUIRED')
  })

  test('a passkey does for a password, a password not for a passkey', async () => {
    const known = await pending('Known')
    expectStatus(await known.answer(ana, signed(known.challenge)), 200)
    const { answer } = await pending('Signed')
    expectError(await answer(ana, password), 403, 'FRESH_AUTHENTICATION_REQUIRED')
  })

  test('an approval with a passkey is verified offline, with the key as the one that the person registered', async () => {
    const { decisionId, challenge, answer } = await pending('Signed')
    expectStatus(await answer(ana, signed(challenge)), 200)
    const report = await verifyDecision(decisionId)
    expect(report.firstFault).toBeUndefined()
    expect(report).toMatchObject({ verdict: 'verified' })
    expect(report).not.toHaveProperty('notes')
    expect(report.checks).toContainEqual(expect.objectContaining({ name: 'fresh-authentication', ok: true }))
  })

  test.each([
    [
      'made for another payload',
      (own: { decisionId: string }) => ({
        challenge: approvalChallenge({
          tenant: 'default',
          decisionId: own.decisionId,
          payloadSha256: 'a'.repeat(64),
        }),
      }),
    ],
    ['made for nothing of ours', () => ({ challenge: 'AAAA' })],
    ['of another page', () => ({ origin: 'https://evil.example', relyingPartyId: 'countersign.example' })],
    ['for another relying party', () => ({ relyingPartyId: 'evil.example' })],
    ['that verified nobody', () => ({ userVerified: false })],
    ['whose counter went back', () => ({ counter: 0 })],
    ['of a registration', () => ({ type: 'webauthn.create' })],
  ])('an assertion %s is refused', async (_what, change) => {
    const own = await pending('Signed')
    const used = signed(own.challenge, change(own))
    expectError(await own.answer(ana, used), 403, 'PASSKEY_REFUSED')
    expect(await eventsOf(own.runId)).toHaveLength(1)
    // Any later counter is good again.
    expectStatus(await own.answer(ana, signed(own.challenge, { counter: nextCounter() })), 200)
  })

  test('an assertion is good for one decision, once', async () => {
    const first = await pending('Signed')
    const proof = signed(first.challenge, { counter: nextCounter() })
    expectStatus(await first.answer(ana, proof), 200)
    expectError(await first.answer(ana, proof), 409, 'DUPLICATE_APPROVAL')
    const second = await pending('Signed')
    expectError(await second.answer(ana, proof), 403, 'PASSKEY_REFUSED')
  })

  test('the passkey of another person proves nothing, and each of two votes needs its own', async () => {
    const { challenge, answer, runId } = await pending('Two')
    expectError(await answer(ben, signed(challenge, { counter: nextCounter() })), 403, 'PASSKEY_REFUSED')
    expectStatus(await answer(ana, signed(challenge, { counter: nextCounter() })), 200)
    const { authenticator: own } = await addPasskey(ben, ORIGIN)
    expectError(await answer(ben), 403, 'FRESH_AUTHENTICATION_REQUIRED')
    expect(expectStatus(await answer(ben, signed(challenge, {}, own)), 200).status).toBe('resolved')
    const proofs = (await eventsOf(runId)).slice(1).map(({ payload }) => payload.fresh_authentication)
    expect(proofs.map(({ credential_id }) => credential_id)).toEqual([passkey.credentialId, own.credentialId])
  })

  test('a signature that was changed on the way is refused', async () => {
    const { challenge, answer } = await pending('Signed')
    const proof = signed(challenge, { counter: nextCounter() })
    const { response } = proof.assertion
    const other = passkey.assert({ challenge, origin: ORIGIN, counter: nextCounter() }).response.signature
    const assertion = { ...proof.assertion, response: { ...response, signature: other } }
    expectError(await answer(ana, { ...proof, assertion }), 403, 'PASSKEY_REFUSED')
  })

  test('a policy that wants more by now than what an approval was given with voids it', async () => {
    const { decisionId } = await agent.pendingPurchase({ merchant: 'Later' })
    expectStatus(await ana.client.resolve(decisionId), 200)
    const policy = approvalPolicy('Later', { require_fresh_authentication: 'password' })
    expectStatus(await ana.client.post('/api/v1/policies', policy), 201)
    const { details } = expectError(await agent.mint(decisionId), 409, 'EXECUTION_DECISION_NOT_APPROVED')
    expect(details[0]!.message).toContain('want a password')
  })

  describe('passkeys', () => {
    test('a registration needs the password, and its challenge is good once and for five minutes', async () => {
      expectError(await ana.client.post(`${PASSKEYS}/options`, { password: 'no' }), 403, 'WRONG_PASSWORD')
      const begin = async () =>
        expectStatus(await ana.client.post(`${PASSKEYS}/options`, { password: PASSWORD }), 200)
      const { challenge, excludeCredentials, rp } = await begin()
      expect(rp.id).toBe('countersign.example')
      expect(excludeCredentials.map(({ id }: { id: string }) => id)).toContain(passkey.credentialId)
      const register = (of: string, more = {}) =>
        ana.client.post(PASSKEYS, {
          credential: createAuthenticator().register({ challenge: of, origin: ORIGIN, ...more }),
        })
      const { id } = expectStatus(await register(challenge), 201)
      expectError(await register(challenge), 409, 'PASSKEY_CHALLENGE_OVER')
      for (const wrong of [
        { origin: 'https://evil.example' },
        { relyingPartyId: 'evil.example' },
        { userVerified: false },
        { challenge: 'AAAA' },
        { type: 'webauthn.get' },
      ]) {
        expectError(await register((await begin()).challenge, wrong), 403, 'PASSKEY_REFUSED')
      }
      const late = await begin()
      clock.advance(5 * 60_000)
      expectError(await register(late.challenge), 409, 'PASSKEY_CHALLENGE_OVER')
      expectStatus(await server.call('DELETE', `${PASSKEYS}/${id}`, undefined, { headers: ana.headers }), 200)
    })

    test('are listed, named and removed by their owner alone; a removed one proves nothing', async () => {
      const cleo = await signUpColleague(server)
      const { authenticator: key } = await addPasskey(cleo, ORIGIN)
      const { passkeys } = expectStatus(await cleo.client.get(PASSKEYS), 200)
      expect(passkeys).toMatchObject([{ name: 'Key', credential_id: key.credentialId, last_used_at: null }])
      const path = `${PASSKEYS}/${passkeys[0].id}`
      const stranger = await signUp(server)
      for (const other of [ana, stranger]) {
        const { headers } = other
        expectError(await server.call('PATCH', path, { name: 'Mine' }, { headers }), 404, 'PASSKEY_NOT_FOUND')
        expectError(await server.call('DELETE', path, undefined, { headers }), 404, 'PASSKEY_NOT_FOUND')
      }
      const { headers } = cleo
      expect(expectStatus(await server.call('PATCH', path, { name: 'Blue' }, { headers }), 200).name).toBe(
        'Blue',
      )
      const proved = await pending('Signed')
      expectStatus(await proved.answer(cleo, signed(proved.challenge, {}, key)), 200)
      clock.advance(1000)
      expectStatus(await server.call('DELETE', path, undefined, { headers }), 200)
      const removed = { actor: cleo.id, payload: { credential_id: key.credentialId, owner: cleo.id } }
      expect((await eventsOf(passkeyRunOf(key.credentialId))).at(-1)).toMatchObject({
        kind: 'passkey_removed',
        ...removed,
      })
      // What it signed while it was good stays proved.
      expect(await verifyDecision(proved.decisionId)).toMatchObject({ verdict: 'verified' })
      expectError(
        await server.call('DELETE', `${PASSKEYS}/nonsense`, undefined, { headers }),
        404,
        'PASSKEY_NOT_FOUND',
      )
      const { challenge, answer } = await pending('Signed')
      expectError(await answer(cleo, signed(challenge, {}, key)), 403, 'PASSKEY_REFUSED')
    })

    test('a reset of the password by the operator ends them and what was begun, and the audit log tells of each', async () => {
      const dora = await signUpColleague(server)
      const { authenticator: key } = await addPasskey(dora, ORIGIN)
      const begin = async ({ client }: Pick<Person, 'client'>, of = PASSWORD) =>
        expectStatus(await client.post(`${PASSKEYS}/options`, { password: of }), 200).challenge
      const begun = await begin(dora)
      const { email } = dora
      await resetPassword(server.app.identity, email, 'a password anew', OPERATOR)
      const again = expectStatus(
        await server.post('/api/v1/auth/login', { email, password: 'a password anew' }),
        200,
      )
      const headers = { authorization: `Bearer ${again.access_token}` }
      const client = purchaseClient(server, { headers })
      expect(expectStatus(await client.get(PASSKEYS), 200).passkeys).toEqual([])
      const register = (challenge: string) =>
        client.post(PASSKEYS, { credential: createAuthenticator().register({ challenge, origin: ORIGIN }) })
      expectError(await register(begun), 409, 'PASSKEY_CHALLENGE_OVER')
      const removed = (await eventsOf(passkeyRunOf(key.credentialId))).at(-1)
      expect(removed).toMatchObject({
        kind: 'passkey_removed',
        actor: OPERATOR.id,
        payload: { owner: dora.id },
      })
      const told = (await auditEntries()).filter(({ actor }) => actor === OPERATOR.id).slice(-2)
      expect(told.map(({ payload }) => [payload.action, payload.resource_type, payload.changes])).toEqual([
        ['delete', 'passkey', { name: 'Key' }],
        ['update', 'user', { members: ['password', 'passkeys'] }],
      ])
      // So does one's own change of the password with what was begun; passkeys stay.
      const later = await begin({ client }, 'a password anew')
      const change = { current_password: 'a password anew', new_password: PASSWORD }
      expectStatus(await server.call('PATCH', '/api/v1/auth/me', change, { headers }), 200)
      expectError(await register(later), 409, 'PASSKEY_CHALLENGE_OVER')
    })

    test('a wrong password at a registration or at a change of the password stands in the audit log', async () => {
      const guess = 'a wild guess'
      expectError(await ben.client.post(`${PASSKEYS}/options`, { password: guess }), 403, 'WRONG_PASSWORD')
      const change = { current_password: guess, new_password: 'a password anew' }
      const { headers } = ben
      expectError(await server.call('PATCH', '/api/v1/auth/me', change, { headers }), 403, 'WRONG_PASSWORD')
      const told = (await auditEntries()).slice(-2)
      expect(told.map(({ actor, payload }) => [actor, payload.action, payload.resource_type])).toEqual([
        [ben.id, 'failed_login', 'passkey'],
        [ben.id, 'failed_login', 'user'],
      ])
      expect(JSON.stringify(told)).not.toContain('wild guess')
    })

    test('are for people: a key has none and makes none', async () => {
      expectError(await agent.get(PASSKEYS), 403, 'FORBIDDEN')
      expectError(await agent.post(`${PASSKEYS}/options`, { password: PASSWORD }), 403, 'FORBIDDEN')
    })
  })
})

test('where nobody signs in such a policy is refused with the reason', async () => {
  const server = await startTestServer()
  try {
    const person = await signUp(server)
    const policy = approvalPolicy('Known', { require_fresh_authentication: 'password' })
    const error = expectError(
      await person.client.post('/api/v1/policies', policy),
      422,
      'REQUEST_VALIDATION_ERROR',
    )
    expect(error.details[0]).toMatchObject({ code: 'NEEDS_SIGNED_IN_PEOPLE' })
    // Nor can a passkey be made for an address without a name.
    const passkey = await person.client.post(`${PASSKEYS}/options`, { password: PASSWORD })
    expect(expectError(passkey, 409, 'PASSKEYS_UNAVAILABLE').message).toContain('http://localhost')
  } finally {
    await server.close()
  }
})

test.each(DATABASES)(
  'wrong passwords of an approval are limited, right ones and strangers take nothing, on %s',
  async (database) => {
    const settings = { ...AUTH_SETTINGS, RATE_LIMIT_SIGN_IN: '4', RATE_LIMIT_ACCOUNT: '3' }
    const server = await startTestServer({ database, settings })
    try {
      const ana = await signUp(server)
      const policy = approvalPolicy('Known', { require_fresh_authentication: 'password' })
      expectStatus(await ana.client.post('/api/v1/policies', policy), 201)
      // Somebody at the same address guesses until the address is refused.
      const login = () => server.post('/api/v1/auth/login', { email: 'eve@example.com', password: 'x' })
      while ((await login()).status !== 429);
      const answer = async (password: string) => {
        const { decisionId } = await ana.client.pendingPurchase({ merchant: 'Known' })
        const fresh_authentication = { method: 'password', password }
        return {
          decisionId,
          answer: await ana.client.resolve(decisionId, 'approved', { fresh_authentication }),
        }
      }
      for (let times = 0; times < 5; times += 1) expectStatus((await answer(PASSWORD)).answer, 200)
      for (let tries = 0; tries < 3; tries += 1) {
        expectError((await answer('a wild guess')).answer, 403, 'WRONG_PASSWORD')
      }
      const refused = await answer(PASSWORD)
      expectError(refused.answer, 429, 'RATE_LIMITED')
      const options = await ana.client.post(`${PASSKEYS}/options`, { password: PASSWORD })
      expectError(options, 429, 'RATE_LIMITED')
      // Nobody is kept from saying no.
      expectStatus(await ana.client.resolve(refused.decisionId, 'rejected'), 200)
    } finally {
      await server.close()
    }
  },
)
