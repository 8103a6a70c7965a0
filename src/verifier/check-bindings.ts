import { nameEvent, type ReadEvent } from './check-events.ts'
import { checkToolIntent, checkToolOutcome, type KnownCalls } from './check-tool-calls.ts'
import { countOf, type Findings, type Place, recordCheck, recordFault } from './findings.ts'
import { hashJson } from './hash-json.ts'
import type { CheckName } from './schema.ts'

type Payload = Record<string, unknown>
type Report = (check: CheckName, expected: string, actual: string, message: string) => void

/** What is known of decisions, approvals, tokens and effects up to some event. */
type History = {
  decisions: Map<string, Payload>
  requests: Map<string, Payload>
  resolutions: Map<string, { approved: boolean; rejected: boolean }>
  /** Each token with the decision that stood when it was minted: a later one does not unmake it. */
  mints: Map<string, { payload: Payload; decision: Payload | undefined }>
  intendedDecisions: Set<string>
  intendedTokens: Set<string>
  effects: Set<string>
  calls: KnownCalls
}

/**
 * Shown = approved = executed = recorded: what a human was asked about, what the token carries and what was done are
 * the same payload, each was allowed first, and each was done once.
 */
export function checkBindings(events: ReadEvent[], findings: Findings): void {
  const history: History = {
    decisions: new Map(),
    requests: new Map(),
    resolutions: new Map(),
    mints: new Map(),
    intendedDecisions: new Set(),
    intendedTokens: new Set(),
    effects: new Set(),
    calls: new Map(),
  }
  for (const { place, body } of inRecordedOrder(events)) {
    const report: Report = (check, expected, actual, message) =>
      recordFault(findings, check, place, { expected, actual, message: `${nameEvent(place)}: ${message}` })
    followEvent(body.kind, body.payload, history, report, place)
  }
  recordCheck(findings, 'payload-binding', 'what was asked, approved and minted has the hash it is bound by')
  recordCheck(
    findings,
    'token-binding',
    `${countOf(history.mints.size, 'execution token')} bound to what was decided`,
  )
  recordCheck(
    findings,
    'effect-binding',
    `${countOf(history.effects.size + history.calls.size, 'effect')}, each allowed first and done once`,
  )
}

/** Within a run the order of the chain; between runs the time they were recorded, then their place in the log. */
export function inRecordedOrder(events: ReadEvent[]): ReadEvent[] {
  return events.toSorted((left, right) => {
    if (left.body.recorded_at !== right.body.recorded_at) {
      return left.body.recorded_at < right.body.recorded_at ? -1 : 1
    }
    return left.leaf - right.leaf
  })
}

function followEvent(kind: string, payload: Payload, history: History, report: Report, place: Place): void {
  const decisionId = textOf(payload, 'decision_id') ?? ''
  switch (kind) {
    case 'decision_recorded':
      checkPayloadHash(payload, report)
      history.decisions.set(decisionId, payload)
      break
    case 'approval_requested':
      checkPayloadHash(payload, report)
      checkSamePayload(payload, history.decisions.get(decisionId), 'the approval asks about', report)
      history.requests.set(decisionId, payload)
      break
    case 'approval_resolved':
      checkSamePayload(payload, boundPayload(decisionId, history), 'the approval was given to', report)
      noteResolution(decisionId, textOf(payload, 'status'), history)
      break
    case 'execution_token_minted':
      checkMint(decisionId, payload, history, report)
      break
    case 'effect_intended':
      checkIntent(decisionId, payload, history, report)
      break
    case 'effect_completed':
    case 'effect_failed':
    case 'effect_in_doubt':
      checkOutcome(payload, history, report, place)
      break
    case 'tool_call_intended': {
      const decision = history.decisions.get(decisionId)
      checkToolIntent(payload, decision, history.calls, report, place)
      checkAllowed(decisionId, decision, history, report)
      break
    }
    case 'tool_call':
      checkToolOutcome(payload, history.calls, report, place)
      break
  }
}

function checkPayloadHash(payload: Payload, report: Report): void {
  if (payload.payload === null || payload.payload === undefined) return
  const actual = hashJson(payload.payload)
  const named = String(payload.payload_sha256)
  if (named !== actual) {
    report('payload-binding', named, actual, 'its payload does not have the hash that binds it')
  }
}

/** Compares with what the event stands on, where that has a payload and this names one. */
function checkSamePayload(
  payload: Payload,
  basis: Payload | undefined,
  subject: string,
  report: Report,
  check: CheckName = 'payload-binding',
): void {
  const expected = basis && textOf(basis, 'payload_sha256')
  const actual = textOf(payload, 'payload_sha256')
  if (expected === undefined || actual === undefined || expected === actual) return
  report(check, expected, actual, `${subject} another payload than was decided or shown before`)
}

function noteResolution(decisionId: string, status: string | undefined, history: History): void {
  const known = history.resolutions.get(decisionId) ?? { approved: false, rejected: false }
  history.resolutions.set(decisionId, {
    approved: known.approved || status === 'approved',
    rejected: known.rejected || status === 'rejected',
  })
}

