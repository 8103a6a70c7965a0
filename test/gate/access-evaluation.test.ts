import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DATABASES } from '../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { AUTH_SETTINGS, denyPolicy, type Person, signUp } from './people.ts'
import { countRows, expectError, expectStatus, fresh, type PurchaseClient } from './purchase-client.ts'

const ONE = '/access/v1/evaluation'
const MANY = '/access/v1/evaluations'

describe.each(DATABASES)('AuthZEN on %s', (database) => {
  let server: TestServer
  let admin: Person
  let client: PurchaseClient
  beforeAll(async () => {
    server = await startTestServer({ database, settings: AUTH_SETTINGS })
    admin = await signUp(server)
    client = admin.client
    expectStatus(
      await client.post('/api/v1/policies', {
        ...denyPolicy('unused'),
        name: 'Reading is allowed to editors',
        effect: 'allow',
        reason_code: 'EDITORS_READ',
        rule_expr: {
          conditions: [
            { field: 'action', operator: 'equals', value: 'can_read' },
            { field: 'subject.role', operator: 'equals', value: 'editor' },
          ],
        },
      }),
      201,
    )
  })
  afterAll(() => server.close())

  const subject = { type: 'user', id: 'alice', properties: { role: 'editor' } }
  const resource = { type: 'document', id: '7' }
  const read = { name: 'can_read' }
  const write = { name: 'can_write' }
  const decisions = (body: { evaluations: { decision: boolean }[] }) =>
    body.evaluations.map(({ decision }) => decision)

  test('what a policy allows is true, with the decision recorded', async () => {
    const body = expectStatus(await client.post(ONE, { subject, action: read, resource }), 200)
    expect(body).toEqual({
      decision: true,
      context: {
        decision_id: expect.stringMatching(/^dec_[0-9a-f]{16}$/),
        state: 'allow',
        reason_code: 'EDITORS_READ',
        reason: expect.any(String),
        run_id: `run_${body.context.decision_id}`,
        policy_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        requestable: false,
      },
    })
    expect((await client.events(body.context.run_id))[0].kind).toBe('decision_recorded')
  })

  test('what no policy speaks about is denied', async () => {
    const body = expectStatus(await client.post(ONE, { subject, action: write, resource }), 200)
    expect(body).toMatchObject({ decision: false, context: { state: 'deny', requestable: false } })
  })

  test('what needs an approval is denied for now, and says that it can be requested', async () => {
    const purchase = {
      subject,
      action: { name: 'purchase.create' },
      resource,
      context: { amount: 500, currency: 'EUR', nonce: fresh('x') },
    }
    const body = expectStatus(await client.post(ONE, purchase), 200)
    expect(body).toMatchObject({
      decision: false,
      context: { state: 'requires_approval', reason_code: 'AMOUNT_ABOVE_THRESHOLD', requestable: true },
    })
    expectStatus(await client.register({ decision_id: body.context.decision_id }), 200)
  })

  test.each([
    { amount: 'much', currency: 'EUR' },
    { amount: -5, currency: 'EUR' },
    { amount: 5, currency: 'USD' },
    {},
  ])('a purchase of %j is no purchase here either', async (context) => {
    const purchase = { subject, action: { name: 'purchase.create' }, resource, context }
    expectError(await client.post(ONE, purchase), 422, 'REQUEST_VALIDATION_ERROR')
  })

  test('the subject of the body is a fact and never an identity', async () => {
    const asAdmin = {
      type: 'user',
      id: admin.id,
      properties: { role: 'editor', kind: 'user', tenant: 'default' },
    }
    const { context } = expectStatus(
      await client.post(ONE, { subject: asAdmin, action: write, resource }),
      200,
    )
    const [event] = await client.events(context.run_id)
    expect(event.authenticated_as).toBe(admin.id)
    const stranger = await signUp(server)
    const theirs = expectStatus(
      await stranger.client.post(ONE, { subject: asAdmin, action: write, resource }),
      200,
    )
    expect(theirs.context.decision_id).not.toBe(context.decision_id)
    expect((await stranger.client.events(theirs.context.run_id))[0].authenticated_as).toBe(stranger.id)
  })

  test('an id in the properties does not stand in for the id', async () => {
    const sly = { type: 'user', id: 'mallory', properties: { id: 'alice', role: 'editor' } }
    const [a, b] = [
      expectStatus(await client.post(ONE, { subject: sly, action: read, resource }), 200),
      expectStatus(await client.post(ONE, { subject, action: read, resource }), 200),
    ]
    expect(a.context.decision_id).not.toBe(b.context.decision_id)
  })

  test('unknown members are ignored, as the standard says, and do not change the decision', async () => {
    const request = { subject, action: read, resource }
    const plain = expectStatus(await client.post(ONE, request), 200)
    const more = expectStatus(await client.post(ONE, { ...request, future: { a: 1 } }), 200)
    expect(more.context.decision_id).toBe(plain.context.decision_id)
  })

  test.each([
    [{ action: read, resource }, 'subject'],
    [{ subject, resource }, 'action'],
    [{ subject, action: read }, 'resource'],
    [{ subject: { id: 'a' }, action: read, resource }, 'subject.type'],
    [{ subject: { type: 'user', id: '' }, action: read, resource }, 'subject.id'],
    [{ subject, action: {}, resource }, 'action.name'],
    [{ subject, action: read, resource: { type: 'x', id: 5 } }, 'resource.id'],
    [{ subject, action: read, resource, context: [] }, 'context'],
  ])('%j is refused at its fault, and nothing is decided', async (body, path) => {
    const before = await countRows(server)
    const error = expectError(await client.post(ONE, body), 422, 'REQUEST_VALIDATION_ERROR')
    expect(error.details.map((detail) => detail.path)).toEqual([path])
    expect(await countRows(server)).toEqual(before)
  })

  test('a batch takes what it leaves out from the top, and answers in order', async () => {
    const body = expectStatus(
      await client.post(MANY, {
        subject,
        resource,
        evaluations: [
          { action: read },
          { action: write },
          { action: read, subject: { type: 'user', id: 'bob' } },
        ],
      }),
      200,
    )
    expect(decisions(body)).toEqual([true, false, false])
  })

  test.each([
    ['execute_all', [true, false, true]],
    ['deny_on_first_deny', [true, false]],
    ['permit_on_first_permit', [true]],
  ])('the semantic %s leaves out what follows', async (evaluations_semantic, expected) => {
    const body = expectStatus(
      await client.post(MANY, {
        subject,
        resource,
        options: { evaluations_semantic },
        evaluations: [{ action: read }, { action: write }, { action: read }],
      }),
      200,
    )
    expect(decisions(body)).toEqual(expected)
  })

  test.each([[undefined], [[]]])('a batch with evaluations %j is one evaluation', async (evaluations) => {
    const body = expectStatus(await client.post(MANY, { subject, resource, action: read, evaluations }), 200)
    expect(body.decision).toBe(true)
  })

  test('a fault in one of a batch decides none, and is named by its place', async () => {
    const before = await countRows(server)
    const error = expectError(
      await client.post(MANY, { subject, resource, evaluations: [{ action: read }, {}] }),
      422,
      'REQUEST_VALIDATION_ERROR',
    )
    expect(error.details.map(({ path }) => path)).toEqual(['evaluations.1.action'])
    expectError(
      await client.post(MANY, { subject, resource, action: read, options: { evaluations_semantic: 'x' } }),
      422,
      'REQUEST_VALIDATION_ERROR',
    )
    expectError(
      await client.post(MANY, { subject, resource, evaluations: Array(101).fill({ action: read }) }),
      422,
      'REQUEST_VALIDATION_ERROR',
    )
    expect(await countRows(server)).toEqual(before)
  })

  test('what would be stored with a decision is limited, for one and for a batch that shares it, and nothing is decided', async () => {
    const before = await countRows(server)
    const large = { note: 'é'.repeat(40_000) }
    const refused = expectError(
      await client.post(ONE, { subject, action: read, resource, context: large }),
      413,
      'FACTS_TOO_LARGE',
    )
    expect(refused.details[0]!.message).toMatch(/at most 65536 bytes .* got 80\d{3}: context 80011, /)
    const evaluations = Array.from({ length: 100 }, (_, n) => ({
      resource: { type: 'document', id: `${n}` },
    }))
    const batch = { subject, action: read, context: { note: 'x'.repeat(60_000) }, evaluations }
    const { details } = expectError(await client.post(MANY, batch), 413, 'FACTS_TOO_LARGE')
    expect(details[0]!.message).toMatch(/at most 1048576 bytes .* got 6\d{6} in 100 evaluations/)
    const one = { ...batch, context: large, evaluations: evaluations.slice(0, 2) }
    expect(expectError(await client.post(MANY, one), 413, 'FACTS_TOO_LARGE').details[0]!.path).toBe(
      'evaluations.0',
    )
    expect(await countRows(server)).toEqual(before)
    const fits = { ...batch, evaluations: evaluations.slice(0, 10) }
    expect(decisions(expectStatus(await client.post(MANY, fits), 200))).toHaveLength(10)
  })

  test('the configuration says where the endpoints are, to anybody', async () => {
    const body = expectStatus(await server.get('/.well-known/authzen-configuration'), 200)
    expect(body).toEqual({
      policy_decision_point: server.address,
      access_evaluation_endpoint: `${server.address}${ONE}`,
      access_evaluations_endpoint: `${server.address}${MANY}`,
    })
  })
})
