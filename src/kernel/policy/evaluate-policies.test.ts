import { describe, expect, test } from 'vitest'
import { fieldsOf } from './action-fields.ts'
import { compilePolicies } from './compile-policies.ts'
import { evaluatePolicies } from './evaluate-policies.ts'
import type { CompilablePolicy, Condition, PolicyEffect } from './schema.ts'
import { ask, idsOf, makePolicy, makeRequest } from './test-policy.ts'

const always: Condition[] = [{ field: 'action', operator: 'exists' }]
const never: Condition[] = [{ field: 'action', operator: 'not_exists' }]
const onMissing: Condition[] = [{ field: 'context.missing', operator: 'equals', value: true }]

function makeRule(
  id: string,
  effect: PolicyEffect,
  priority: number,
  conditions: Condition[] = always,
): CompilablePolicy {
  const rule_expr = { conditions, ...(effect === 'modify' && { modify: { cost_limit_cents: 5 } }) }
  return makePolicy({ id, effect, priority, rule_expr })
}
const request = makeRequest({})

describe('precedence', () => {
  test('nothing matching decides nothing', () => {
    const nothing = {
      effect: 'none',
      reasonCode: 'POLICY_NO_MATCH',
      decidedBy: null,
      matches: [],
      approval: null,
    }
    expect(ask([], request)).toMatchObject(nothing)
    expect(ask([makeRule('a', 'deny', 0, never)], request)).toMatchObject(nothing)
  })

  test('a matching deny wins whatever its priority', () => {
    const verdict = ask(
      [makeRule('a', 'allow', 0), makeRule('d', 'deny', 1_000_000), makeRule('r', 'require_approval', 0)],
      request,
    )
    expect(verdict).toMatchObject({
      effect: 'deny',
      decidedBy: 'd',
      reasonCode: 'POLICY_DENIED',
      approval: null,
    })
  })

  test('of two denials the one with the lower number is named', () => {
    const verdict = ask([makeRule('d2', 'deny', 9), makeRule('d1', 'deny', 5)], request)
    expect(verdict).toMatchObject({ decidedBy: 'd1' })
    expect(idsOf(verdict.matches)).toEqual(['d1', 'd2'])
  })

  test('without a deny the lower number goes first', () => {
    const asking = makeRule('r', 'require_approval', 50)
    expect(ask([asking, makeRule('a', 'allow', 49)], request)).toMatchObject({
      effect: 'allow',
      decidedBy: 'a',
    })
    expect(ask([asking, makeRule('a', 'allow', 51)], request)).toMatchObject({
      effect: 'require_approval',
      decidedBy: 'r',
      reasonCode: 'POLICY_APPROVAL_REQUIRED',
    })
  })

  test('at a tie the stricter one wins, and every match is in that order', () => {
    const rules = [
      makeRule('1', 'allow', 7),
      makeRule('2', 'modify', 7),
      makeRule('3', 'require_approval', 7),
      makeRule('4', 'deny', 7),
    ]
    expect(idsOf(ask(rules, request).matches)).toEqual(['4', '3', '2', '1'])
    expect(ask(rules, request).effect).toBe('deny')
    expect(ask(rules.slice(0, 3), request).effect).toBe('require_approval')
    expect(ask(rules.slice(0, 2), request).effect).toBe('allow')
    expect(ask(rules.slice(1, 2), request).effect).toBe('none')
  })

  test('modify decides nothing but adds up, wherever it stands', () => {
    const verdict = ask([makeRule('a', 'allow', 1), makeRule('m', 'modify', 900)], request)
    expect(verdict).toMatchObject({ effect: 'allow', decidedBy: 'a', modify: { cost_limit_cents: 5 } })
  })

  test('a policy may name its own reason code', () => {
    const policy = { ...makeRule('a', 'allow', 1), reason_code: 'TRUSTED' }
    expect(ask([policy], request).reasonCode).toBe('TRUSTED')
    expect(ask([makeRule('a', 'allow', 1)], request).reasonCode).toBe('POLICY_ALLOW')
  })

  test('a disabled policy has no say', () => {
    expect(ask([{ ...makeRule('d', 'deny', 1), enabled: false }], request).effect).toBe('none')
  })
})

