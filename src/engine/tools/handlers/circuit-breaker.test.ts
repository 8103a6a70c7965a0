import { expect, test } from 'vitest'
import { admit, type Breaker, type BreakerOutcome, CLOSED, conclude } from './circuit-breaker.ts'

const after = (outcomes: BreakerOutcome[], from: Breaker = CLOSED, now = 0) =>
  outcomes.reduce((breaker, outcome) => conclude(breaker, outcome, now), from)

const failures = (count: number): BreakerOutcome[] => Array(count).fill('failed')

test('five failures in a row open it for a minute', () => {
  expect(admit(after(failures(4)), 0)).not.toBeNull()
  const open = after(failures(5), CLOSED, 1000)
  expect([1000, 60_999, 61_000].map((now) => admit(open, now) !== null)).toEqual([false, false, true])
})

test('an answer in between starts the count over, and what told nothing does not count', () => {
  expect(after([...failures(4), 'answered', ...failures(4)])).toMatchObject({ type: 'closed' })
  expect(after([...failures(4), 'unknown'])).toEqual(after(failures(4)))
})

test('after the minute one call tries, alone; its answer closes it, its failure opens it again', () => {
  const trying = admit(after(failures(5)), 60_000)!
  expect(admit(trying, 60_000)).toBeNull()
  expect(after(['answered'], trying)).toEqual(CLOSED)
  const open = after(['failed'], trying, 60_000)
  expect([119_999, 120_000].map((now) => admit(open, now) !== null)).toEqual([false, true])
})

test('when the one that tries learns nothing, the next one tries', () => {
  const trying = admit(after(failures(5)), 60_000)!
  expect(admit(conclude(trying, 'unknown', 60_000), 60_000)).toEqual({ type: 'trying' })
})

test('late failures do not keep it open for longer, and a late answer closes it', () => {
  const open = after(failures(5))
  expect(conclude(open, 'failed', 50_000)).toEqual(open)
  expect(conclude(open, 'answered', 50_000)).toEqual(CLOSED)
})
