import { describe, expect, test } from 'vitest'
import { AppError } from '../../lib/errors.ts'
import { payloadHash } from '../../lib/hash.ts'
import { fieldsOf } from './action-fields.ts'
import { compilePolicies } from './compile-policies.ts'
import { evaluatePolicies } from './evaluate-policies.ts'
import type { CompilablePolicy, Condition } from './schema.ts'
import { ask, idsOf, makePolicy, makeRequest } from './test-policy.ts'

const versionOf = (...policies: CompilablePolicy[]) => compilePolicies(policies).version

describe('the version of a set is the hash of what it says', () => {
  const a = makePolicy({ id: 'a', description: 'why', reason_code: 'CODE' })
  const b = makePolicy({ id: 'b', effect: 'deny', scope: 'tool', scope_id: 'x' })

  test('which are its policies, as they can be exported', () => {
    const { version, policies } = compilePolicies([b, a])
    expect(version).toMatch(/^[0-9a-f]{64}$/)
    expect(payloadHash(policies)).toBe(version)
    expect(payloadHash(JSON.parse(JSON.stringify(policies)))).toBe(version)
    expect(policies.map(({ id }) => id)).toEqual(['a', 'b'])
  })

  test('independent of their order, of disabled ones, and of how a default or an alias is written', () => {
    const version = versionOf(a, b)
    expect(versionOf(b, a)).toBe(version)
    expect(versionOf(b, makePolicy({ id: 'c', enabled: false }), a)).toBe(version)
    expect(versionOf({ ...a, scope_id: null, rule_expr: { ...a.rule_expr, logic: 'AND' } }, b)).toBe(version)
    expect(versionOf(a, { ...b, scope_id: 'tool.x' })).toBe(version)
    expect(compilePolicies(compilePolicies([a, b]).policies).version).toBe(version)
  })

  test('independent of what a row has beside its content', () => {
    const row = { ...a, tenant_id: 't', version: 7, created_at: '2026-01-01', updated_at: '2026-01-02' }
    expect(versionOf(row, b)).toBe(versionOf(a, b))
  })

  test.each<[string, Partial<CompilablePolicy>]>([
    ['id', { id: 'z' }],
    ['name', { name: 'Other' }],
    ['description', { description: 'because' }],
    ['scope', { scope: 'global' }],
    ['scope_id', { scope: 'app', scope_id: 'x' }],
    ['effect', { effect: 'deny' }],
    ['priority', { priority: 101 }],
    ['enabled', { enabled: false }],
    ['reason_code', { reason_code: 'OTHER' }],
    [
      'operator',
      { rule_expr: { conditions: [{ field: 'context.ok', operator: 'not_equals', value: true }] } },
    ],
    ['value', { rule_expr: { conditions: [{ field: 'context.ok', operator: 'equals', value: 'true' }] } }],
    ['field', { rule_expr: { conditions: [{ field: 'context.no', operator: 'equals', value: true }] } }],
    ['logic', { rule_expr: { ...a.rule_expr, logic: 'OR' } }],
  ])('sensitive to %s', (_member, change) => {
    expect(versionOf({ ...a, ...change }, b)).not.toBe(versionOf(a, b))
  })

  test('no policies have a version too', () => {
    expect(versionOf()).toBe(payloadHash([]))
  })
})

