import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { purchaseDecisionId } from './decision-id.ts'
import type { AuthorizeActionInput } from './schema.ts'

const idOf = (context: object, tenantId = 'default') =>
  purchaseDecisionId(tenantId, { intent: { action: 'purchase.create' }, context } as AuthorizeActionInput)

describe('the id of a decision', () => {
  test.each([
    [{ amount: 101, currency: 'EUR', request_id: 'q', user_id: 'u' }, 'dec_f4a54c8c932e1093'],
    [{ amount: -5, currency: 'EUR', user_id: 'u' }, 'dec_7711f0a955491c5e'],
  ])('is the published one for %j', (context, id) => {
    expect(idOf(context)).toBe(id)
    expect(idOf(Object.fromEntries(Object.entries(context).reverse()))).toBe(id)
  })

  test('leaves out members that are null and takes in all others, however deep', () => {
    const base = { amount: 1, currency: 'EUR' }
    expect(idOf({ ...base, note: null })).toBe(idOf(base))
    expect(idOf({ ...base, note: { a: null } })).not.toBe(idOf(base))
    expect(idOf({ ...base, note: { a: 1, b: 2 } })).toBe(idOf({ ...base, note: { b: 2, a: 1 } }))
    expect(idOf({ ...base, note: [1, 2] })).not.toBe(idOf({ ...base, note: [2, 1] }))
  })

  test('has the tenant in it, except for the default one', () => {
    const context = { amount: 1, currency: 'EUR' }
    const ids = ['default', 'ten_a', 'ten_b'].map((tenantId) => idOf(context, tenantId))
    expect(new Set(ids).size).toBe(3)
  })

  test('does not depend on the order of members, and tells any two amounts apart', () => {
    const amount = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), amount, amount, (more, one, other) => {
        const context = { ...more, amount: one, currency: 'EUR' }
        const reversed = Object.fromEntries(Object.entries(context).reverse())
        expect(idOf(reversed)).toBe(idOf(context))
        expect(idOf({ ...context, amount: other }) === idOf(context)).toBe(one === other)
      }),
    )
  })
})
