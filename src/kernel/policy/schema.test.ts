import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Condition, Policy, PolicyExplanation, PolicyInput, PolicyPatch } from './schema.ts'

const condition = { field: 'context.amount', operator: 'greater_than', value: 100 }
const input = { name: 'Limit', scope: 'tenant', effect: 'deny', rule_expr: { conditions: [condition] } }

const pathsOf = (schema: z.ZodType, value: unknown) =>
  schema.safeParse(value).error?.issues.map(({ path }) => path.join('.')) ?? []

describe('a policy is written with what it says and nothing else', () => {
  test("the seed's own example is a policy", () => {
    const seed = {
      name: 'Restrict High Risk Tools',
      description: 'Deny high risk tools in auto mode',
      scope: 'global',
      rule_expr: {
        conditions: [
          { field: 'tool.risk_level', operator: 'equals', value: 'high' },
          { field: 'run.mode', operator: 'equals', value: 'auto' },
        ],
        logic: 'AND',
      },
      effect: 'deny',
      priority: 100,
    }
    expect(PolicyInput.parse(seed)).toEqual({
      ...seed,
      scope_id: null,
      reason_code: null,
      enabled: true,
      mode: 'enforce',
    })
  })

  test('left out, logic is AND, priority 100, enabled true, mode enforce and the rest null', () => {
    expect(PolicyInput.parse(input)).toEqual({
      ...input,
      rule_expr: { conditions: [condition], logic: 'AND' },
      description: null,
      scope_id: null,
      reason_code: null,
      priority: 100,
      enabled: true,
      mode: 'enforce',
    })
  })

  test('a change carries only what it changes: no default comes back', () => {
    expect(PolicyPatch.parse({ name: 'Other' })).toEqual({ name: 'Other' })
    expect(pathsOf(PolicyPatch, { id: 'pol_1' })).toEqual([''])
  })

  test.each([
    ['the root', { ...input, extra: 1 }, ''],
    ['the rule', { ...input, rule_expr: { conditions: [condition], else: 1 } }, 'rule_expr'],
    [
      'a condition',
      { ...input, rule_expr: { conditions: [{ ...condition, note: 'x' }] } },
      'rule_expr.conditions.0',
    ],
    [
      'what is modified',
      { ...input, effect: 'modify', rule_expr: { conditions: [condition], modify: { input: {} } } },
      'rule_expr.modify',
    ],
    [
      'the approval',
      { ...input, effect: 'require_approval', rule_expr: { conditions: [condition], approval: { by: 'x' } } },
      'rule_expr.approval',
    ],
  ])('an unknown member is refused in %s', (_where, value, path) => {
    expect(pathsOf(PolicyInput, value)).toContain(path)
  })

  test.each([
    ['no conditions', { rule_expr: { conditions: [] } }, 'rule_expr.conditions'],
    ['51 conditions', { rule_expr: { conditions: Array(51).fill(condition) } }, 'rule_expr.conditions'],
    ['logic xor', { rule_expr: { conditions: [condition], logic: 'XOR' } }, 'rule_expr.logic'],
    ['priority -1', { priority: -1 }, 'priority'],
    ['priority above a million', { priority: 1_000_001 }, 'priority'],
    ['priority 1.5', { priority: 1.5 }, 'priority'],
    ['an unknown effect', { effect: 'permit' }, 'effect'],
    ['a reason code in small letters', { reason_code: 'too_much' }, 'reason_code'],
    ['a blank name', { name: '  ' }, 'name'],
    ['a name with half a surrogate pair', { name: 'a\uD800' }, 'name'],
    ['a name with NUL', { name: 'a\0' }, 'name'],
    ['an id with scope tenant', { scope_id: 'x' }, 'scope_id'],
    ['no id with scope app', { scope: 'app' }, 'scope_id'],
    ['an empty tool id', { scope: 'tool', scope_id: 'tool.' }, 'scope_id'],
    ['modify with nothing to set', { effect: 'modify' }, 'rule_expr.modify'],
    [
      'modify that sets {}',
      { effect: 'modify', rule_expr: { conditions: [condition], modify: {} } },
      'rule_expr.modify',
    ],
    [
      'deny that sets something',
      { rule_expr: { conditions: [condition], modify: { mode: 'draft' } } },
      'rule_expr.modify',
    ],
    [
      'deny with terms of approval',
      { rule_expr: { conditions: [condition], approval: { required_approvals: 2 } } },
      'rule_expr.approval',
    ],
    [
      'eleven approvals',
      {
        effect: 'require_approval',
        rule_expr: { conditions: [condition], approval: { required_approvals: 11 } },
      },
      'rule_expr.approval.required_approvals',
    ],
  ])('%s is refused', (_what, change, path) => {
    expect(pathsOf(PolicyInput, { ...input, ...change })).toContain(path)
  })

  test('OpenAPI can describe every shape, for requests and answers', () => {
    for (const schema of [PolicyInput, PolicyPatch, Policy, PolicyExplanation]) {
      expect(z.toJSONSchema(schema, { io: 'input' })).toHaveProperty('properties.name')
      expect(z.toJSONSchema(schema, { io: 'output' })).toHaveProperty('properties.name')
    }
  })
})

