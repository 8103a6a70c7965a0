import { describe, expect, test } from 'vitest'
import { fromNanoseconds, parseTimestamp, type Timestamp, timestampAfter, timestampOf } from './timestamp.ts'

const parsed = (input: string | number) => parseTimestamp(input) as Timestamp
const NS_PER_MS = 1_000_000n

describe('parseTimestamp', () => {
  test.each([
    ['2026-02-14T13:00:00Z', '2026-02-14T13:00:00Z'],
    ['2026-02-14T13:00Z', '2026-02-14T13:00:00Z'],
    ['2026-02-14 13:00:00z', '2026-02-14T13:00:00Z'],
    ['2026-02-14t13:00:00.5Z', '2026-02-14T13:00:00.5Z'],
    ['2026-02-14T13:00:00,123456789Z', '2026-02-14T13:00:00.123456789Z'],
    ['2026-02-14T13:00:00+01:00', '2026-02-14T12:00:00Z'],
    ['2026-02-14T13:00:00-0530', '2026-02-14T18:30:00Z'],
    ['2026-01-01T00:30:00+01:00', '2025-12-31T23:30:00Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
    ['2000-02-29T23:59:59.999999999Z', '2000-02-29T23:59:59.999999999Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
    ['9999-12-31T23:59:59.999999999Z', '9999-12-31T23:59:59.999999999Z'],
  ])('%s is %s', (input, iso) => {
    expect(parsed(input).iso).toBe(iso)
    expect(parsed(iso), 'what is stored reads back as the same moment').toEqual(parsed(input))
  })

  test.each([
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T23:60:00Z',
    '2026-12-31T23:59:60Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00+00:60',
    '2026-01-01T00:00:00.1234567890Z',
    '2026-01-01T00:00:00.Z',
    '2026-01-01',
    '26-01-01T00:00:00Z',
    ' 2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00Z\n',
    '2026-1-1T00:00:00Z',
    '+2026-01-01T00:00:00Z',
    '0000-12-31T00:00:00Z',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    'now',
    '',
  ])('%j cannot be read', (input) => {
    expect(parseTimestamp(input)).toBe('unparsable')
  })

  test.each(['2026-02-14T13:00:00', '2026-02-14 13:00', '2026-02-14T13:00:00.123'])(
    '%s lacks its zone, which is said as such',
    (input) => {
      expect(parseTimestamp(input)).toBe('without-zone')
    },
  )

  test.each([
    [0, '1970-01-01T00:00:00Z'],
    ['0', '1970-01-01T00:00:00Z'],
    [1_771_074_000, '2026-02-14T13:00:00Z'],
    ['1771074000', '2026-02-14T13:00:00Z'],
    [-1, '1969-12-31T23:59:59Z'],
    ['-1', '1969-12-31T23:59:59Z'],
    [253_402_300_799, '9999-12-31T23:59:59Z'],
  ])('%j seconds since 1970 are %s', (input, iso) => {
    expect(parsed(input).iso).toBe(iso)
  })

  test.each([
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    253_402_300_800,
    -62_135_596_801,
    2 ** 60,
    '1.5',
    '1e9',
  ])('%j is no number of seconds', (input) => {
    expect(parseTimestamp(input)).toBe('unparsable')
  })

  test('moments that a JavaScript date would tie keep their order', () => {
    const inOrder = [
      '1969-12-31T23:59:59.999999999Z',
      '1970-01-01T00:00:00Z',
      '2026-02-14T13:00:00Z',
      '2026-02-14T13:00:00.000000001Z',
      '2026-02-14T14:00:00.0001+01:00',
      '2026-02-14T13:00:00.00010001Z',
      '2026-02-14T13:00:00.001Z',
    ].map((text) => parsed(text).ns)
    expect(inOrder).toEqual(inOrder.toSorted((a, b) => (a < b ? -1 : 1)))
    expect(new Set(inOrder).size).toBe(inOrder.length)
    expect(parsed('1970-01-01T00:00:00.5Z').ns).toBe(500_000_000n)
  })
})

describe('moments as text', () => {
  test.each([
    [0n, '1970-01-01T00:00:00.000Z'],
    [1_500_000n, '1970-01-01T00:00:00.001500Z'],
    [1n, '1970-01-01T00:00:00.000000001Z'],
    [-1n, '1969-12-31T23:59:59.999999999Z'],
    [-1_000_000_000n, '1969-12-31T23:59:59.000Z'],
  ])('%d nanoseconds are %s', (ns, iso) => {
    expect(fromNanoseconds(ns)).toEqual({ iso, ns })
    expect(parsed(iso).ns).toBe(ns)
  })
})

describe('timestampAfter', () => {
  const now = Date.parse('2026-03-01T12:00:00Z')

  test('is now in an empty run, and in one whose newest event is older', () => {
    expect(timestampAfter(now, null)).toEqual(timestampOf(now))
    expect(timestampAfter(now, timestampOf(now - 1).ns)).toEqual(timestampOf(now))
    expect(timestampAfter(now, timestampOf(now).ns - 1n)).toEqual(timestampOf(now))
  })

  test('is a millisecond after the newest event when that is of now or of the future', () => {
    expect(timestampAfter(now, timestampOf(now).ns).ns).toBe(timestampOf(now + 1).ns)
    expect(timestampAfter(now, parsed('2031-01-01T00:00:00.0000005Z').ns).iso).toBe(
      '2031-01-01T00:00:00.001000500Z',
    )
  })

  test.each([
    '9999-12-31T23:59:59.998Z',
    '9999-12-31T23:59:59.9985Z',
    '9999-12-31T23:59:59.999Z',
    '9999-12-31T23:59:59.999999999Z',
  ])('after %s it is still a time that can be read, and none that is older', (newest) => {
    const { ns } = parsed(newest)
    const after = timestampAfter(now, ns)
    expect(parsed(after.iso)).toMatchObject({ ns: after.ns })
    expect(after.ns >= ns).toBe(true)
    expect(after.ns - ns <= NS_PER_MS).toBe(true)
  })
})
