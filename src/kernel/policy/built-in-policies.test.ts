import { describe, expect, test } from 'vitest'
import { fieldsOf } from './action-fields.ts'
import { builtInPolicies } from './built-in-policies.ts'
import { compilePolicies } from './compile-policies.ts'
import type { CompilablePolicy, Condition, PolicyEffect } from './schema.ts'
import { ask, makePolicy, makeRequest } from './test-policy.ts'

const builtIn = builtInPolicies({ purchaseApprovalThreshold: 100 })
const isPurchase: Condition = { field: 'action', operator: 'equals', value: 'purchase.create' }

function buy(amount: unknown, ...tenantPolicies: CompilablePolicy[]) {
  const context = amount === undefined ? { currency: 'EUR' } : { amount, currency: 'EUR' }
  const action = 'purchase.create'
  return ask([...builtIn, ...tenantPolicies], makeRequest(context, { action, fields: fieldsOf(action) }))
}

const tenantRule = (effect: PolicyEffect, priority: number) =>
  makePolicy({ id: 'tenant', effect, priority, conditions: [isPurchase] })

describe('the purchase threshold is an ordinary pair of policies', () => {
  test.each([
    [0, 'allow', 'POLICY_ALLOW_WITHIN_THRESHOLD'],
    [99.99, 'allow', 'POLICY_ALLOW_WITHIN_THRESHOLD'],
    [100, 'allow', 'POLICY_ALLOW_WITHIN_THRESHOLD'],
    [100.01, 'require_approval', 'AMOUNT_ABOVE_THRESHOLD'],
    [101, 'require_approval', 'AMOUNT_ABOVE_THRESHOLD'],
    [Number.MAX_SAFE_INTEGER, 'require_approval', 'AMOUNT_ABOVE_THRESHOLD'],
  ])('%d: %s', (amount, effect, reasonCode) => {
    expect(buy(amount)).toMatchObject({ effect, reasonCode })
  })

  test('the margin is in the record', () => {
    const { matches, reason } = buy(101)
    expect(matches).toMatchObject([
      {
        policy_id: 'builtin.purchase_above_threshold',
        priority: 0,
        outcome: 'matched',
        conditions: [
          { field: 'action', actual: 'purchase.create', margin: null },
          { field: 'context.amount', operator: 'greater_than', value: 100, actual: 101, margin: 1 },
        ],
      },
    ])
    expect(reason).toBe(
      "A human must approve, by policy 'Purchases above the threshold': context.amount is 101, which is 1 above the limit of 100.",
    )
  })

  test.each([[undefined], [null], ['50'], [Number.NaN], [Number.POSITIVE_INFINITY], [[50]], [true]])(
    'an amount that is %j asks a human',
    (amount) =>
      expect(buy(amount)).toMatchObject({ effect: 'require_approval', reasonCode: 'POLICY_INDETERMINATE' }),
  )

  test('it says nothing about other actions', () => {
    expect(ask(builtIn, makeRequest({ amount: 500 }))).toMatchObject({ effect: 'none', indeterminate: [] })
  })

  test('the threshold is part of the version', () => {
    const other = builtInPolicies({ purchaseApprovalThreshold: 99 })
    expect(compilePolicies(other).version).not.toBe(compilePolicies(builtIn).version)
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'a threshold of %d does not compile',
    (purchaseApprovalThreshold) => {
      expect(() => compilePolicies(builtInPolicies({ purchaseApprovalThreshold }))).toThrow(
        'builtin.purchase',
      )
    },
  )
})

describe('a tenant may tighten it and never loosen it', () => {
  test.each([0, 100, 1_000_000])('an allow at priority %d leaves the question', (priority) => {
    expect(buy(101, tenantRule('allow', priority))).toMatchObject({ reasonCode: 'AMOUNT_ABOVE_THRESHOLD' })
  })

  test.each([0, 100, 1_000_000])('a question at priority %d beats the allow', (priority) => {
    expect(buy(50, tenantRule('require_approval', priority))).toMatchObject({
      effect: 'require_approval',
      decidedBy: 'tenant',
    })
  })

  test.each([0, 100, 1_000_000])('a deny at priority %d beats both', (priority) => {
    for (const amount of [50, 101]) expect(buy(amount, tenantRule('deny', priority)).effect).toBe('deny')
  })

  test('its terms of approval hold for the built-in question', () => {
    const terms = makePolicy({
      id: 'tenant',
      effect: 'require_approval',
      rule_expr: {
        conditions: [isPurchase],
        approval: { required_approvals: 2, forbid_self_approval: true },
      },
    })
    expect(buy(101, terms)).toMatchObject({
      reasonCode: 'AMOUNT_ABOVE_THRESHOLD',
      approval: { required_approvals: 2, forbid_self_approval: true },
    })
  })

  test('a policy of the same id cannot take its place', () => {
    expect(() => buy(101, { ...tenantRule('allow', 0), id: 'builtin.purchase_above_threshold' })).toThrow(
      'twice',
    )
  })
})
