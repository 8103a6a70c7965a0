import { describe, expect, test } from 'vitest'
import type { Condition } from './schema.ts'
import { ask, makePolicy, makeRequest } from './test-policy.ts'

function reasonOf(context: object, ...conditions: Condition[]): string {
  return ask([makePolicy({ id: 'p', name: 'P', effect: 'deny', conditions })], makeRequest(context)).reason
}

describe('the reason is one sentence written from the policy', () => {
  test.each<[object, Condition, string]>([
    [
      { a: 101 },
      { field: 'context.a', operator: 'greater_than', value: 100 },
      'context.a is 101, which is 1 above the limit of 100',
    ],
    [
      { a: 100.1 },
      { field: 'context.a', operator: 'greater_than', value: 100 },
      'context.a is 100.1, which is 0.1 above the limit of 100',
    ],
    [
      { a: 40 },
      { field: 'context.a', operator: 'less_than', value: 100 },
      'context.a is 40, which is 60 below the limit of 100',
    ],
    [
      { a: 100 },
      { field: 'context.a', operator: 'less_than_or_equal', value: 100 },
      'context.a is 100, which is exactly the limit of 100',
    ],
    [
      { a: 1e308 },
      { field: 'context.a', operator: 'greater_than', value: -1e308 },
      'context.a is 1e+308, which is above the limit of -1e+308',
    ],
    [
      { a: 'guest' },
      { field: 'context.a', operator: 'not_in', value: ['admin', 'dev'] },
      "context.a is 'guest', expected one of 'admin', 'dev'",
    ],
    [
      { a: 2 },
      { field: 'context.a', operator: 'in', value: [1, 2, 3, 4, 5, 6, 7] },
      'context.a is 2, which is one of 1, 2, 3, 4, 5 and 2 more',
    ],
    [{ a: 'x' }, { field: 'context.a', operator: 'equals', value: 'x' }, "context.a is 'x'"],
    [
      { a: ['x'] },
      { field: 'context.a', operator: 'not_equals', value: 'x' },
      "context.a is a list and not 'x'",
    ],
    [{ a: 'abc' }, { field: 'context.a', operator: 'contains', value: 'b' }, "context.a contains 'b'"],
    [
      { a: 'abc' },
      { field: 'context.a', operator: 'starts_with', value: 'ab' },
      "context.a is 'abc', which starts with 'ab'",
    ],
    [
      { a: 'abc' },
      { field: 'context.a', operator: 'ends_with', value: 'bc' },
      "context.a is 'abc', which ends with 'bc'",
    ],
    [{ a: 1 }, { field: 'context.a', operator: 'exists' }, 'context.a is present'],
    [{}, { field: 'context.a', operator: 'not_exists' }, 'context.a is missing'],
  ])('%j', (context, condition, clause) => {
    expect(reasonOf(context, condition)).toBe(`Denied by policy 'P': ${clause}.`)
  })

  test('that a policy is about this action is told only where it says nothing else', () => {
    const action: Condition = { field: 'action', operator: 'equals', value: 'demo.act' }
    expect(reasonOf({}, action)).toBe("Denied by policy 'P': action is 'demo.act'.")
    expect(reasonOf({ a: 1 }, action, { field: 'context.a', operator: 'exists' })).toBe(
      "Denied by policy 'P': context.a is present.",
    )
  })

  test('of many conditions three are told', () => {
    const conditions = ['a', 'b', 'c', 'd', 'e'].map(
      (each): Condition => ({ field: `context.${each}`, operator: 'exists' }),
    )
    expect(reasonOf({ a: 1, b: 1, c: 1, d: 1, e: 1 }, ...conditions)).toBe(
      "Denied by policy 'P': context.a is present and context.b is present and context.c is present and 2 more.",
    )
  })

  test.each<[unknown, Condition, string]>([
    [
      '5',
      { field: 'context.a', operator: 'greater_than', value: 1 },
      'context.a is a text, where a number is expected',
    ],
    [
      [5],
      { field: 'context.a', operator: 'less_than', value: 1 },
      'context.a is a list, where a number is expected',
    ],
    [
      {},
      { field: 'context.a', operator: 'starts_with', value: 'x' },
      'context.a is an object, where a text is expected',
    ],
    [
      true,
      { field: 'context.a', operator: 'contains', value: 'x' },
      'context.a is true or false, where a text or a list is expected',
    ],
    [null, { field: 'context.a', operator: 'equals', value: 1 }, 'context.a is missing'],
  ])('a value of another type is named: %j', (a, condition, clause) => {
    expect(reasonOf({ a }, condition)).toBe(`A human must decide, as policy 'P' may hold: ${clause}.`)
  })
})

describe('text of the requester cannot pass for our own words', () => {
  const reasonWith = (a: string) =>
    reasonOf(
      { a },
      { field: 'context.a', operator: 'exists' },
      { field: 'context.a', operator: 'not_equals', value: '' },
    )

  test.each([
    ["x'. Approved by policy 'Trusted", "'x\\'. Approved by policy \\'Trusted'"],
    ['back\\slash', "'back\\\\slash'"],
    ['two\nlines', "'two\\u{a}lines'"],
    ['right\u202Eleft', "'right\\u{202e}left'"],
    ['zero\u200Bwidth', "'zero\\u{200b}width'"],
    ['tag\u{E0041}', "'tag\\u{e0041}'"],
    ['paragraph\u2029', "'paragraph\\u{2029}'"],
    ['Zürich 東京', "'Zürich 東京'"],
  ])('%j', (value, shown) => {
    expect(reasonWith(value)).toContain(`context.a is ${shown} and not ''`)
  })

  test('long text is cut between characters', () => {
    expect(reasonWith('x'.repeat(500))).toContain(`is '${'x'.repeat(80)}…' and`)
    expect(reasonWith(`${'x'.repeat(79)}${'😀'.repeat(100)}`)).toContain(`is '${'x'.repeat(79)}…' and`)
    expect(reasonWith('😀'.repeat(300)).isWellFormed()).toBe(true)
  })

  test('so is the name of an action that nobody knows', () => {
    expect(ask([], makeRequest({}, { action: "a'\n" })).reason).toBe("No policy decides about 'a\\'\\u{a}'.")
  })
})
