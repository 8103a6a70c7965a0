import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../lib/canonical-json.ts'
import { TICKET, verdictOf } from './condition.fixture.ts'
import { decideCondition } from './decide-condition.ts'

describe('a condition that the data answers', () => {
  test.each([
    ['if ticket priority is high or urgent', 'true'],
    ['priority is high', 'true'],
    ['The priority is HIGH.', 'true'],
    ['priority is low', 'false'],
    ['priority is not low', 'true'],
    ["priority isn't high", 'false'],
    ['priority is either low or medium', 'false'],
    ['priority is low, medium or high', 'true'],
    ['priority is low, medium, or urgent', 'false'],
    ['priority is one of low, medium or high', 'true'],
    ['priority is not one of low, medium or high', 'false'],
    ['priority is different from low', 'true'],
    ['the priority of the ticket is high', 'true'],
    ["the ticket's priority is high", 'true'],
    ['status is in progress', 'true'],
    ['status is "in_progress"', 'true'],
    ['status is open', 'false'],
    ['amount is less than 1000', 'false'],
    ['amount is less than 1,500', 'true'],
    ['amount less than 1500', 'true'],
    ['amount >= 1200', 'true'],
    ['amount is greater than or equal to 1200', 'true'],
    ['amount greater than or equal to 1201', 'false'],
    ['amount is at least 1000 and at most 1500', 'true'],
    ['amount is at most 1000 or at least 1300', 'false'],
    ['amount is not less than 1000', 'true'],
    ['amount exceeds 1000', 'true'],
    ['amount is 1200', 'true'],
    ['amount = 1200.0', 'true'],
    ['amount is above -5', 'true'],
    ['approved is true', 'true'],
    ['approved is no', 'false'],
    ['status is open and amount is less than 5000', 'false'],
    ['priority is high and amount is less than 5000', 'true'],
    ['priority is low or status is open or amount is 1200', 'true'],
    ['priority is low and status is open or amount is 1200', 'true'],
    ['priority is high or urgent and amount is 1200', 'true'],
    ['(priority is low or amount is 1200) and approved is true', 'true'],
    ['priority is low and (status is open or amount is 1200)', 'false'],
    ['subject contains refund', 'true'],
    ['subject contains "my Late"', 'true'],
    ['subject contains late booking', 'true'],
    ['subject does not contain dinner', 'true'],
    ['tags contain vip', 'true'],
    ['tags include vip and billing', 'true'],
    ['tags contain silver or vip', 'true'],
    ['tags do not contain silver', 'true'],
    ['notes is empty', 'true'],
    ['tags are not empty', 'true'],
    ['assignee is empty', 'true'],
    ['assignee exists', 'false'],
    ['assignee is missing', 'true'],
    ['assignee is null', 'true'],
    ['subject exists', 'true'],
    ['customer name is Ana Souza', 'true'],
    ['customer.tier is gold', 'true'],
    ['tier is gold', 'true'],
    ['total cents is 500', 'true'],
    ['customer invoices total_cents is 500', 'true'],
    ['id is T-1042', 'true'],
    // An answer that the unknown part cannot change.
    ['priority is low and mood is good', 'false'],
    ['priority is high or mood is good', 'true'],
    // Portuguese, also about data in English.
    ['se a prioridade for alta ou urgente', 'true'],
    ['a prioridade é baixa', 'false'],
    ['prioridade não é baixa', 'true'],
    ['se a prioridade do chamado for alta', 'true'],
    ['prioridade é diferente de baixa', 'true'],
    ['amount é menor que 1000', 'false'],
    ['amount é maior ou igual a 1.200', 'true'],
    ['amount for maior do que 999,5', 'true'],
    ['amount é no mínimo 1200 e no máximo 1300', 'true'],
    ['tags contém vip', 'true'],
    ['notes está vazia', 'true'],
    ['subject existe', 'true'],
    ['assignee não existe', 'true'],
    ['o status é aberto e a prioridade é alta', 'false'],
  ])('%s: %s', (condition, verdict) => {
    expect({ condition, ...decideCondition(condition, TICKET) }).toMatchObject({ condition, verdict })
  })

  test.each<[string, Json, string]>([
    ['se a prioridade for alta', { prioridade: 'alta' }, 'true'],
    ['priority is high', { prioridade: 'alta' }, 'true'],
    ['se o status for aprovado e o valor for menor que 1000', { status: 'approved', amount: 10 }, 'true'],
    ['status is approved and amount is less than 1000', { status: 'rejected', amount: 10 }, 'false'],
    ['total greater than or equal to 5', { order: { total: 5 } }, 'true'],
    ['order total is 5', { orderTotal: 5 }, 'true'],
    ['status is inactive', { status: 'active' }, 'false'],
    ['code is 007', { code: '007' }, 'true'],
  ])('%s of %j: %s', (condition, data, verdict) => {
    expect(verdictOf(condition, data)).toBe(verdict)
  })
})

