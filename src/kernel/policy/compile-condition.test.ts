import { describe, expect, test } from 'vitest'
import { fieldsOf } from './action-fields.ts'
import { compilePolicies } from './compile-policies.ts'
import { explainPolicies } from './explain-policies.ts'
import type { PolicyRequest } from './read-facts.ts'
import type { Condition, ConditionOutcome } from './schema.ts'
import { ask, makePolicy, makeRequest } from './test-policy.ts'

function outcomeOf(condition: Condition, request: PolicyRequest): ConditionOutcome {
  const set = compilePolicies([makePolicy({ id: 'p', conditions: [condition] })])
  return explainPolicies(set, request)[0]!.conditions[0]!.outcome
}

const withValue = (operator: string, value: unknown) => ({ field: 'context.x', operator, value }) as Condition
const nothing = Symbol('left out')
const hold = (x: unknown) => makeRequest(x === nothing ? {} : { x })

describe('each operator knows what it can know', () => {
  test.each<[string, unknown, unknown, ConditionOutcome]>([
    ['equals', 'a', 'a', 'holds'],
    ['equals', 'a', 'b', 'fails'],
    ['equals', 1, 1, 'holds'],
    ['equals', 0, -0, 'holds'],
    ['equals', 1, '1', 'fails'],
    ['equals', '1', 1, 'fails'],
    ['equals', true, 1, 'fails'],
    ['equals', false, 0, 'fails'],
    ['equals', '', 0, 'fails'],
    ['equals', 'a', ['a'], 'fails'],
    ['equals', 'a', { a: 'a' }, 'fails'],
    ['equals', 'a', nothing, 'unknown'],
    ['equals', 'a', null, 'unknown'],
    ['not_equals', 'a', 'b', 'holds'],
    ['not_equals', 'a', 'a', 'fails'],
    ['not_equals', '1', 1, 'holds'],
    ['not_equals', 'a', nothing, 'unknown'],
    ['not_equals', 'a', null, 'unknown'],
    ['in', ['a', 2], 'a', 'holds'],
    ['in', ['a', 2], 2, 'holds'],
    ['in', ['a', 2], '2', 'fails'],
    ['in', ['a', 2], ['a'], 'fails'],
    ['in', ['a', 2], nothing, 'unknown'],
    ['not_in', ['a', 2], 'b', 'holds'],
    ['not_in', ['a', 2], 'a', 'fails'],
    ['not_in', ['a', 2], '2', 'holds'],
    ['not_in', ['a', 2], nothing, 'unknown'],
    ['greater_than', 100, 100.01, 'holds'],
    ['greater_than', 100, 100, 'fails'],
    ['greater_than', 100, '101', 'unknown'],
    ['greater_than', 0, true, 'unknown'],
    ['greater_than', 0, [1], 'unknown'],
    ['greater_than', 100, Number.POSITIVE_INFINITY, 'unknown'],
    ['greater_than', 100, nothing, 'unknown'],
    ['less_than', 100, 99, 'holds'],
    ['less_than', 100, 100, 'fails'],
    ['less_than', 100, Number.NaN, 'unknown'],
    ['less_than', 100, null, 'unknown'],
    ['greater_than_or_equal', 100, 100, 'holds'],
    ['greater_than_or_equal', 100, 99.99, 'fails'],
    ['greater_than_or_equal', 100, nothing, 'unknown'],
    ['less_than_or_equal', 100, 100, 'holds'],
    ['less_than_or_equal', 100, 100.01, 'fails'],
    ['less_than_or_equal', 100, {}, 'unknown'],
    ['contains', 'b', 'abc', 'holds'],
    ['contains', 'z', 'abc', 'fails'],
    ['contains', 'b', ['a', 'b'], 'holds'],
    ['contains', 'b', ['abc'], 'fails'],
    ['contains', 1, [1, 2], 'holds'],
    ['contains', 1, ['1'], 'fails'],
    ['contains', 1, 'a1', 'unknown'],
    ['contains', 'b', 5, 'unknown'],
    ['contains', 'b', { b: 1 }, 'unknown'],
    ['contains', 'b', nothing, 'unknown'],
    ['starts_with', 'ab', 'abc', 'holds'],
    ['starts_with', 'bc', 'abc', 'fails'],
    ['starts_with', 'ab', ['abc'], 'unknown'],
    ['starts_with', 'ab', nothing, 'unknown'],
    ['ends_with', 'bc', 'abc', 'holds'],
    ['ends_with', 'ab', 'abc', 'fails'],
    ['ends_with', '1', 1, 'unknown'],
    ['ends_with', 'bc', nothing, 'unknown'],
    ['exists', undefined, '', 'holds'],
    ['exists', undefined, 0, 'holds'],
    ['exists', undefined, false, 'holds'],
    ['exists', undefined, [], 'holds'],
    ['exists', undefined, null, 'fails'],
    ['exists', undefined, nothing, 'fails'],
    ['not_exists', undefined, nothing, 'holds'],
    ['not_exists', undefined, null, 'holds'],
    ['not_exists', undefined, '', 'fails'],
  ])('%s %j on %j: %s', (operator, value, actual, expected) => {
    const condition = value === undefined ? { field: 'context.x', operator } : withValue(operator, value)
    expect(outcomeOf(condition as Condition, hold(actual))).toBe(expected)
  })
})

