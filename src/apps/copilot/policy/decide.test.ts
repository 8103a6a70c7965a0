import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Check } from '../schema.ts'
import { decide } from './decide.ts'
import { evaluatePlan } from './evaluate-plan.ts'
import { approval, coinTransfer, headlineSwap, tokenTransfer, unwrapping } from './policy.fixture.ts'
import { readReview } from './review.ts'

const one = (status: Check['status'], cause?: string): Check => ({
  id: `${status}-${cause ?? ''}`.toLowerCase(),
  title: 'A check',
  status,
  reason: 'It says so.',
  metadata: cause ? { cause } : {},
})
const many = (count: number, check: Check) =>
  Array.from({ length: count }, (_, at) => ({ ...check, id: `${check.id}-${at}` }))

test('each warning counts 15 up to 100; LOW is below 25, MED below 60', () => {
  const scores = [0, 1, 2, 3, 4, 6, 7, 20].map((count) => {
    const { action, risk_score, severity } = decide(many(count, one('WARN')))
    return [action, risk_score, severity]
  })
  expect(scores).toEqual([
    ['NEEDS_APPROVAL', 0, 'LOW'],
    ['NEEDS_APPROVAL', 15, 'LOW'],
    ['NEEDS_APPROVAL', 30, 'MED'],
    ['NEEDS_APPROVAL', 45, 'MED'],
    ['NEEDS_APPROVAL', 60, 'HIGH'],
    ['NEEDS_APPROVAL', 90, 'HIGH'],
    ['NEEDS_APPROVAL', 100, 'HIGH'],
    ['NEEDS_APPROVAL', 100, 'HIGH'],
  ])
})

test('what cannot be known here scores nothing, and a check that could not do its work counts like a warning', () => {
  expect(decide([one('UNKNOWN', 'not_available')])).toMatchObject({ risk_score: 0, reasons: [] })
  expect(decide([one('UNKNOWN', 'broken_input')])).toMatchObject({ risk_score: 15, severity: 'LOW' })
  expect(decide([one('UNKNOWN')]).risk_score).toBe(15)
})

test('a decision tells its reasons as title and reason, in the words of the seed', () => {
  expect(decide([one('PASS'), one('WARN')])).toEqual({
    action: 'NEEDS_APPROVAL',
    risk_score: 15,
    severity: 'LOW',
    summary: 'Ready for review: policy checks completed.',
    reasons: ['A check: It says so.'],
  })
  expect(decide([one('FAIL')])).toEqual({
    action: 'BLOCK',
    risk_score: 100,
    severity: 'HIGH',
    summary: 'Blocked: one or more required safety checks failed.',
    reasons: ['A check: It says so.'],
  })
})

const status = fc.constantFrom<Check['status']>('PASS', 'WARN', 'UNKNOWN', 'FAIL')
const checks = fc.uniqueArray(
  fc.record({
    id: fc.stringMatching(/^[a-z_]{1,12}$/),
    title: fc.string(),
    status,
    reason: fc.string(),
    metadata: fc.constantFrom({}, { cause: 'not_available' }, { cause: 'broken_input' }),
  }),
  { selector: ({ id }) => id, maxLength: 30 },
)

test('any single failure blocks, whatever else was found', () => {
  fc.assert(
    fc.property(checks, fc.nat(), (others, at) => {
      const list = others.toSpliced(at % (others.length + 1), 0, one('FAIL'))
      expect(decide(list)).toMatchObject({ action: 'BLOCK', risk_score: 100, severity: 'HIGH' })
    }),
  )
})

test('without a failure a human is asked, never more and never less', () => {
  fc.assert(
    fc.property(checks, (list) => {
      const kept = list.filter((check) => check.status !== 'FAIL')
      expect(decide(kept).action).toBe('NEEDS_APPROVAL')
    }),
  )
})

test('no order of the checks changes the decision', () => {
  const shuffled = checks.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  )
  fc.assert(
    fc.property(shuffled, ([list, other]) => {
      expect(decide(other)).toEqual(decide(list))
    }),
  )
})

for (const [what, plan] of Object.entries({
  headlineSwap,
  tokenTransfer,
  coinTransfer,
  approval,
  unwrapping,
})) {
  test(`a clean plan is LOW without a warning: ${what}`, () => {
    const { policy, security, decision } = evaluatePlan(readReview(plan()))
    const concerns = [...policy.checks, ...security].filter((check) =>
      ['WARN', 'FAIL'].includes(check.status),
    )
    expect(concerns).toEqual([])
    expect(decision).toMatchObject({ action: 'NEEDS_APPROVAL', risk_score: 0, severity: 'LOW' })
  })
}

test('each single rule and check of a real evaluation blocks by itself when it fails', () => {
  const { policy, security } = evaluatePlan(readReview(headlineSwap()))
  const all = [...policy.checks, ...security]
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
  for (const { id } of all) {
    const failing = all.map((check) => (check.id === id ? { ...check, status: 'FAIL' as const } : check))
    expect(decide(failing).action, id).toBe('BLOCK')
  }
})

test('where the success of the swap is assumed, that is the one warning: score 15, LOW', () => {
  const input = headlineSwap()
  const { simulation } = input.artifacts
  Object.assign(simulation!, { override_support: 'unsupported', engine: 'assumed' })
  const [approving, swap] = simulation!.results
  delete approving!.logs
  delete approving!.assetChanges
  Object.assign(swap!, {
    assumed_success: true,
    assumption_reason: 'ALLOWANCE_NOT_APPLIED_IN_SIMULATION',
    gasEstimate: null,
    fee: null,
  })
  delete swap!.logs
  delete swap!.assetChanges
  const { decision } = evaluatePlan(readReview(input))
  expect(decision).toMatchObject({ action: 'NEEDS_APPROVAL', risk_score: 15, severity: 'LOW' })
  expect(decision.reasons).toEqual([
    'Simulation: must succeed: Success of swap-1 is assumed and was not simulated.',
  ])
})