describe('every condition', () => {
  const pairs = fc.oneof(
    fc
      .tuple(
        fc.constantFrom('priority', 'status', 'tier', 'subject'),
        fc.constantFrom('high', 'open', 'gold', 'low'),
      )
      .map(([field, word]) => [`${field} is ${word}`, `${field} is not ${word}`]),
    fc
      .tuple(fc.constantFrom('less than', 'greater than', 'at least', 'at most', 'equal to'), fc.integer())
      .map(([comparison, number]) => [
        `amount is ${comparison} ${number}`,
        `amount is not ${comparison} ${number}`,
      ]),
    fc
      .tuple(fc.constantFrom('menor que', 'maior que', 'igual a', 'no máximo'), fc.integer())
      .map(([comparison, number]) => [
        `amount é ${comparison} ${number}`,
        `amount não é ${comparison} ${number}`,
      ]),
    fc
      .constantFrom('vip', 'billing', 'refund', 'silver', 'late')
      .map((word) => [`tags contain ${word}`, `tags do not contain ${word}`]),
    fc
      .constantFrom('notes', 'tags', 'assignee', 'amount', 'mood')
      .map((field) => [`${field} is empty`, `${field} is not empty`]),
    fc
      .constantFrom('notes', 'tags', 'assignee', 'mood')
      .map((field) => [`${field} exists`, `${field} does not exist`]),
  )

  test('has the opposite verdict when it is negated, and stays unknown when it is', () => {
    fc.assert(
      fc.property(pairs, ([asserted, negated]) => {
        const opposite = { true: 'false', false: 'true', unknown: 'unknown' }[verdictOf(asserted!)]
        expect(verdictOf(negated!)).toBe(opposite)
      }),
      { numRuns: 500 },
    )
  })

  test('is never decided with a word in it that has no place', () => {
    const strange = fc.constantFrom(
      'unless',
      'never',
      'hardly',
      'gizmo',
      'without',
      'nunca',
      'exceto',
      'almost',
      'not',
    )
    fc.assert(
      fc.property(pairs, strange, fc.nat(), ([condition], word, place) => {
        const words = condition!.split(' ')
        const at = place % (words.length + 1)
        // "is not" is said by our own grammar, and "does not exist" and its like too.
        fc.pre(!(word === 'not' && /^(?:is|do|does)$/.test(words[at - 1] ?? '')))
        expect(verdictOf(words.toSpliced(at, 0, word).join(' '))).toBe('unknown')
      }),
      { numRuns: 1_000 },
    )
  })

  test('follows numbers as arithmetic does', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (amount, limit) => {
        const about = (said: string) => verdictOf(`amount is ${said} ${limit}`, { amount }) === 'true'
        expect(about('less than')).toBe(amount < limit)
        expect(about('greater than')).toBe(amount > limit)
        expect(about('at most')).toBe(amount <= limit)
        expect(about('at least')).toBe(amount >= limit)
        expect(about('equal to')).toBe(amount === limit)
      }),
    )
  })

  test('of a list is true when one of its values is', () => {
    const levels = ['low', 'normal', 'high', 'urgent']
    fc.assert(
      fc.property(fc.subarray(levels, { minLength: 1 }), fc.constantFrom(...levels), (listed, priority) => {
        const condition = `if ticket priority is ${listed.join(' or ')}`
        expect(verdictOf(condition, { ticket: { priority } })).toBe(String(listed.includes(priority)))
      }),
    )
  })
})