function checkMint(decisionId: string, payload: Payload, history: History, report: Report): void {
  const token = textOf(payload, 'jti') ?? ''
  const decision = history.decisions.get(decisionId)
  if (payload.payload === null || payload.payload === undefined) {
    report('token-binding', 'the payload that the token binds', 'none', 'its token binds no payload')
  } else {
    checkPayloadHash(payload, (_check, ...rest) => report('token-binding', ...rest))
  }
  const shown = boundPayload(decisionId, history)
  if (!completesPayload(payload.payload, shown?.payload)) {
    checkSamePayload(payload, shown, 'its token carries', report, 'token-binding')
  }
  checkSameAction(payload, decision, 'token-binding', report)
  if (history.mints.has(token)) {
    report('token-binding', 'a new token', `jti ${token}`, `token ${token} was minted twice`)
  }
  history.mints.set(token, { payload, decision })
}

function checkIntent(decisionId: string, payload: Payload, history: History, report: Report): void {
  checkPayloadHash(payload, (_check, ...rest) => report('effect-binding', ...rest))
  if (decisionId === '') report('effect-binding', 'a decision_id', 'none', 'the effect names no decision')
  const token = textOf(payload, 'jti') ?? ''
  const mint = history.mints.get(token)
  if (mint === undefined) {
    report('effect-binding', `a token ${token} minted before`, 'none', 'no token was minted for this effect')
  } else {
    const decided = textOf(mint.payload, 'decision_id')
    if (decided !== decisionId) {
      report('effect-binding', String(decided), decisionId, 'its token was minted for another decision')
    }
    const minted = textOf(mint.payload, 'payload_sha256')
    const intended = textOf(payload, 'payload_sha256')
    if (minted === undefined || minted !== intended) {
      report(
        'effect-binding',
        String(minted),
        String(intended),
        'the effect has another payload than its token',
      )
    }
    checkSameAction(payload, mint.payload, 'effect-binding', report)
  }
  if (history.intendedDecisions.has(decisionId)) {
    report('effect-binding', 'one effect', 'a second', `decision ${decisionId} was executed twice`)
  }
  if (history.intendedTokens.has(token)) {
    report('effect-binding', 'one effect', 'a second', `token ${token} was used twice`)
  }
  checkAllowed(decisionId, mint?.decision ?? history.decisions.get(decisionId), history, report)
  history.intendedDecisions.add(decisionId)
  history.intendedTokens.add(token)
  const effect = textOf(payload, 'effect_id')
  if (effect !== undefined) history.effects.add(effect)
}

/** An effect stands on a decision that allowed it, or on a human who did and nobody who refused. */
function checkAllowed(
  decisionId: string,
  decision: Payload | undefined,
  history: History,
  report: Report,
): void {
  const effect = decision && textOf(decision, 'effect')
  if (effect === 'allow') return
  if (effect === 'deny') {
    report('effect-binding', 'a decision that allows', 'deny', `decision ${decisionId} denied this effect`)
    return
  }
  const { approved = false, rejected = false } = history.resolutions.get(decisionId) ?? {}
  if (rejected) {
    report(
      'effect-binding',
      'an approval',
      'a rejection',
      `decision ${decisionId} was rejected before this effect`,
    )
  } else if (!approved) {
    const message = `nobody approved decision ${decisionId} before this effect`
    report('effect-binding', 'approval_resolved with status approved', 'none', message)
  }
}

function checkOutcome(payload: Payload, history: History, report: Report, place: Place): void {
  const effect = textOf(payload, 'effect_id')
  if (effect !== undefined && history.effects.has(effect)) return
  const message = `it is the outcome of effect ${effect}, which nothing in the bundle intended before seq ${place.seq}`
  report('effect-binding', 'the effect_id of an effect intended before', String(effect), message)
}

function checkSameAction(
  payload: Payload,
  basis: Payload | undefined,
  check: CheckName,
  report: Report,
): void {
  const expected = basis && textOf(basis, 'action')
  const actual = textOf(payload, 'action')
  if (expected === undefined || actual === undefined || expected === actual) return
  report(check, expected, actual, 'it is for another action than was decided')
}

/** What the human was shown, else what was decided: the payload that everything after is bound to. */
/**
 * Whether a payload says all that was shown, and beyond it only names what was left open there (null), such as the
 * merchant of a purchase.
 */
function completesPayload(payload: unknown, shown: unknown): boolean {
  if (!isObject(payload) || !isObject(shown)) return false
  const sameMembers = Object.keys(payload).length === Object.keys(shown).length
  return (
    sameMembers &&
    Object.entries(shown).every(
      ([name, value]) =>
        Object.hasOwn(payload, name) && (value === null || hashJson(payload[name]) === hashJson(value)),
    )
  )
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function boundPayload(decisionId: string, history: History): Payload | undefined {
  const request = history.requests.get(decisionId)
  if (request && textOf(request, 'payload_sha256') !== undefined) return request
  return history.decisions.get(decisionId)
}

function textOf(payload: Payload, member: string): string | undefined {
  const value = Object.hasOwn(payload, member) ? payload[member] : undefined
  return typeof value === 'string' ? value : undefined
}
