import { createRemoteJWKSet, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audienceOf, TOKEN_TYPE } from '../../src/kernel/tokens/verify-token.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { createTestClock, startTestServer, type TestServer } from '../harness/start-test-server.ts'
import {
  countRows,
  expectError,
  expectStatus,
  fresh,
  gate,
  type PurchaseClient,
  purchaseClient,
  receipt,
} from './purchase-client.ts'

const EXECUTOR = '/v1/executors/purchase.create'

describe.each(DATABASES)('execution tokens on %s', (database) => {
  const clock = createTestClock()
  let server: TestServer
  let client: PurchaseClient
  beforeAll(async () => {
    server = await startTestServer({ database, clock })
    client = purchaseClient(server)
  })
  afterAll(() => server.close())

  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
  /** A token that this installation really signed, with other claims or another type than it would mint. */
  const forge = (claims: object, typ = TOKEN_TYPE) => server.app.kernel.tokenKeys.sign({ typ }, claims)
  const refuse = async (token: string | null, code: string, body: object = { amount: 250 }) => {
    const before = await countRows(server)
    const error = expectError(await client.execute(token, { ...body }), 403, code)
    const path = code === 'EXECUTION_PAYLOAD_MISMATCH' ? 'payload' : 'authorization'
    expect(error.details[0]).toEqual({ path, message: expect.any(String), type: 'auth_error', code })
    expect(await countRows(server)).toEqual(before)
  }

  test('minting answers the documented members, and the token lives for 300 seconds', async () => {
    const { decisionId } = await client.approvedPurchase({ merchant: 'Acme' })
    const minted = expectStatus(await client.mint(decisionId), 200)
    expect(minted).toEqual({
      decision_id: decisionId,
      action: 'purchase.create',
      execution_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      expires_at: new Date(clock.now() + 300_000).toISOString().replace('.000Z', 'Z'),
      payload_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(claimsOf(minted.execution_token)).toEqual({
      iss: server.app.kernel.settings.installation,
      aud: 'countersign:executor:purchase.create',
      jti: expect.stringMatching(/^jti_/),
      iat: clock.now() / 1000,
      nbf: clock.now() / 1000,
      exp: clock.now() / 1000 + 300,
      decision_id: decisionId,
      act: 'purchase.create',
      payload_sha256: minted.payload_sha256,
      policy_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      tenant: 'default',
    })
  })

  test('anybody can verify a token with the published keys, which hold nothing private', async () => {
    const { token, decisionId } = await client.mintedPurchase()
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', server.address))
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      typ: 'exec+jwt',
      audience: audienceOf('purchase.create'),
      currentDate: new Date(clock.now()),
    })
    expect(payload.decision_id).toBe(decisionId)
    expect(protectedHeader).toMatchObject({ alg: 'EdDSA', typ: 'exec+jwt' })
    const published = expectStatus(await client.get('/.well-known/jwks.json'), 200)
    for (const key of published.keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x'])
    }
  })

  test('an unknown decision is 404; a pending and a rejected one are 409', async () => {
    const unknown = fresh('dec')
    const { details } = expectError(await client.mint(unknown), 404, 'APPROVAL_NOT_FOUND')
    expect(details[0]).toMatchObject({ path: 'decision_id', type: 'not_found' })
    const pending = await client.pendingPurchase()
    const rejected = await client.pendingPurchase()
    expectStatus(await client.resolve(rejected.decisionId, 'rejected'), 200)
    const authorized = expectStatus(await client.authorize({ amount: 900 }), 200)
    for (const decisionId of [pending.decisionId, rejected.decisionId, authorized.decision_id]) {
      const before = await countRows(server)
      const error = expectError(await client.mint(decisionId), 409, 'EXECUTION_DECISION_NOT_APPROVED')
      expect(error.message).toBe(`Decision '${decisionId}' is not approved for execution`)
      expect(error.details[0]).toMatchObject({ path: 'decision_id', type: 'state_conflict' })
      expect(await countRows(server)).toEqual(before)
    }
  })

  test.each([
    [{ amount: 0 }, 'amount', 'INVALID_AMOUNT'],
    [{ amount: '250' }, 'amount', 'INVALID_AMOUNT'],
    [{ currency: 'USD' }, 'currency', 'UNSUPPORTED_CURRENCY'],
    [{ merchant: ' ' }, 'merchant', 'REQUEST_VALIDATION_ERROR'],
    [{ surprise: 1 }, 'surprise', 'REQUEST_VALIDATION_ERROR'],
  ])('minting with %j is refused at its member', async (body, path, code) => {
    const { decisionId } = await client.approvedPurchase()
    const error = expectError(await client.mint(decisionId, body), 422, 'REQUEST_VALIDATION_ERROR')
    expect(error.details.map((detail) => [detail.path, detail.code])).toEqual([[path, code]])
  })

  test('a mint may repeat what was authorized and not change it', async () => {
    const { decisionId } = await client.approvedPurchase({ merchant: 'Acme' })
    for (const changed of [{ amount: 251 }, { merchant: 'Other' }, { amount: 250, merchant: 'acme' }]) {
      const error = expectError(await client.mint(decisionId, changed), 403, 'EXECUTION_PAYLOAD_MISMATCH')
      expect(error.details[0]).toMatchObject({ path: 'payload', type: 'auth_error' })
    }
    expectStatus(await client.mint(decisionId, { amount: 250, currency: 'EUR', merchant: 'Acme' }), 200)
  })

  test('a merchant that nobody named may be named when minting, and binds from then on', async () => {
    const { decisionId } = await client.approvedPurchase()
    const { execution_token } = expectStatus(await client.mint(decisionId, { merchant: 'Acme' }), 200)
    await refuse(execution_token, 'EXECUTION_PAYLOAD_MISMATCH', { amount: 250, merchant: 'Other' })
    const done = expectStatus(await client.execute(execution_token, { amount: 250, merchant: 'Acme' }), 200)
    expect(done).toEqual({
      status: 'executed',
      action: 'purchase.create',
      decision_id: decisionId,
      execution_id: expect.stringMatching(/^exec_/),
      executed_at: new Date(clock.now()).toISOString(),
      run_id: expect.any(String),
      result: { connector: 'book', order_id: expect.stringMatching(/^order_/) },
    })
  })

  test('an execution may not name a merchant where the token binds none', async () => {
    const { token } = await client.mintedPurchase()
    await refuse(token, 'EXECUTION_PAYLOAD_MISMATCH', { amount: 250, merchant: 'Acme' })
    await refuse(token, 'EXECUTION_PAYLOAD_MISMATCH', { amount: 250.01 })
    expectStatus(await client.execute(token, { amount: 250 }), 200)
  })

  test.each([
    ['nothing', {}],
    ['another scheme', { authorization: 'Basic abc' }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['a bare word', { authorization: 'Bearer' }],
  ])(
    'an execution with %s as authorization lacks a token',
    async (_name, headers: Record<string, string>) => {
      const answer = await client.post(EXECUTOR, { amount: 250, currency: 'EUR' }, { headers })
      const error = expectError(answer, 403, 'EXECUTION_TOKEN_MISSING')
      expect(error.message).toBe('Execution token is required')
    },
  )

  test('the body is checked before the token', async () => {
    const error = expectError(
      await client.execute(null, { amount: -1, currency: 'USD', x: 1 }),
      422,
      'REQUEST_VALIDATION_ERROR',
    )
    expect(error.details.map(({ path, code }) => [path, code])).toEqual([
      ['amount', 'INVALID_AMOUNT'],
      ['currency', 'UNSUPPORTED_CURRENCY'],
      ['x', 'REQUEST_VALIDATION_ERROR'],
    ])
    const missing = expectError(await client.post(EXECUTOR, {}), 422, 'REQUEST_VALIDATION_ERROR')
    expect(missing.details.map(({ code }) => code)).toEqual(['MISSING_AMOUNT', 'MISSING_CURRENCY'])
  })

  test('what is tampered with, unsigned, foreign or of another kind is invalid', async () => {
    const { token, decisionId } = await client.mintedPurchase()
    const [header, payload, signature] = token.split('.') as [string, string, string]
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = claimsOf(token)
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString())
    const other = await client.mintedPurchase()
    const foreign = await generateKeyPair('EdDSA')
    const signedBy = (key: typeof foreign.privateKey, alg: string, kidOf: string) =>
      new SignJWT(claims).setProtectedHeader({ alg, kid: kidOf, typ: TOKEN_TYPE }).sign(key)
    const flip = (text: string, at: number) =>
      text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)

    const forgeries: [string, string][] = [
      ['garbage', 'abc'],
      ['two parts', `${header}.${payload}`],
      ['a flipped signature', `${header}.${payload}.${flip(signature, 5)}`],
      ['no signature', `${header}.${payload}.`],
      ['flipped claims', `${header}.${flip(payload, 20)}.${signature}`],
      ['a higher amount', `${header}.${encode({ ...claims, payload_sha256: '0'.repeat(64) })}.${signature}`],
      ['alg none', `${encode({ alg: 'none', kid, typ: TOKEN_TYPE })}.${payload}.`],
      [
        'alg HS256 with the public key',
        `${encode({ alg: 'HS256', kid, typ: TOKEN_TYPE })}.${payload}.${signature}`,
      ],
      ['parts of two tokens', `${header}.${payload}.${other.token.split('.')[2]}`],
      ['a foreign key', await signedBy(foreign.privateKey, 'EdDSA', kid)],
      ['a foreign key of its own name', await signedBy(foreign.privateKey, 'EdDSA', 'mine')],
      ['another type', await forge(claims, 'JWT')],
      ['another installation', await forge({ ...claims, iss: 'countersign-other' })],
      ['another tenant', await forge({ ...claims, tenant: 'ten_other' })],
      ['no decision', await forge({ ...claims, decision_id: undefined })],
      ['a number as jti', await forge({ ...claims, jti: 5 })],
      ['a jti that was never minted', await forge({ ...claims, jti: 'jti_unknown' })],
      ['the decision of another token', await forge({ ...claims, decision_id: other.decisionId })],
      ['a future', await forge({ ...claims, nbf: claims.nbf + 60 })],
    ]
    for (const [name, forged] of forgeries) {
      expect([
        name,
        expectError(await client.execute(forged, { amount: 250 }), 403, 'EXECUTION_TOKEN_INVALID').message,
      ]).toEqual([name, 'Execution token is invalid'])
    }
    for (const changed of [{ act: 'purchase.refund' }, { aud: audienceOf('purchase.refund') }]) {
      await refuse(await forge({ ...claims, ...changed }), 'EXECUTION_ACTION_MISMATCH')
    }
    await refuse(await forge({ ...claims, payload_sha256: '0'.repeat(64) }), 'EXECUTION_PAYLOAD_MISMATCH')
    // None of them spent the token.
    expect(expectStatus(await client.execute(token, { amount: 250 }), 200).decision_id).toBe(decisionId)
  })

  test('a token works in its last millisecond and is expired in the one after it', async () => {
    const early = await client.mintedPurchase()
    const late = await client.mintedPurchase()
    clock.advance(299_999)
    expectStatus(await client.execute(early.token, { amount: 250 }), 200)
    clock.advance(1)
    await refuse(late.token, 'EXECUTION_TOKEN_EXPIRED')
    const { execution_token } = expectStatus(await client.mint(late.decisionId), 200)
    expectStatus(await client.execute(execution_token, { amount: 250 }), 200)
  })

  test('a used token is replayed, even after it expired', async () => {
    const { token } = await client.mintedPurchase()
    expectStatus(await client.execute(token, { amount: 250 }), 200)
    await refuse(token, 'EXECUTION_TOKEN_REPLAYED')
    clock.advance(400_000)
    await refuse(token, 'EXECUTION_TOKEN_REPLAYED')
  })

  test('two tokens of one decision lead to one execution', async () => {
    const { decisionId, token } = await client.mintedPurchase()
    const { execution_token: second } = expectStatus(await client.mint(decisionId), 200)
    const before = await countRows(server)
    const answers = await Promise.all([token, second].map((each) => client.execute(each, { amount: 250 })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    const refused = answers.find(({ status }) => status === 409)!
    expectError(refused, 409, 'EXECUTION_DECISION_ALREADY_EXECUTED')
    expectError(await client.mint(decisionId), 409, 'EXECUTION_DECISION_ALREADY_EXECUTED')
    const after = await countRows(server)
    expect(after.purchase_orders! - before.purchase_orders!).toBe(1)
    expect(after.effects! - before.effects!).toBe(1)
  })

  test('a decision that policy allowed is minted once, also when asked twice at once', async () => {
    const { decision_id } = expectStatus(await client.authorize({ amount: 20 }), 200)
    const answers = await Promise.all([
      client.mint(decision_id),
      client.mint(decision_id),
      client.mint(decision_id),
    ])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409])
    for (const answer of answers.filter(({ status }) => status === 409)) {
      expectError(answer, 409, 'EXECUTION_TOKEN_ALREADY_MINTED')
    }
    const { execution_token } = answers.find(({ status }) => status === 200)!.body
    expectStatus(await client.execute(execution_token, { amount: 20 }), 200)
  })

  test('RULE-GATE-005: nothing runs in a run that is over', async () => {
    const { decisionId, runId, token } = await client.mintedPurchase()
    await client.ingest(receipt(runId, { type: 'summary', timestamp: '2031-01-01T00:00:00Z' }))
    for (const answer of [await client.mint(decisionId), await client.execute(token, { amount: 250 })]) {
      expect(expectError(answer, 409, 'BUSINESS_RULE_VIOLATION').rule_ids).toEqual(['RULE-GATE-005'])
    }
  })

  test('an execution is told in the run and read with the decision', async () => {
    clock.advance(1)
    const { decisionId, runId, token } = await client.mintedPurchase({ merchant: 'Acme' })
    const done = expectStatus(await client.execute(token, { amount: 250, run_id: fresh('elsewhere') }), 200)
    expect(done.run_id).toBe(runId)
    const events = await client.events(runId)
    expect(events.map(({ payload }: { payload: { meta: { step: string } } }) => payload.meta.step)).toEqual([
      'approval_requested',
      'approval_approved',
      'execution_token_minted',
      'effect_intended',
      'purchase_executed',
    ])
    expect(events[3].payload.details).toContain('250.00 EUR to Acme')
    expect(JSON.stringify(events)).not.toContain(token)
    expect(expectStatus(await client.decision(decisionId), 200).execution).toEqual({
      execution_id: done.execution_id,
      status: 'completed',
      intended_at: expect.any(String),
      finished_at: done.executed_at,
      result: done.result,
    })
    const again = expectStatus(await client.get('/v1/executions?status=completed'), 200)
    expect(again.executions[0]).toMatchObject({
      execution_id: done.execution_id,
      decision_id: decisionId,
      run_id: runId,
      connector: 'book',
      payload: { amount: 250, currency: 'EUR', merchant: 'Acme' },
    })
  })

  test('after a rotation the old tokens hold, new ones are signed by the new key, and later the old key is gone', async () => {
    const old = await client.mintedPurchase()
    const kidOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid
    const rotated = expectStatus(await client.post('/api/v1/tokens/rotate'), 200)
    expect(rotated.retired).toBe(kidOf(old.token))
    const fresher = await client.mintedPurchase()
    expect(kidOf(fresher.token)).toBe(rotated.kid)
    const kids = async () =>
      expectStatus(await client.get('/.well-known/jwks.json'), 200).keys.map(
        ({ kid }: { kid: string }) => kid,
      )
    expect(await kids()).toEqual(expect.arrayContaining([rotated.kid, rotated.retired]))
    expectStatus(await client.execute(old.token, { amount: 250 }), 200)
    expectStatus(await client.execute(fresher.token, { amount: 250 }), 200)
    clock.advance(25 * 3600_000)
    expect(await kids()).not.toContain(rotated.retired)
    await refuse(old.token, 'EXECUTION_TOKEN_INVALID')
  })

  test('an approval that came before its purchase was authorized unlocks nothing', async () => {
    const context = { amount: 5000, request_id: fresh('req') }
    const { decision_id } = expectStatus(await client.authorize(context), 200)
    const other = await startTestServer({ database, clock })
    try {
      const elsewhere = purchaseClient(other)
      expectStatus(await elsewhere.register({ decision_id }), 200)
      expectStatus(await elsewhere.resolve(decision_id), 200)
      expect(expectStatus(await elsewhere.authorize(context), 200).decision_id).toBe(decision_id)
      expectError(await elsewhere.mint(decision_id), 409, 'EXECUTION_DECISION_NOT_APPROVED')
    } finally {
      await other.close()
    }
  })

  test('an action that is no purchase is never minted as one', async () => {
    const asked = { subject: { type: 'user', id: 'ana' }, resource: { type: 'order', id: '7' } }
    const denied = expectStatus(
      await client.post('/access/v1/evaluation', { ...asked, action: { name: 'order.cancel' } }),
      200,
    )
    expectError(await client.mint(denied.context.decision_id), 409, 'EXECUTION_DECISION_NOT_APPROVED')
    await client.ingest(gate(fresh('run'), {}, { decision_id: denied.context.decision_id }))
    expectStatus(await client.resolve(denied.context.decision_id), 200)
    expectError(await client.mint(denied.context.decision_id), 409, 'EXECUTION_DECISION_NOT_APPROVED')
  })
})
