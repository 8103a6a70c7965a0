import { describe, expect, test } from 'vitest'
import type { CompilablePolicy, Condition } from './schema.ts'
import { ask, makePolicy, makeRequest } from './test-policy.ts'

const always: Condition[] = [{ field: 'action', operator: 'exists' }]
const onMissing: Condition[] = [{ field: 'context.missing', operator: 'equals', value: true }]
const request = makeRequest({})

describe('modifications only tighten', () => {
  const modify = (
    id: string,
    set: NonNullable<CompilablePolicy['rule_expr']['modify']>,
    conditions = always,
  ) => makePolicy({ id, effect: 'modify', rule_expr: { conditions, modify: set } })

  test('the smallest limit and draft win, in any order', () => {
    const rules = [
      modify('1', { mode: 'draft', cost_limit_cents: 500, llm_calls_limit: 0 }),
      modify('2', { mode: 'auto', cost_limit_cents: 200, latency_slo_ms: 1000 }),
      modify('3', { cost_limit_cents: 900, llm_calls_limit: 4 }),
    ]
    const expected = { mode: 'draft', cost_limit_cents: 200, llm_calls_limit: 0, latency_slo_ms: 1000 }
    expect(ask(rules, request).modify).toEqual(expected)
    expect(ask([...rules].reverse(), request).modify).toEqual(expected)
  })

  test('a policy that may hold sets its limits and draft, but never auto', () => {
    expect(ask([modify('1', { mode: 'draft', llm_calls_limit: 3 }, onMissing)], request).modify).toEqual({
      mode: 'draft',
      llm_calls_limit: 3,
    })
    expect(ask([modify('1', { mode: 'auto' }, onMissing)], request).modify).toEqual({})
    expect(ask([modify('1', { mode: 'auto' })], request).modify).toEqual({ mode: 'auto' })
  })
})

describe('an approval needs what the strictest of all asking policies wants', () => {
  const asking = (
    id: string,
    approval: NonNullable<CompilablePolicy['rule_expr']['approval']> | undefined,
    conditions = always,
  ) =>
    makePolicy({ id, effect: 'require_approval', rule_expr: { conditions, ...(approval && { approval }) } })

  test('without terms, one approval and no expiry of its own', () => {
    expect(ask([asking('1', undefined)], request).approval).toEqual({
      required_approvals: 1,
      forbid_self_approval: false,
      expires_in_seconds: null,
    })
  })

  test('most approvals, any ban on approving for oneself, soonest expiry', () => {
    const rules = [
      asking('1', { required_approvals: 2, expires_in_seconds: 600 }),
      asking('2', { forbid_self_approval: true, expires_in_seconds: 60 }),
      asking('3', { required_approvals: 1, forbid_self_approval: false, expires_in_seconds: 3600 }),
    ]
    expect(ask(rules, request).approval).toEqual({
      required_approvals: 2,
      forbid_self_approval: true,
      expires_in_seconds: 60,
    })
  })

  test('a passkey wins over a password, in any order, and none is wanted where no policy asks', () => {
    const rules = [
      asking('1', { require_fresh_authentication: 'password' }),
      asking('2', { require_fresh_authentication: 'passkey' }),
      asking('3', { require_fresh_authentication: 'password' }),
      asking('4', undefined),
    ]
    const wanted = (policies: typeof rules) => ask(policies, request).approval?.require_fresh_authentication
    expect(wanted(rules)).toBe('passkey')
    expect(wanted([...rules].reverse())).toBe('passkey')
    expect(wanted([rules[0]!, rules[3]!])).toBe('password')
    expect(ask([rules[3]!], request).approval).not.toHaveProperty('require_fresh_authentication')
    expect(
      ask([asking('1', { require_fresh_authentication: 'passkey' }, onMissing)], request).approval,
    ).toMatchObject({
      require_fresh_authentication: 'passkey',
    })
  })

  test('one that may hold counts too', () => {
    expect(ask([asking('1', { required_approvals: 3 }, onMissing)], request).approval).toMatchObject({
      required_approvals: 3,
    })
  })

  test('there is none where an allow goes first', () => {
    expect(
      ask(
        [makePolicy({ id: 'a', priority: 0, conditions: always }), asking('1', { required_approvals: 3 })],
        request,
      ),
    ).toMatchObject({
      effect: 'allow',
      approval: null,
    })
  })
})