describe('a faulty policy is never skipped', () => {
  const sound = makePolicy({ id: 'sound' })
  const field = 'context.x'

  function errorOf(...policies: unknown[]): AppError {
    try {
      compilePolicies(policies as CompilablePolicy[])
    } catch (error) {
      if (error instanceof AppError) return error
      throw error
    }
    throw new Error('it compiled')
  }

  test.each<[string, object, string]>([
    [
      'an unknown operator',
      { rule_expr: { conditions: [{ field, operator: 'like', value: 'x' }] } },
      'rule_expr.conditions.0.operator',
    ],
    [
      'a NaN limit',
      { rule_expr: { conditions: [{ field, operator: 'less_than', value: Number.NaN }] } },
      'rule_expr.conditions.0.value',
    ],
    [
      'an unreadable field',
      { rule_expr: { conditions: [{ field: 'context.__proto__', operator: 'exists' }] } },
      'rule_expr.conditions.0.field',
    ],
    ['no conditions', { rule_expr: { conditions: [] } }, 'rule_expr.conditions'],
    ['no rule', { rule_expr: null }, 'rule_expr'],
    ['an unknown effect', { effect: 'permit' }, 'effect'],
    ['an unknown scope', { scope: 'world' }, 'scope'],
    ['no scope id', { scope: 'agent' }, 'scope_id'],
    ['neither enabled nor disabled', { enabled: 'no' }, 'enabled'],
    ['a name without canonical form', { name: '\uD800' }, 'name'],
    ['an infinite priority', { priority: Number.POSITIVE_INFINITY }, 'priority'],
  ])('%s is named', (_what, change, path) => {
    const error = errorOf(sound, { ...makePolicy({ id: 'faulty' }), ...change })
    expect(error.code).toBe('POLICY_SET_INVALID')
    expect(error.message).toContain(`policies.faulty.${path}`)
    expect(error.details[0]).toMatchObject({ path: `policies.faulty.${path}`, code: 'POLICY_INVALID' })
  })

  test('all of them at once', () => {
    const error = errorOf({ ...sound, effect: 1 }, { ...sound, id: 'other', priority: -1 })
    expect(error.details.map(({ path }) => path)).toEqual([
      'policies.sound.effect',
      'policies.other.priority',
    ])
  })

  test('two policies of one id', () => {
    expect(errorOf(sound, sound).message).toContain("got 'sound' twice")
  })

  test('a faulty one that is disabled does no harm', () => {
    expect(
      compilePolicies([sound, { ...sound, id: 'x', enabled: false, effect: 'permit' as 'deny' }]).policies,
    ).toHaveLength(1)
  })
})

describe('the index', () => {
  const call = (id: unknown) =>
    makeRequest(
      {},
      {
        action: 'tool_call',
        fields: fieldsOf('tool_call'),
        facts: { tool: id === undefined ? {} : { id: id as string } },
      },
    )
  const onTools = (id: string, value: string[]) =>
    makePolicy({ id, effect: 'deny', conditions: [{ field: 'tool.id', operator: 'in', value }] })

  test('finds a rule by each of its tools, once', () => {
    const policies = [onTools('p', ['a', 'b', 'tool.a', 'a'])]
    for (const id of ['a', 'b', 'tool.b']) expect(idsOf(ask(policies, call(id)).matches)).toEqual(['p'])
    expect(ask(policies, call('c')).effect).toBe('none')
  })

  test('hides no rule from a call whose tool id is missing', () => {
    expect(idsOf(ask([onTools('p', ['a']), onTools('q', ['b'])], call(undefined)).indeterminate)).toEqual([
      'p',
      'q',
    ])
    expect(ask([onTools('p', ['a'])], call(null)).effect).toBe('require_approval')
  })

  test('does not stand in for another condition on the same field', () => {
    const conditions: Condition[] = [
      { field: 'tool.id', operator: 'in', value: ['a', 'b'] },
      { field: 'tool.id', operator: 'equals', value: 'b' },
    ]
    const policies = [makePolicy({ id: 'p', effect: 'deny', conditions })]
    expect(ask(policies, call('a')).effect).toBe('none')
    expect(ask(policies, call('b')).effect).toBe('deny')
  })

  test('keeps a rule with OR in sight of every request', () => {
    const conditions: Condition[] = [
      { field: 'tool.id', operator: 'equals', value: 'a' },
      { field: 'action', operator: 'starts_with', value: 'demo.' },
    ]
    const policies = [makePolicy({ id: 'p', effect: 'deny', logic: 'OR', conditions })]
    expect(ask(policies, makeRequest({})).effect).toBe('deny')
    expect(ask(policies, call('a')).effect).toBe('deny')
    expect(ask(policies, call('b')).effect).toBe('none')
  })

  test('holds 10,000 policies', () => {
    const policies = Array.from({ length: 10_000 }, (_, at) =>
      makePolicy({
        id: `p${at}`,
        effect: 'deny',
        priority: at % 1000,
        conditions: [
          { field: 'tool.id', operator: 'equals', value: `t${at % 500}` },
          { field: `context.field_${at}`, operator: 'not_exists' },
          { field: 'run.input.amount', operator: 'greater_than', value: at },
        ],
      }),
    )
    const set = compilePolicies(policies)
    expect(set.rules).toHaveLength(10_000)
    const request = { ...call('t7'), facts: { tool: { id: 't7' }, run: { input: { amount: 5000 } } } }
    expect(evaluatePolicies(set, request).effect).toBe('none')
    const withContext = { ...request, fields: { ...request.fields, context: 'open' as const } }
    expect(evaluatePolicies(set, withContext).matches).toHaveLength(10)
  })
})
