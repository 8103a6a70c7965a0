import { expect, test } from 'vitest'
import { compilePolicies } from './compile-policies.ts'
import { explainPolicies } from './explain-policies.ts'
import { PolicyExplanation } from './schema.ts'
import { makePolicy, makeRequest } from './test-policy.ts'

test('every policy is explained, with what each of its conditions met', () => {
  const set = compilePolicies([
    makePolicy({
      id: 'matched',
      priority: 1,
      conditions: [{ field: 'context.amount', operator: 'less_than', value: 50.5 }],
    }),
    makePolicy({
      id: 'not_matched',
      priority: 2,
      conditions: [{ field: 'context.tags', operator: 'contains', value: 'z' }],
    }),
    makePolicy({
      id: 'indeterminate',
      priority: 3,
      conditions: [{ field: 'context.country', operator: 'in', value: ['DE'] }],
    }),
    makePolicy({ id: 'out_of_reach', priority: 4, conditions: [{ field: 'tool.id', operator: 'exists' }] }),
    makePolicy({ id: 'out_of_scope', priority: 5, scope: 'agent', scope_id: 'other' }),
  ])
  const explained = explainPolicies(set, makeRequest({ amount: 40, tags: ['a'] }))
  for (const { policy_id: id, outcome } of explained) expect(outcome).toBe(id)
  expect(explained.map(({ conditions }) => conditions[0])).toMatchObject([
    { outcome: 'holds', value: 50.5, actual: 40, actual_type: 'number', margin: -10.5 },
    { outcome: 'fails', value: 'z', actual: null, actual_type: 'array', margin: null },
    { outcome: 'unknown', value: ['DE'], actual: null, actual_type: 'missing', margin: null },
    { outcome: 'out_of_reach', value: null, actual: null, actual_type: 'missing', margin: null },
    { outcome: 'unknown', value: true, actual: null },
  ])
  for (const each of explained) expect(PolicyExplanation.parse(each)).toEqual(each)
})

test('long text of a request is cut in the record, between characters', () => {
  const set = compilePolicies([
    makePolicy({ id: 'p', conditions: [{ field: 'context.x', operator: 'exists' }] }),
  ])
  const [explained] = explainPolicies(set, makeRequest({ x: `${'x'.repeat(199)}😀${'x'.repeat(5000)}` }))
  expect(explained?.conditions[0]?.actual).toBe('x'.repeat(199))
})
