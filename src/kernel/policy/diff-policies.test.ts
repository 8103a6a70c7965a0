import { expect, test } from 'vitest'
import { diffPolicies } from './diff-policies.ts'

const amount = { field: 'context.amount', operator: 'greater_than', value: 10 }
const merchant = { field: 'context.merchant', operator: 'equals', value: 'ACME' }

test('a changed member is told with both values, an unchanged one is not', () => {
  expect(diffPolicies({ name: 'A', priority: 1 }, { name: 'A', priority: 2 })).toEqual({
    added: [],
    removed: [],
    changed: [{ path: 'priority', before: 1, after: 2 }],
  })
})

test('members that come and go are told with their value, wherever they stand', () => {
  const before = { rule_expr: { approval: { required_approvals: 2 }, logic: 'AND' } }
  const after = { rule_expr: { logic: 'AND', modify: { mode: 'draft' } } }
  expect(diffPolicies(before, after)).toEqual({
    added: [{ path: 'rule_expr.modify', value: { mode: 'draft' } }],
    removed: [{ path: 'rule_expr.approval', value: { required_approvals: 2 } }],
    changed: [],
  })
})

test('a condition that is put in front or taken away leaves the others as they are', () => {
  expect(diffPolicies({ conditions: [amount] }, { conditions: [merchant, amount] })).toEqual({
    added: [{ path: 'conditions.0', value: merchant }],
    removed: [],
    changed: [],
  })
  expect(diffPolicies({ conditions: [merchant, amount] }, { conditions: [merchant] })).toEqual({
    added: [],
    removed: [{ path: 'conditions.1', value: amount }],
    changed: [],
  })
})

test('a condition that is changed in place is told by what changed in it', () => {
  expect(diffPolicies([amount, merchant], [{ ...amount, value: 20 }, merchant]).changed).toEqual([
    { path: '0.value', before: 10, after: 20 },
  ])
})

test('a value that changes its kind is a change', () => {
  expect(diffPolicies({ description: null }, { description: 'Why' }).changed).toEqual([
    { path: 'description', before: null, after: 'Why' },
  ])
  expect(diffPolicies({ value: ['a'] }, { value: 'a' }).changed).toEqual([
    { path: 'value', before: ['a'], after: 'a' },
  ])
})
