import { expect, test } from 'vitest'
import { rememberNonces } from './nonces.ts'

test('a nonce is taken once until it expires, and its room is free after that', () => {
  const nonces = rememberNonces(2)
  expect(nonces.take('a', 1000, 0)).toBe('fresh')
  expect(nonces.take('a', 5000, 1000)).toBe('replayed')
  expect(nonces.take('a', 5000, 1001)).toBe('fresh')
})

test('when there is no room left nothing is let in, and nothing is forgotten', () => {
  const nonces = rememberNonces(2)
  nonces.take('a', 60_000, 0)
  nonces.take('b', 90_000, 0)
  expect(nonces.take('c', 90_000, 0)).toBe('full')
  expect(nonces.take('a', 90_000, 0)).toBe('replayed')
  // Once some have expired, others take their place.
  expect(nonces.take('c', 90_000, 60_001)).toBe('fresh')
  expect(nonces.take('b', 90_000, 60_001)).toBe('replayed')
})
