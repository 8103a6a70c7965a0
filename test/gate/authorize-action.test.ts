import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DATABASES } from '../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import {
  countRows,
  expectError,
  expectStatus,
  fresh,
  type PurchaseClient,
  purchaseClient,
  receipt,
} from './purchase-client.ts'

const ROUTE = '/v1/mcp/authorize_action'
const intent = { action: 'purchase.create' }

describe.each(DATABASES)('authorize_action on %s', (database) => {
  let server: TestServer
  let client: PurchaseClient
  beforeAll(async () => {
    server = await startTestServer({ database })
    client = purchaseClient(server)
  })
  afterAll(() => server.close())

  test.each([
    [0, 'allow', 'POLICY_ALLOW_WITHIN_THRESHOLD'],
    [99.99, 'allow', 'POLICY_ALLOW_WITHIN_THRESHOLD'],
    [100, 'allow', 'POLICY_ALLOW_WITHIN_THRESHOLD'],
    [100.00000000000001, 'requires_approval', 'AMOUNT_ABOVE_THRESHOLD'],
    [100.01, 'requires_approval', 'AMOUNT_ABOVE_THRESHOLD'],
    [101, 'requires_approval', 'AMOUNT_ABOVE_THRESHOLD'],
    [1e308, 'requires_approval', 'AMOUNT_ABOVE_THRESHOLD'],
  ])('%d EUR is %s', async (amount, state, reason_code) => {
    expect(expectStatus(await client.authorize({ amount }), 200)).toEqual({
      decision_id: expect.stringMatching(/^dec_[0-9a-f]{16}$/),
      state,
      reason_code,
      reason: expect.stringMatching(/\S/),
      run_id: expect.stringMatching(/^run_/),
      payload_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      policy_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  test.each(['allow', 'requires_approval', 'deny', null])('the hint %s never decides', async (hint) => {
    const told = async (amount: number) =>
      expectStatus(await client.authorize({ amount, transport_decision_hint: hint }), 200).state
    expect([await told(100), await told(101)]).toEqual(['allow', 'requires_approval'])
  })

  test('the same request has the same id, whatever the order of its members and however numbers are written', async () => {
    const request_id = fresh('req')
    const sent = [
      `{"intent":{"action":"purchase.create"},"context":{"request_id":"${request_id}","amount":101,"currency":"EUR"}}`,
      `{"context":{"currency":"EUR","amount":101.0,"request_id":"${request_id}"},"intent":{"action":"purchase.create"}}`,
      `{"context":{"amount":1.01e2,"note":null,"currency":"EUR","request_id":"${request_id}"},"intent":{"action":"purchase.create"}}`,
    ]
    const ids = []
    for (const raw of sent)
      ids.push(expectStatus(await server.post(ROUTE, undefined, { raw }), 200).decision_id)
    expect(new Set(ids).size).toBe(1)
  })

  test('the id published for a request with request_id and user_id comes out', async () => {
    const context = { amount: 101, currency: 'EUR', request_id: 'q', user_id: 'u' }
    expect(expectStatus(await client.post(ROUTE, { intent, context }), 200).decision_id).toBe(
      'dec_f4a54c8c932e1093',
    )
  })

  test.each([
    ['request_id', { request_id: 'another' }],
    ['amount', { amount: 102 }],
    ['merchant', { merchant: 'Acme' }],
    ['hint', { transport_decision_hint: 'allow' }],
    ['a further member', { note: 'x' }],
  ])('another %s is another decision', async (_name, change) => {
    const base = { amount: 101, request_id: fresh('req') }
    const id = async (context: object) =>
      expectStatus(await client.authorize({ ...base, ...context }), 200).decision_id
    expect(await id(change)).not.toBe(await id({}))
  })

  test.each([
    [{ context: { amount: 1, currency: 'EUR' } }, [['intent', 'missing', 'MISSING_INTENT']]],
    [{ intent: 5, context: { amount: 1, currency: 'EUR' } }, [['intent', 'model_type', 'INVALID_INTENT']]],
    [
      { intent: {}, context: { amount: 1, currency: 'EUR' } },
      [['intent.action', 'missing', 'MISSING_ACTION']],
    ],
    [
      { intent: { action: 'purchase.refund' }, context: { amount: 1, currency: 'EUR' } },
      [['intent.action', 'literal_error', 'UNSUPPORTED_ACTION']],
    ],
    [
      { intent: { action: null }, context: { amount: 1, currency: 'EUR' } },
      [['intent.action', 'literal_error', 'UNSUPPORTED_ACTION']],
    ],
    [{ intent }, [['context', 'missing', 'MISSING_CONTEXT']]],
    [{ intent, context: [] }, [['context', 'model_type', 'INVALID_CONTEXT']]],
    [{ intent, context: { currency: 'EUR' } }, [['context.amount', 'missing', 'MISSING_AMOUNT']]],
    [
      { intent, context: { amount: null, currency: 'EUR' } },
      [['context.amount', 'float_type', 'INVALID_AMOUNT']],
    ],
    [
      { intent, context: { amount: '101', currency: 'EUR' } },
      [['context.amount', 'float_parsing', 'INVALID_AMOUNT']],
    ],
    [
      { intent, context: { amount: true, currency: 'EUR' } },
      [['context.amount', 'float_type', 'INVALID_AMOUNT']],
    ],
    [
      { intent, context: { amount: -0.01, currency: 'EUR' } },
      [['context.amount', 'greater_than_equal', 'INVALID_AMOUNT']],
    ],
    [{ intent, context: { amount: 1 } }, [['context.currency', 'missing', 'MISSING_CURRENCY']]],
    [
      { intent, context: { amount: 1, currency: 'USD' } },
      [['context.currency', 'literal_error', 'UNSUPPORTED_CURRENCY']],
    ],
    [
      { intent, context: { amount: 1, currency: 'eur' } },
      [['context.currency', 'literal_error', 'UNSUPPORTED_CURRENCY']],
    ],
    [
      { intent, context: { amount: 1, currency: 'EUR', transport_decision_hint: 'maybe' } },
      [['context.transport_decision_hint', 'literal_error', 'INVALID_TRANSPORT_DECISION_HINT']],
    ],
    [
      { intent: { ...intent, x: 1 }, context: { amount: 1, currency: 'EUR' } },
      [['intent.x', 'extra_forbidden', 'REQUEST_VALIDATION_ERROR']],
    ],
    [
      { intent, context: { amount: 1, currency: 'EUR' }, x: 1 },
      [['x', 'extra_forbidden', 'REQUEST_VALIDATION_ERROR']],
    ],
    [
      { intent: { action: 'x' }, context: { currency: 'USD', transport_decision_hint: 1 } },
      [
        ['context.amount', 'missing', 'MISSING_AMOUNT'],
        ['context.currency', 'literal_error', 'UNSUPPORTED_CURRENCY'],
        ['context.transport_decision_hint', 'literal_error', 'INVALID_TRANSPORT_DECISION_HINT'],
        ['intent.action', 'literal_error', 'UNSUPPORTED_ACTION'],
      ],
    ],
    [
      {},
      [
        ['context', 'missing', 'MISSING_CONTEXT'],
        ['intent', 'missing', 'MISSING_INTENT'],
      ],
    ],
  ])('%j is refused with every fault, and nothing is decided', async (body, expected) => {
    const before = await countRows(server)
    const answer = await client.post(ROUTE, body)
    const error = expectError(answer, 422, 'REQUEST_VALIDATION_ERROR')
    expect(error.message).toBe('authorize_action payload failed validation')
    expect(error.rule_ids).toBeUndefined()
    expect(error.details.map(({ path, type, code }) => [path, type, code])).toEqual(expected)
    expect(answer.body.decision_id).toBeUndefined()
    expect(await countRows(server)).toEqual(before)
  })

  test('the published words for the faults of the published examples', async () => {
    const fault = async (context: object, action = 'purchase.create') =>
      expectError(await client.post(ROUTE, { intent: { action }, context }), 422, 'REQUEST_VALIDATION_ERROR')
        .details[0]!.message
    const good = { amount: 1, currency: 'EUR' }
    expect(await fault(good, 'x')).toBe("Input should be 'purchase.create'")
    expect(await fault({ ...good, transport_decision_hint: 'x' })).toBe(
      "Input should be 'allow', 'requires_approval' or 'deny'",
    )
    expect(await fault({ currency: 'EUR' })).toBe('Field required')
    expect(await fault({ ...good, currency: 'USD' })).toBe("Input should be 'EUR'")
  })

  test('further members of the context are welcome, recorded and looked at by policy only', async () => {
    const { decision_id, run_id } = expectStatus(
      await client.authorize({ amount: 5, cart: [{ sku: 'a', n: 2 }], note: 'für Ana 💥' }),
      200,
    )
    const { body } = await client.get(`/v1/approvals/decisions/${decision_id}/audit-export`)
    const line = body.bundle.find((one: { kind?: string; canon?: string }) =>
      JSON.stringify(one).includes('decision_recorded'),
    )
    expect(JSON.stringify(line)).toContain('für Ana 💥')
    expect(run_id).toMatch(/^run_req_/)
  })

  test('a decision is recorded with its facts in the run that the request names, else in run_<request_id>, else in one of its own', async () => {
    const named = fresh('run')
    const request_id = fresh('req')
    const decided = [
      expectStatus(await client.authorize({ amount: 5, run_id: named }), 200),
      expectStatus(await client.authorize({ amount: 5, request_id }), 200),
      expectStatus(await client.authorize({ amount: 5, request_id: undefined, unique: fresh('x') }), 200),
    ]
    expect(decided.map(({ run_id }) => run_id)).toEqual([
      named,
      `run_${request_id}`,
      `run_${decided[2].decision_id}`,
    ])
    for (const { run_id, decision_id, reason_code } of decided) {
      const events = await client.events(run_id)
      expect(events).toHaveLength(1)
      expect(events[0].kind).toBe('decision_recorded')
      expect(events[0].payload).toMatchObject({
        type: 'decision',
        actor: 'system',
        confidence: 1,
        risk_level: 'low',
        requires_approval: false,
        approval: { status: 'not_required', decision_id },
        meta: { workflow: 'execution_gate', step: 'authorize_action_decision' },
        details: expect.stringContaining(reason_code),
      })
      expect(expectStatus(await client.status(run_id), 200).status).toBe('running')
    }
  })

  test('a decision for a run that is over is recorded aside, and the run stays as it was', async () => {
    const over = fresh('run')
    await client.ingest(receipt(over, { type: 'summary' }))
    const decided = expectStatus(await client.authorize({ amount: 5, run_id: over }), 200)
    expect(decided.run_id).toBe(`run_${decided.decision_id}`)
    expect(await client.events(over)).toHaveLength(1)
    expect(expectStatus(await client.status(over), 200).status).toBe('completed')
  })

  test('a decision does not count as the life of an approval', async () => {
    const { decision_id } = expectStatus(await client.authorize({ amount: 500 }), 200)
    expectError(await client.decision(decision_id), 404, 'APPROVAL_NOT_FOUND')
    expectStatus(await client.register({ decision_id }), 200)
  })

  test('a decision that was executed answers so, and a new request_id buys again', async () => {
    const context = { amount: 20, request_id: fresh('req') }
    const { decision_id } = expectStatus(await client.authorize(context), 200)
    const { execution_token } = expectStatus(await client.mint(decision_id), 200)
    const { execution_id } = expectStatus(await client.execute(execution_token, { amount: 20 }), 200)
    expect(expectStatus(await client.authorize(context), 200)).toMatchObject({
      decision_id,
      state: 'deny',
      reason_code: 'ALREADY_EXECUTED',
      execution_id,
    })
    expect(expectStatus(await client.authorize({ ...context, request_id: fresh('req') }), 200).state).toBe(
      'allow',
    )
  })

  test('every finite amount from 0 up is decided by the threshold alone', async () => {
    await fc.assert(
      // Beyond 2^53-1 an amount written in full digits is refused, as it may not be what was meant.
      fc.asyncProperty(fc.double({ min: 0, max: Number.MAX_SAFE_INTEGER, noNaN: true }), async (amount) => {
        const { state } = expectStatus(await client.authorize({ amount }), 200)
        expect(state).toBe(amount > 100 ? 'requires_approval' : 'allow')
      }),
      { numRuns: 20, examples: [[Number.MIN_VALUE], [Number.MAX_VALUE], [100 + Number.EPSILON * 64]] },
    )
  })
})

describe('the threshold', () => {
  test.each([
    ['250', 250],
    ['0.5', 0.5],
    ['much', 100],
    ['-5', 100],
  ])('set to %j is %d', async (setting, threshold) => {
    const server = await startTestServer({
      settings: { NIGHTLEDGER_PURCHASE_APPROVAL_THRESHOLD_EUR: setting },
    })
    try {
      const client = purchaseClient(server)
      const at = expectStatus(await client.authorize({ amount: threshold }), 200)
      const above = expectStatus(await client.authorize({ amount: threshold + 0.01 }), 200)
      expect([at.state, above.state]).toEqual(['allow', 'requires_approval'])
    } finally {
      await server.close()
    }
  })
})