describe('only what the request itself carries is read', () => {
  const exists = (field: string): Condition => ({ field, operator: 'exists' })

  test.each([
    'context.toString',
    'context.hasOwnProperty',
    'context.list.length',
    'context.list.0',
    'context.text.length',
  ])('%s is missing', (field) => {
    expect(outcomeOf(exists(field), makeRequest({ list: ['a'], text: 'abc' }))).toBe('fails')
  })

  test('a polluted prototype adds no fact', () => {
    const conditions = [exists('context.polluted'), exists('context.amount')]
    const set = compilePolicies([makePolicy({ id: 'p', conditions, logic: 'OR' })])
    const prototype = Object.prototype as unknown as Record<string, unknown>
    prototype.polluted = true
    prototype.context = { amount: 1 }
    try {
      expect(explainPolicies(set, makeRequest({}))[0]?.outcome).toBe('not_matched')
      expect(explainPolicies(set, makeRequest({}, { facts: {} }))[0]?.outcome).toBe('not_matched')
    } finally {
      delete prototype.polluted
      delete prototype.context
    }
  })

  test('an own member named __proto__ is not a way around', () => {
    const context = JSON.parse('{"__proto__": {"amount": 1}}')
    expect(outcomeOf(exists('context.amount'), makeRequest(context))).toBe('fails')
  })

  test.each([['text'], [5], [true], [null], [['amount']]])(
    'a namespace that is %j holds nothing',
    (context) => {
      expect(outcomeOf(exists('context.amount'), makeRequest(context))).toBe('fails')
      expect(outcomeOf(withValue('equals', 1), makeRequest(context))).toBe('unknown')
    },
  )

  test('the action of the request counts and not one among its facts', () => {
    const condition: Condition = { field: 'action', operator: 'equals', value: 'demo.act' }
    const facts = { action: 'other.act' }
    expect(outcomeOf(condition, makeRequest({}, { facts }))).toBe('holds')
  })

  test('the id of a tool is read without its alias', () => {
    const condition: Condition = { field: 'tool.id', operator: 'equals', value: 'a' }
    const request = makeRequest(
      {},
      {
        action: 'tool_call',
        fields: fieldsOf('tool_call'),
        facts: { tool: { id: 'tool.a' } },
      },
    )
    expect(outcomeOf(condition, request)).toBe('holds')
    expect(ask([makePolicy({ id: 'p', conditions: [condition] })], request).effect).toBe('allow')
  })
})

describe('a field that the action does not have is out of reach, not missing', () => {
  const toolIsHigh: Condition = { field: 'tool.risk_level', operator: 'equals', value: 'high' }

  test.each<Condition>([
    toolIsHigh,
    { field: 'tool.risk_level', operator: 'not_equals', value: 'low' },
    { field: 'tool.risk_level', operator: 'not_in', value: ['low'] },
    { field: 'tool.id', operator: 'exists' },
    { field: 'tool.id', operator: 'not_exists' },
  ])('whatever the operator: $operator', (condition) => {
    const request = makeRequest({}, { action: 'run_start', fields: fieldsOf('run_start') })
    expect(outcomeOf(condition, request)).toBe('out_of_reach')
  })

  test('so is a field of a namespace of which the action has others', () => {
    const request = makeRequest({}, { action: 'run_start', fields: fieldsOf('run_start') })
    expect(outcomeOf({ field: 'run.id', operator: 'exists' }, request)).toBe('out_of_reach')
    expect(outcomeOf({ field: 'run.mode', operator: 'equals', value: 'auto' }, request)).toBe('unknown')
  })

  test('facts beyond the reach are not read', () => {
    const request = makeRequest(
      {},
      {
        action: 'run_start',
        fields: fieldsOf('run_start'),
        facts: { tool: { risk_level: 'high' } },
      },
    )
    expect(outcomeOf(toolIsHigh, request)).toBe('out_of_reach')
  })

  test('what a call has no part in can be taken out of reach by the caller', () => {
    const condition: Condition = { field: 'app.id', operator: 'equals', value: 'console' }
    const ofRun = (fields: PolicyRequest['fields']) =>
      makeRequest({}, { action: 'run_start', fields, facts: {} })
    expect(outcomeOf(condition, ofRun(fieldsOf('run_start')))).toBe('unknown')
    expect(outcomeOf(condition, ofRun(fieldsOf('run_start', ['app'])))).toBe('out_of_reach')
  })

  test.each(['__proto__', 'constructor', 'toString', 'anything.else'])(
    'an action named %s is an outside action like any other',
    (action) =>
      expect(Object.keys(fieldsOf(action))).toEqual(['user', 'tenant', 'subject', 'resource', 'context']),
  )
})