describe('three-valued logic', () => {
  const holds: Condition = { field: 'context.yes', operator: 'equals', value: true }
  const fails: Condition = { field: 'context.yes', operator: 'equals', value: false }
  const unknown: Condition = { field: 'context.missing', operator: 'equals', value: true }
  const outOfReach: Condition = { field: 'tool.id', operator: 'equals', value: 'x' }

  test.each<['AND' | 'OR', string, Condition[], 'matched' | 'indeterminate' | 'not matched']>([
    ['AND', 'true, true', [holds, holds], 'matched'],
    ['AND', 'true, false', [holds, fails], 'not matched'],
    ['AND', 'true, unknown', [holds, unknown], 'indeterminate'],
    ['AND', 'false, unknown', [fails, unknown], 'not matched'],
    ['AND', 'unknown, false', [unknown, fails], 'not matched'],
    ['AND', 'unknown, unknown', [unknown, unknown], 'indeterminate'],
    ['AND', 'true, out of reach', [holds, outOfReach], 'not matched'],
    ['AND', 'unknown, out of reach', [unknown, outOfReach], 'not matched'],
    ['OR', 'false, false', [fails, fails], 'not matched'],
    ['OR', 'false, true', [fails, holds], 'matched'],
    ['OR', 'true, unknown', [holds, unknown], 'matched'],
    ['OR', 'unknown, true', [unknown, holds], 'matched'],
    ['OR', 'false, unknown', [fails, unknown], 'indeterminate'],
    ['OR', 'out of reach, true', [outOfReach, holds], 'matched'],
    ['OR', 'out of reach, unknown', [outOfReach, unknown], 'indeterminate'],
    ['OR', 'out of reach, false', [outOfReach, fails], 'not matched'],
    ['OR', 'out of reach alone', [outOfReach], 'not matched'],
  ])('%s of %s: %s%s', (logic, _values, conditions, expected) => {
    const { matches, indeterminate } = ask(
      [makePolicy({ id: 'p', conditions, logic })],
      makeRequest({ yes: true }),
    )
    expect(matches.length).toBe(expected === 'matched' ? 1 : 0)
    expect(indeterminate.length).toBe(expected === 'indeterminate' ? 1 : 0)
  })
})

describe('what may hold escalates', () => {
  const allow = makeRule('a', 'allow', 1)

  test.each<PolicyEffect>(['deny', 'require_approval'])(
    'a %s that may hold turns an allow into a question',
    (effect) => {
      const verdict = ask([allow, makeRule('i', effect, 900, onMissing)], request)
      expect(verdict).toMatchObject({
        effect: 'require_approval',
        reasonCode: 'POLICY_INDETERMINATE',
        decidedBy: 'i',
        reason: "A human must decide, as policy 'Policy i' may hold: context.missing is missing.",
      })
      expect(idsOf(verdict.matches)).toEqual(['a'])
      expect(idsOf(verdict.indeterminate)).toEqual(['i'])
    },
  )

  test.each<PolicyEffect>(['allow', 'modify'])('a %s that may hold does not', (effect) => {
    expect(ask([allow, makeRule('i', effect, 0, onMissing)], request)).toMatchObject({
      effect: 'allow',
      decidedBy: 'a',
    })
    expect(ask([makeRule('i', effect, 0, onMissing)], request).effect).toBe('none')
  })

  test('it never loosens a deny, and leaves a question its own reason', () => {
    const possible = makeRule('i', 'deny', 0, onMissing)
    expect(ask([possible, makeRule('d', 'deny', 9)], request)).toMatchObject({
      effect: 'deny',
      decidedBy: 'd',
    })
    expect(ask([possible, makeRule('r', 'require_approval', 9)], request)).toMatchObject({
      reasonCode: 'POLICY_APPROVAL_REQUIRED',
      decidedBy: 'r',
    })
  })

  test('a possible deny is named before a possible question', () => {
    const rules = [makeRule('r', 'require_approval', 0, onMissing), makeRule('d', 'deny', 9, onMissing)]
    expect(ask(rules, request).decidedBy).toBe('d')
  })

  test('where nothing matches and the default is a denial, it stays one', () => {
    const rules = [makeRule('d', 'deny', 1, onMissing)]
    expect(ask(rules, request).effect).toBe('require_approval')
    expect(ask(rules, { ...request, unmatched: 'allow' }).effect).toBe('require_approval')
    expect(ask(rules, { ...request, unmatched: 'deny' })).toMatchObject({
      effect: 'none',
      reasonCode: 'POLICY_NO_MATCH',
      reason: "No policy decides about 'demo.act', as 'Policy d' only may hold: context.missing is missing.",
    })
    expect(ask([allow, ...rules], { ...request, unmatched: 'deny' }).reasonCode).toBe('POLICY_INDETERMINATE')
  })

  test('not_equals on a missing field is no way past a deny', () => {
    const conditions: Condition[] = [{ field: 'context.country', operator: 'not_equals', value: 'DE' }]
    expect(ask([allow, makeRule('d', 'deny', 1, conditions)], request).effect).toBe('require_approval')
  })
})

describe('scopes', () => {
  const scopes = ['app', 'tool', 'workflow', 'agent'] as const

  test.each(['global', 'tenant'] as const)('%s holds everywhere', (scope) => {
    expect(ask([{ ...makeRule('p', 'deny', 1), scope }], request).effect).toBe('deny')
  })

  test.each(scopes)('%s holds for the one it names and for no other', (scope) => {
    const policies = [{ ...makeRule('p', 'deny', 1), scope, scope_id: 'x' }]
    expect(ask(policies, { ...request, scopeIds: { [scope]: 'x' } }).effect).toBe('deny')
    expect(ask(policies, { ...request, scopeIds: { [scope]: 'y' } }).effect).toBe('none')
    expect(ask(policies, request).effect).toBe('none')
    const others = Object.fromEntries(scopes.filter((other) => other !== scope).map((other) => [other, 'x']))
    expect(ask(policies, { ...request, scopeIds: others }).effect).toBe('none')
  })

  test('out of its scope a rule that may hold escalates nothing', () => {
    const policy = { ...makeRule('p', 'deny', 1, onMissing), scope: 'agent' as const, scope_id: 'x' }
    expect(ask([policy], request).effect).toBe('none')
    expect(ask([policy], { ...request, scopeIds: { agent: 'x' } }).effect).toBe('require_approval')
  })

  test.each(['a', 'tool.a'])('a tool is the same with and without its alias: %s', (tool) => {
    for (const scope_id of ['a', 'tool.a']) {
      const policy = { ...makeRule('p', 'deny', 1), scope: 'tool' as const, scope_id }
      expect(ask([policy], { ...request, scopeIds: { tool } }).effect).toBe('deny')
    }
  })
})

