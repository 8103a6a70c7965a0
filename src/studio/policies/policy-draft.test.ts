import { expect, test } from 'vitest'
import { PolicyInput } from '../../kernel/policy/schema.ts'
import { draftOf, policyOf } from './policy-draft.ts'

const policy = PolicyInput.parse({
  name: 'Large purchases',
  scope: 'tool',
  scope_id: 'mail',
  effect: 'require_approval',
  rule_expr: {
    logic: 'OR',
    conditions: [
      { field: 'context.amount', operator: 'greater_than', value: 100 },
      { field: 'context.code', operator: 'equals', value: '100' },
      { field: 'context.code', operator: 'equals', value: 'true' },
      { field: 'context.flag', operator: 'equals', value: true },
      { field: 'context.merchant', operator: 'in', value: ['A', '1', 2] },
      { field: 'context.merchant', operator: 'starts_with', value: '12' },
      { field: 'context.note', operator: 'exists' },
    ],
    approval: {
      required_approvals: 2,
      forbid_self_approval: true,
      expires_in_seconds: 60,
      require_fresh_authentication: 'passkey',
    },
  },
})

test('a policy that went through the form is the same policy: a text of digits stays a text', () => {
  expect(PolicyInput.parse(policyOf(draftOf(policy)))).toEqual(policy)
  const limits = PolicyInput.parse({
    name: 'Limits',
    scope: 'tenant',
    effect: 'modify',
    rule_expr: {
      conditions: [{ field: 'run.mode', operator: 'equals', value: 'auto' }],
      modify: { mode: 'draft', llm_calls_limit: 0 },
    },
  })
  expect(PolicyInput.parse(policyOf(draftOf(limits)))).toEqual(limits)
})

test('what belongs to another scope or effect is not sent', () => {
  const draft = { ...draftOf(policy), scope: 'tenant' as const, effect: 'deny' as const }
  expect(policyOf(draft)).toMatchObject({ scope_id: null, rule_expr: { logic: 'OR' } })
  expect(policyOf(draft)).not.toHaveProperty('rule_expr.approval')
})

test('a word is a list of one where a list is asked, and what is no number is sent as typed', () => {
  const [, , , , list] = draftOf(policy).conditions
  const draft = { ...draftOf(policy), priority: 'soon', conditions: [{ ...list!, value: 'ACME' }] }
  expect(policyOf(draft)).toMatchObject({
    priority: 'soon',
    rule_expr: { conditions: [{ value: ['ACME'] }] },
  })
})
