import { expect, test } from 'vitest'
import { compilePolicies } from '../compile-policies.ts'
import type { CompilablePolicy, Condition } from '../schema.ts'
import { makePolicy } from '../test-policy.ts'
import { type Inspection, inspectPolicies } from './inspect-policies.ts'

const purchase: Condition = { field: 'action', operator: 'equals', value: 'purchase.create' }
const above = (value: number): Condition => ({ field: 'context.amount', operator: 'greater_than', value })
const below = (value: number): Condition => ({ field: 'context.amount', operator: 'less_than', value })
const merchant = (value: string): Condition => ({ field: 'context.merchant', operator: 'equals', value })

/** All of it without a pause, and how often it might have paused. */
function run(work: Generator<void, Inspection>): Inspection & { pauses: number } {
  for (let pauses = 0; ; pauses++) {
    const { done, value } = work.next()
    if (done) return { ...value, pauses }
  }
}

/** The findings of each policy as `policy kind other`. */
function inspect(policies: CompilablePolicy[], shadows: CompilablePolicy[] = []): string[] {
  const { rules } = compilePolicies(policies, shadows)
  return run(inspectPolicies(rules))
    .findings.map(({ policy_id: id, kind, other_policy_id: other }) =>
      [id, kind, other].filter(Boolean).join(' '),
    )
    .sort()
}

test('a policy that stands behind a wider deny never wins, whatever its priority', () => {
  const deny = makePolicy({ id: 'deny', effect: 'deny', priority: 900, conditions: [above(5)] })
  const allow = makePolicy({ id: 'allow', priority: 1, conditions: [purchase, above(10)] })
  expect(inspect([deny, allow])).toEqual(['allow never_wins deny'])
})

test('a policy behind a wider one of a lower priority number never wins; the other way round both are heard', () => {
  const wide = makePolicy({ id: 'wide', effect: 'require_approval', conditions: [above(5)] })
  const narrow = makePolicy({ id: 'narrow', conditions: [above(5), merchant('ACME')] })
  expect(inspect([{ ...wide, priority: 1 }, narrow])).toEqual(['narrow never_wins wide'])
  expect(inspect([{ ...wide, priority: 200 }, narrow])).toEqual([])
})

test('the same conditions with another effect are a conflict, named at the one that loses', () => {
  const conditions = [above(5), merchant('ACME')]
  const allow = makePolicy({ id: 'allow', conditions })
  const deny = makePolicy({ id: 'deny', effect: 'deny', conditions: conditions.toReversed() })
  expect(inspect([allow, deny])).toEqual(['allow conflict deny'])
})

test('what another policy says already is said twice', () => {
  const first = makePolicy({ id: 'first', effect: 'deny', priority: 1, conditions: [above(5)] })
  const second = makePolicy({ id: 'second', effect: 'deny', conditions: [above(6)] })
  expect(inspect([first, second])).toEqual(['second never_wins first'])
})

test('a policy in shadow and a modify take nothing from others', () => {
  const allow = makePolicy({ id: 'allow', conditions: [above(10)] })
  const deny = makePolicy({ id: 'deny', effect: 'deny', conditions: [above(5)] })
  const modify = makePolicy({
    id: 'modify',
    effect: 'modify',
    priority: 1,
    rule_expr: { conditions: [above(5)], modify: { mode: 'draft' } },
  })
  expect(inspect([allow, modify], [deny])).toEqual([])
})

test('a narrower scope does not stand before a wider one, and one workflow not before another', () => {
  const of = (id: string, scope_id: string, effect: 'allow' | 'deny') =>
    makePolicy({
      id,
      scope: 'workflow',
      scope_id,
      effect,
      conditions: [{ field: 'run.mode', operator: 'exists' }],
    })
  const all = makePolicy({
    id: 'all',
    conditions: [{ field: 'run.mode', operator: 'equals', value: 'auto' }],
  })
  expect(inspect([of('a', 'w1', 'deny'), of('b', 'w2', 'allow'), all])).toEqual([])
  expect(inspect([of('a', 'w1', 'deny'), of('b', 'w1', 'allow')])).toEqual(['b conflict a'])
})

test('an OR holds wherever one of its conditions does', () => {
  const either = makePolicy({
    id: 'either',
    effect: 'deny',
    logic: 'OR',
    conditions: [above(5), merchant('ACME')],
  })
  expect(inspect([either, makePolicy({ id: 'one', conditions: [merchant('ACME')] })])).toEqual([
    'one never_wins either',
  ])
  const other = makePolicy({ id: 'or', logic: 'OR', conditions: [above(6), merchant('Shop')] })
  expect(inspect([either, other])).toEqual([])
})