test("the seed's example denies a high-risk tool in auto mode, and says nothing at the start of a run", () => {
  const seed = makePolicy({
    id: 'p',
    scope: 'global',
    effect: 'deny',
    conditions: [
      { field: 'tool.risk_level', operator: 'equals', value: 'high' },
      { field: 'run.mode', operator: 'equals', value: 'auto' },
    ],
  })
  const call = (risk_level: string, mode: string) =>
    ask([seed], {
      action: 'tool_call',
      fields: fieldsOf('tool_call'),
      facts: { tool: { id: 't', risk_level }, run: { id: 'run_1', mode } },
      scopeIds: {},
    })
  expect(call('high', 'auto').effect).toBe('deny')
  expect(call('high', 'draft').effect).toBe('none')
  expect(call('low', 'auto').effect).toBe('none')
  const start = {
    action: 'run_start',
    fields: fieldsOf('run_start'),
    facts: { run: { mode: 'auto' } },
    scopeIds: {},
  }
  expect(ask([seed], start)).toMatchObject({ effect: 'none', indeterminate: [] })
})

describe('policies that the asking key carries', () => {
  const bound = (id: string, effect: PolicyEffect, more: object = {}) => ({
    ...makeRule(id, effect, 100),
    scope: 'agent' as const,
    scope_id: 'nobody',
    ...more,
  })
  const byKey = (key_policies: string[], unmatched: 'allow' | 'deny' = 'deny') =>
    makeRequest({}, { facts: { context: {}, user: { id: 'key:1', key_id: '1', key_policies } }, unmatched })
  const allowing = makeRule('a', 'allow', 0)

  test('one of them asks or denies whatever the priority of what allows; without the key it has no say', () => {
    expect(ask([allowing, bound('r', 'require_approval')], byKey(['r']))).toMatchObject({
      effect: 'require_approval',
      decidedBy: 'r',
      approval: { required_approvals: 1 },
    })
    expect(ask([allowing, bound('d', 'deny')], byKey(['d']))).toMatchObject({
      effect: 'deny',
      decidedBy: 'd',
    })
    expect(ask([allowing, bound('d', 'deny')], byKey([]))).toMatchObject({ effect: 'allow', decidedBy: 'a' })
  })

  test('none of them lifts a denial: not by allowing, and not by asking about what nothing allows', () => {
    expect(ask([bound('r', 'require_approval')], byKey(['r']))).toMatchObject({ effect: 'none' })
    expect(ask([bound('r', 'require_approval')], byKey(['r'], 'allow'))).toMatchObject({
      effect: 'require_approval',
    })
  })

  test('where one is gone, allows now or is in shadow, the key may do nothing', () => {
    const missing = { effect: 'deny', reasonCode: 'KEY_POLICY_MISSING', decidedBy: null }
    expect(ask([allowing], byKey(['gone']))).toMatchObject(missing)
    expect(ask([allowing, bound('x', 'allow')], byKey(['x']))).toMatchObject(missing)
    expect(
      ask([allowing, bound('r', 'require_approval', { scope: 'tenant', scope_id: null })], byKey(['r'])),
    ).toMatchObject(missing)
    const shadowed = compilePolicies([allowing], [bound('d', 'deny')])
    expect(evaluatePolicies(shadowed, byKey(['d'], 'allow'))).toMatchObject(missing)
  })

  test('their limits count and their draft, not their auto', () => {
    const modify = (mode: 'auto' | 'draft') =>
      bound('m', 'modify', { rule_expr: { conditions: always, modify: { mode, llm_calls_limit: 3 } } })
    expect(ask([modify('auto')], byKey(['m'])).modify).toEqual({ llm_calls_limit: 3 })
    expect(ask([modify('draft')], byKey(['m'])).modify).toEqual({ mode: 'draft', llm_calls_limit: 3 })
  })

  test('a policy names a key by its id, and is out of reach of people', () => {
    const named = makeRule('k', 'deny', 0, [{ field: 'user.key_id', operator: 'equals', value: '1' }])
    expect(ask([named], byKey([]))).toMatchObject({ effect: 'deny' })
    const person = makeRequest({}, { facts: { context: {}, user: { id: 'user:1' } } })
    expect(ask([named], person)).toMatchObject({ effect: 'none', indeterminate: [] })
  })
})
