import type { Json } from '../../../lib/canonical-json.ts'
import type { Check } from '../schema.ts'

export type Outcome = Pick<Check, 'status' | 'reason' | 'metadata'>

type Loose =
  | null
  | boolean
  | number
  | bigint
  | string
  | undefined
  | readonly Loose[]
  | { [member: string]: Loose }
type Metadata = { [member: string]: Loose }

export const pass = (reason: string, metadata: Metadata = {}): Outcome => outcome('PASS', reason, metadata)
/** The plan has nothing that the check could look at. It passes, and speaks for nothing. */
export const notApplicable = (reason: string): Outcome => pass(reason, { applies: false })
export const warn = (reason: string, metadata: Metadata = {}): Outcome => outcome('WARN', reason, metadata)
export const fail = (reason: string, metadata: Metadata = {}): Outcome => outcome('FAIL', reason, metadata)

/** Nobody here can know: a feed, a network or a second source is missing. Scores nothing. */
export const unavailable = (reason: string, metadata: Metadata = {}): Outcome =>
  outcome('UNKNOWN', reason, { ...metadata, cause: 'not_available' })

/** The engine of this node does not show what the check looks at. That it could prove less is scored once, by who says so. */
export const notShown = (reason: string, metadata: Metadata = {}): Outcome =>
  unavailable(reason, { ...metadata, missing: 'simulation' })

/** What the check needs should have been there and was not, or could not be read. Scores like a warning. */
export const broken = (reason: string, metadata: Metadata = {}): Outcome =>
  outcome('UNKNOWN', reason, { ...metadata, cause: 'broken_input' })

export const isBroken = (check: Outcome): boolean =>
  check.status === 'UNKNOWN' && check.metadata.cause !== 'not_available'

/** The worst of several: failures before warnings, those before what could not be done or known. All of a kind are told. */
export function worst(outcomes: readonly Outcome[], otherwise: Outcome): Outcome {
  const found = [isFailure, isWarning, isBroken, () => true]
    .map((isOne) => outcomes.filter((each) => each.status !== 'PASS' && isOne(each)))
    .find((list) => list.length > 0)
  if (!found) return otherwise
  return { ...found[0]!, reason: [...new Set(found.map(({ reason }) => reason))].join(' ') }
}

export const isNotShown = ({ metadata }: Outcome): boolean => metadata.missing === 'simulation'
export const isApplicable = ({ metadata }: Outcome): boolean => metadata.applies !== false

const isFailure = ({ status }: Outcome) => status === 'FAIL'
const isWarning = ({ status }: Outcome) => status === 'WARN'

function outcome(status: Check['status'], reason: string, metadata: Metadata): Outcome {
  return { status, reason, metadata: toJson(metadata) as Record<string, Json> }
}

/** Amounts become decimal strings, and what is absent is left out. */
function toJson(value: Loose): Json {
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map(toJson)
  if (typeof value !== 'object' || value === null) return (value ?? null) as Json
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, toJson(member)]),
  )
}

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu
const LONGEST_NAME = 48
/** As much as is passed on of what a provider says. */
const LONGEST_REASON = 300

/**
 * Text that somebody else wrote, such as the name of a token: quoted, in one line, without what is invisible, and short.
 * Data for a reader, never part of a sentence.
 */
export const quoted = (text: string): string => quote(text, LONGEST_NAME)

/** The same of why something failed, which is said in a sentence or two. The sentence around it ends by itself. */
export const quotedReason = (text: string): string => quote(text.replace(/[\s.]+$/, ''), LONGEST_REASON)

function quote(text: string, longest: number): string {
  const visible = text.replace(INVISIBLE, ' ').trim()
  return JSON.stringify(visible.length > longest ? `${[...visible].slice(0, longest).join('')}…` : visible)
}
