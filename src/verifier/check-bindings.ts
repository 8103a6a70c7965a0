import { checkAllowed } from './check-allowed.ts'
import { type Approvals, followApproval, type Reporter, startApprovals } from './check-approvals.ts'
import { nameEvent, type ReadEvent } from './check-events.ts'
import { checkToolIntent, checkToolOutcome, type KnownCalls } from './check-tool-calls.ts'
import { countOf, type Findings, type Place, recordCheck, recordFault, recordNote } from './findings.ts'
import { hashJson } from './hash-json.ts'
import type { BundleScope, CheckName } from './schema.ts'

type Payload = Record<string, unknown>
type Report = (check: CheckName, expected: string, actual: string, message: string) => void

/** What is known of decisions, approvals, tokens and effects up to some event. */
type History = {
  approvals: Approvals
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
export function checkBindings(events: ReadEvent[], scope: BundleScope, findings: Findings): void {
  const history: History = {
    approvals: startApprovals(),
    mints: new Map(),
    intendedDecisions: new Set(),
    intendedTokens: new Set(),
    effects: new Set(),
    calls: new Map(),
  }
  const decided = new Set(
    events
      .filter(({ body }) => body.kind === 'decision_recorded')
      .map(({ body }) => body.payload.decision_id),
  )
  for (const event of inRecordedOrder(events)) {
    const { place } = event
    const report: Report = (check, expected, actual, message) =>
      recordFault(findings, check, place, { expected, actual, message: `${nameEvent(place)}: ${message}` })
    const note = (text: string) => recordNote(findings, `${nameEvent(place)}: ${text}`)
    checkPayload(event, history, report)
    if (event.body.kind === 'approval_requested') checkDecided(event, scope, decided, { fault: report, note })
    followApproval(event, history.approvals, {
      // What is wrong with a proof, the check of proofs says.
      fault: (check, ...fault) => check !== 'fresh-authentication' && report(check, ...fault),
      note,
    })
    followEffect(event, history, report)
  }
  recordCheck(findings, 'payload-binding', 'what was asked, approved and minted has the hash it is bound by')
  const { requests } = history.approvals
  if (requests.size > 0) {
    const asked = countOf(requests.size, 'approval')
    recordCheck(findings, 'approval', `${asked}, asked for first and given by as many people as wanted`)
  }
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

/** What was decided, asked and answered is the same payload. */
function checkPayload({ body: { kind, payload } }: ReadEvent, { approvals }: History, report: Report): void {
  const decisionId = textOf(payload, 'decision_id') ?? ''
  if (kind === 'decision_recorded') checkPayloadHash(payload, report)
  if (kind === 'approval_requested') {
    checkPayloadHash(payload, report)
    const decided = approvals.decisions.get(decisionId)?.payload
    checkSamePayload(payload, decided, 'the approval asks about', report)
    const hidden = decided && textOf(decided, 'payload_sha256')
    if (hidden !== undefined && textOf(payload, 'payload_sha256') === undefined) {
      report('payload-binding', hidden, 'none', 'the approval does not show the payload that was decided')
    }
  }
  if (kind === 'approval_resolved' || kind === 'approval_vote_cast') {
    checkSamePayload(payload, boundPayload(decisionId, approvals), 'the approval was given to', report)
  }
}

/**
 * A request that names the policies it stands on has a decision, unless that stands in a run that is not exported. It may stand
 * behind the request here, as events of one millisecond in two runs have no order.
 */
function checkDecided(
  { body: { payload } }: ReadEvent,
  scope: BundleScope,
  decided: ReadonlySet<unknown>,
  { fault, note }: Reporter,
): void {
  const decisionId = textOf(payload, 'decision_id') ?? ''
  // What became of a call in doubt is asked by the policies of that moment, with no decision of its own.
  if (decided.has(decisionId) || payload.action === 'tool_call_in_doubt') return
  const policies = textOf(payload, 'policy_sha256')
  if (policies === undefined) return
  const message = `decision ${decisionId}, which it stands on, is not in the bundle`
  if ('decision_id' in scope && scope.decision_id === decisionId) fault('approval', policies, 'none', message)
  else note(`${message}: nothing says what was wanted of the approval`)
}

function followEffect({ body, place }: ReadEvent, history: History, report: Report): void {
  const { kind, payload, run } = body
  const decisionId = textOf(payload, 'decision_id') ?? ''
  switch (kind) {
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
      const decision = history.approvals.decisions.get(decisionId)
      checkToolIntent(payload, decision?.payload, history.calls, report, place)
      if (decision && decision.run !== run) {
        report('effect-binding', decision.run, run, 'it stands on a decision of another run')
      }
      checkOnce(decisionId, history, report)
      checkAllowed(decisionId, decision?.payload, history.approvals, 'this effect', (...fault) =>
        report('effect-binding', ...fault),
      )
      break
    }
    case 'tool_call':
      checkToolOutcome(payload, history.calls, report, place)
      break
  }
}

function checkOnce(decisionId: string, { intendedDecisions }: History, report: Report): void {
  if (intendedDecisions.has(decisionId)) {
    report('effect-binding', 'one effect', 'a second', `decision ${decisionId} was executed twice`)
  }
  intendedDecisions.add(decisionId)
}

function checkPayloadHash(payload: Payload, report: Report): void {
  if (payload.payload === null || payload.payload === undefined) {
    const bare = textOf(payload, 'payload_sha256')
    if (bare) report('payload-binding', bare, 'none', 'it names the hash of a payload that it does not show')
    return
  }
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

function checkMint(decisionId: string, payload: Payload, history: History, report: Report): void {
  const token = textOf(payload, 'jti') ?? ''
  const decision = history.approvals.decisions.get(decisionId)?.payload
  if (payload.payload === null || payload.payload === undefined) {
    report('token-binding', 'the payload that the token binds', 'none', 'its token binds no payload')
  } else {
    checkPayloadHash(payload, (_check, ...rest) => report('token-binding', ...rest))
  }
  const shown = boundPayload(decisionId, history.approvals)
  if (!completesPayload(payload.payload, shown?.payload)) {
    checkSamePayload(payload, shown, 'its token carries', report, 'token-binding')
  }
  // Without a decision the request says what it is for.
  checkSameAction(payload, decision ?? shown, 'token-binding', report)
  checkAllowed(decisionId, decision, history.approvals, 'this token', (...fault) =>
    report('token-binding', ...fault),
  )
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
  checkOnce(decisionId, history, report)
  if (history.intendedTokens.has(token)) {
    report('effect-binding', 'one effect', 'a second', `token ${token} was used twice`)
  }
  const standing = mint?.decision ?? history.approvals.decisions.get(decisionId)?.payload
  checkAllowed(decisionId, standing, history.approvals, 'this effect', (...fault) =>
    report('effect-binding', ...fault),
  )
  history.intendedTokens.add(token)
  const effect = textOf(payload, 'effect_id')
  if (effect !== undefined) history.effects.add(effect)
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

/** What the human was shown, else what was decided: the payload that everything after is bound to. */
function boundPayload(decisionId: string, { requests, decisions }: Approvals): Payload | undefined {
  const request = requests.get(decisionId)?.request
  if (request && textOf(request, 'payload_sha256') !== undefined) return request
  return decisions.get(decisionId)?.payload
}

function textOf(payload: Payload, member: string): string | undefined {
  const value = Object.hasOwn(payload, member) ? payload[member] : undefined
  return typeof value === 'string' ? value : undefined
}
