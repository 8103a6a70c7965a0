import { expect, test } from 'vitest'
import { findRests, makeTimeScale } from './time-scale.ts'

test('without a long rest, time is drawn as it passed', () => {
  const { at, cuts } = makeTimeScale({ from: 100, to: 200 }, [{ from: 150, to: 155 }])
  expect([at(100), at(125), at(200)]).toEqual([0, 0.25, 1])
  expect([at(0), at(1_000)]).toEqual([0, 1])
  expect(cuts).toEqual([])
})

test('hours of waiting do not hide milliseconds of work', () => {
  const hours = 3 * 3_600_000
  const { at, cuts } = makeTimeScale({ from: 0, to: hours + 100 }, [{ from: 50, to: hours + 50 }])
  expect(at(50)).toBeCloseTo(50 / 120)
  expect(at(hours + 50)).toBeCloseTo(70 / 120)
  expect(at(hours + 100)).toBe(1)
  expect(cuts).toEqual([{ from: 50, to: hours + 50, start: at(50), end: at(hours + 50) }])
})

test('later is never drawn before earlier, whatever rests', () => {
  const { at } = makeTimeScale({ from: 0, to: 10_000 }, [
    { from: 6_000, to: 9_000 },
    { from: 100, to: 4_000 },
    { from: 9_999, to: 20_000 },
  ])
  const drawn = Array.from({ length: 1_001 }, (_, index) => at(index * 10))
  expect(drawn.every((each, index) => index === 0 || each >= drawn[index - 1]!)).toBe(true)
  expect([drawn[0], drawn.at(-1)]).toEqual([0, 1])
})

test('a run that did nothing but wait, or took no time, has a scale too', () => {
  expect(makeTimeScale({ from: 0, to: 50 }, [{ from: 0, to: 50 }]).at(25)).toBe(0.5)
  expect(makeTimeScale({ from: 5, to: 5 }, []).at(5)).toBe(0)
})

test('a rest lasts from the pause until the run goes on, ends, or until now', () => {
  const at = (second: number) => `2026-11-21T12:00:0${second}.000Z`
  const told = [
    { kind: 'run_started', time: at(0) },
    { kind: 'run_paused', time: at(1) },
    { kind: 'approval_resolved', time: at(2) },
    { kind: 'run_resumed', time: at(3) },
    { kind: 'run_paused', time: at(4) },
  ]
  expect(findRests(told, Date.parse(at(9)))).toEqual([
    { from: Date.parse(at(1)), to: Date.parse(at(3)) },
    { from: Date.parse(at(4)), to: Date.parse(at(9)) },
  ])
})