describe('a condition names a field that some request has', () => {
  test.each([
    'action',
    'context.amount',
    'context.a.b-c.d_1',
    'run.input',
    'run.input.customer.tier',
    'tool.risk_level',
  ])('%s', (field) => expect(Condition.safeParse({ field, operator: 'exists' }).success).toBe(true))

  test.each([
    'context.__proto__',
    'context.constructor.name',
    'resource.prototype',
    '__proto__.polluted',
    'constructor',
    'toString.x',
    'riskLevel',
    'tol.risk_level',
    'tool.risk_levl',
    'tool.id.length',
    'run.mode.x',
    'tool',
    'context',
    'action.name',
    'context.',
    'context..a',
    '.context',
    'context.a b',
    "context['a']",
    'context.ä',
    '',
    `context.${'a.'.repeat(20)}b`,
  ])('%j is refused', (field) => expect(pathsOf(Condition, { field, operator: 'exists' })).toContain('field'))
})

describe('a value fits its operator', () => {
  const field = 'context.amount'

  test.each([
    ['equals', 'x'],
    ['equals', ''],
    ['not_equals', false],
    ['in', ['a', 1, true]],
    ['not_in', ['a']],
    ['greater_than', 0],
    ['less_than_or_equal', -1.5],
    ['contains', 7],
    ['starts_with', 'a'],
  ])('%s %j', (operator, value) => {
    expect(Condition.safeParse({ field, operator, value }).success).toBe(true)
  })

  test.each([
    ['equals', undefined],
    ['equals', null],
    ['equals', Number.NaN],
    ['equals', ['a']],
    ['equals', { a: 1 }],
    ['not_equals', 'half \uDC00'],
    ['in', []],
    ['in', 'abc'],
    ['in', [null]],
    ['in', [Number.POSITIVE_INFINITY]],
    ['not_in', Array(257).fill('a')],
    ['greater_than', Number.NaN],
    ['greater_than', Number.POSITIVE_INFINITY],
    ['less_than', Number.NEGATIVE_INFINITY],
    ['less_than', '100'],
    ['contains', ''],
    ['contains', ['a']],
    ['starts_with', 5],
    ['starts_with', ''],
    ['ends_with', ''],
    ['exists', true],
    ['not_exists', false],
    ['matches', '.*'],
  ])('%s %j is refused', (operator, value) => {
    expect(Condition.safeParse({ field, operator, value }).success).toBe(false)
  })
})

describe('tool.x is an alias of x', () => {
  test.each([
    [{ field: 'tool.id', operator: 'equals', value: 'tool.tickets.list' }, 'tickets.list'],
    [{ field: 'tool.id', operator: 'not_in', value: ['tool.a', 'b'] }, ['a', 'b']],
    [{ field: 'tool.id', operator: 'starts_with', value: 'tool.tickets.' }, 'tickets.'],
    [{ field: 'context.tool', operator: 'equals', value: 'tool.a' }, 'tool.a'],
    [{ field: 'tool.id', operator: 'equals', value: 'tool.tool.a' }, 'a'],
  ])('%j', (value, stripped) => {
    const parsed = Condition.parse(value)
    expect(parsed).toMatchObject({ value: stripped })
    expect(Condition.parse(parsed)).toEqual(parsed)
  })

  test('in the scope, and only of tools', () => {
    const scoped = { ...input, scope: 'tool', scope_id: 'tool.a' }
    expect(PolicyInput.parse(scoped).scope_id).toBe('a')
    expect(PolicyInput.parse({ ...scoped, scope: 'app' }).scope_id).toBe('tool.a')
  })

  test('a prefix that every tool id would have is refused', () => {
    expect(pathsOf(Condition, { field: 'tool.id', operator: 'starts_with', value: 'tool.' })).toEqual([
      'value',
    ])
  })
})
