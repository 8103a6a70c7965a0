/** A moment with every digit it came with. `ns` counts nanoseconds since 1970-01-01T00:00:00Z and orders moments. */
export type Timestamp = {
  /** ISO 8601 in UTC with `Z`; the fraction keeps its digits. */
  iso: string
  ns: bigint
}

export type TimestampFault = 'unparsable' | 'without-zone'

const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|z|[+-]\d{2}:?\d{2})?$/
const NS_PER_MS = 1_000_000n
const NS_PER_SECOND = 1_000_000_000n
const FIRST_MS = Date.parse('0001-01-01T00:00:00Z')
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * Reads an RFC 3339 date-time with a zone (also a space or a small `t`/`z`), or integer seconds since 1970 as number
 * or text. Keeps up to nine digits of a fraction, where a JavaScript Date would tie them after three.
 */
export function parseTimestamp(input: string | number): Timestamp | TimestampFault {
  if (input !== parsed.input) parsed = { input, result: readTimestamp(input) }
  return parsed.result
}

/** What was read last: events of one commit mostly carry one time, and each is read more than once on its way. */
let parsed: { input: string | number; result: Readonly<Timestamp> | TimestampFault } = {
  input: '',
  result: 'unparsable',
}

function readTimestamp(input: string | number): Timestamp | TimestampFault {
  if (typeof input === 'number' || /^-?\d{1,12}$/.test(input)) return fromSeconds(Number(input))
  const match = DATE_TIME.exec(input)
  if (!match) return 'unparsable'
  const [, year, month, day, hour, minute, second = '00', fraction = '', zone] = match
  const utcText = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`
  const asUtc = Date.parse(utcText)
  // Date.parse rolls 30 February over to March on some engines; the round trip catches it.
  if (Number.isNaN(asUtc) || toSeconds(asUtc) !== utcText.slice(0, 19)) return 'unparsable'
  if (zone === undefined) return 'without-zone'
  const offset = offsetMinutes(zone)
  if (offset === undefined) return 'unparsable'
  const ms = asUtc - offset * 60_000
  if (ms < FIRST_MS || ms > LAST_MS) return 'unparsable'
  return {
    iso: `${toSeconds(ms)}${fraction && `.${fraction}`}Z`,
    ns: BigInt(ms) * NS_PER_MS + BigInt(fraction.padEnd(9, '0')),
  }
}

function fromSeconds(seconds: number): Timestamp | TimestampFault {
  const ms = seconds * 1000
  if (!Number.isSafeInteger(seconds) || ms < FIRST_MS || ms > LAST_MS) return 'unparsable'
  return { iso: `${toSeconds(ms)}Z`, ns: BigInt(ms) * NS_PER_MS }
}

function offsetMinutes(zone: string): number | undefined {
  if (zone === 'Z' || zone === 'z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(-2))
  if (hours > 23 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

/** The second that was written last: events come many in a second, and writing a date is dear (7 % of an append). */
let written = { second: Number.NaN, text: '' }

function toSeconds(ms: number): string {
  const second = Math.floor(ms / 1000)
  if (second !== written.second) written = { second, text: new Date(ms).toISOString().slice(0, 19) }
  return written.text
}

/** A moment of the server's clock. */
export function timestampOf(ms: number): Timestamp {
  return fromNanoseconds(BigInt(ms) * NS_PER_MS)
}

/** The same moment as text, with 3, 6 or 9 digits of a fraction, as many as it needs. */
export function fromNanoseconds(ns: bigint): Timestamp {
  const seconds = ns / NS_PER_SECOND - (ns < 0n && ns % NS_PER_SECOND !== 0n ? 1n : 0n)
  const fraction = (ns - seconds * NS_PER_SECOND).toString().padStart(9, '0')
  const digits = fraction.endsWith('000000') ? 3 : fraction.endsWith('000') ? 6 : 9
  return { iso: `${toSeconds(Number(seconds) * 1000)}.${fraction.slice(0, digits)}Z`, ns }
}

/** The last nanosecond that can be written, so that nothing read is ever newer than what we write. */
const LAST_NS = BigInt(LAST_MS + 1) * NS_PER_MS - 1n

/** Now, or one millisecond after `newest` when that is later: what we write ourselves always sorts last. */
export function timestampAfter(nowMs: number, newest: bigint | null): Timestamp {
  const now = timestampOf(nowMs)
  if (newest === null || newest < now.ns) return now
  const next = newest + NS_PER_MS
  return fromNanoseconds(next > LAST_NS ? LAST_NS : next)
}

/** Now, or `newest` when that is later: for events that belong together, whose order their number tells. */
export function timestampNotBefore(nowMs: number, newest: bigint | null): Timestamp {
  const now = timestampOf(nowMs)
  return newest === null || newest <= now.ns ? now : fromNanoseconds(newest)
}