test.each<[string, Condition[]]>([
  ['above 5 and below 3', [above(5), below(3)]],
  ['above 5 and below 5', [above(5), below(5)]],
  ['two values', [merchant('A'), merchant('B')]],
  ['a value outside of a list', [merchant('A'), { field: 'context.merchant', operator: 'in', value: ['B'] }]],
  ['a value and not it', [merchant('A'), { field: 'context.merchant', operator: 'not_equals', value: 'A' }]],
  ['missing and something', [merchant('A'), { field: 'context.merchant', operator: 'not_exists' }]],
  ['a number and a text', [above(5), { field: 'context.amount', operator: 'starts_with', value: '5' }]],
  [
    'two beginnings',
    [
      { field: 'context.merchant', operator: 'starts_with', value: 'A' },
      { field: 'context.merchant', operator: 'starts_with', value: 'B' },
    ],
  ],
])('%s is a contradiction', (_what, conditions) => {
  expect(inspect([makePolicy({ id: 'p', conditions })])).toEqual(['p contradiction'])
  expect(inspect([makePolicy({ id: 'p', conditions, logic: 'OR' })])).not.toContain('p contradiction')
})

test.each<[string, Condition[]]>([
  ['a range', [above(3), below(5)]],
  [
    'a list with the value',
    [merchant('A'), { field: 'context.merchant', operator: 'in', value: ['A', 'B'] }],
  ],
  [
    'two parts of a list',
    ['a', 'b'].map((value) => ({ field: 'context.tags', operator: 'contains', value })),
  ],
])('%s is no contradiction', (_what, conditions) => {
  expect(inspect([makePolicy({ id: 'p', conditions })])).toEqual([])
})

test('a policy on fields that no action has together is out of reach', () => {
  const tool: Condition = { field: 'tool.id', operator: 'equals', value: 'mail' }
  const subject: Condition = { field: 'subject.id', operator: 'equals', value: 'mail' }
  expect(inspect([makePolicy({ id: 'p', conditions: [purchase, tool] })])).toEqual(['p out_of_reach'])
  expect(inspect([makePolicy({ id: 'p', conditions: [subject, tool] })])).toEqual(['p out_of_reach'])
  expect(inspect([makePolicy({ id: 'p', scope: 'tool', scope_id: 'mail', conditions: [purchase] })])).toEqual(
    ['p out_of_reach'],
  )
  expect(inspect([makePolicy({ id: 'p', conditions: [tool] })])).toEqual([])
})

test('a policy that holds for every request is named', () => {
  const everybody: Condition = { field: 'user.role', operator: 'in', value: ['admin', 'developer', 'user'] }
  expect(inspect([makePolicy({ id: 'p', conditions: [everybody] })])).toEqual(['p matches_everything'])
  expect(
    inspect([
      makePolicy({ id: 'p', logic: 'OR', conditions: [purchase, { ...purchase, operator: 'not_equals' }] }),
    ]),
  ).toEqual(['p matches_everything'])
  expect(inspect([makePolicy({ id: 'p', conditions: [{ ...everybody, value: ['admin'] }] })])).toEqual([])
})

/** Conditions on one field, none of which implies another until its last value is looked at. */
const hostile = (id: string, count: number): CompilablePolicy =>
  makePolicy({
    id,
    conditions: Array.from({ length: 50 }, (_, n) => ({
      field: 'context.merchant',
      operator: 'in',
      value: [...Array.from({ length: 255 }, (_, each) => `m${each}`), `${id} ${n}`],
    })),
    priority: count,
  })

test('policies made to be compared for long stop after a budget of work, and say after how many', () => {
  const { rules } = compilePolicies(Array.from({ length: 40 }, (_, n) => hostile(`p${n}`, n)))
  const all = run(inspectPolicies(rules))
  expect(all).toMatchObject({ inspected: 40, complete: true })
  const some = run(inspectPolicies(rules, 3_000_000))
  expect(some.complete).toBe(false)
  expect(some.inspected).toBeGreaterThan(0)
  expect(some.inspected).toBeLessThan(40)
  expect(some.findings).toEqual(all.findings.slice(0, some.findings.length))
  // Others get their turn between any two policies.
  expect(all.pauses).toBeGreaterThan(40)
})
