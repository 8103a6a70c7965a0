import {
  findLack,
  findMissingPeople,
  findUnfit,
  findUnproved,
  isAsStrong,
  readTerms,
  stricterTerms,
  type Terms,
} from './approval-terms.ts'
import type { ReadEvent } from './check-events.ts'
import { type AuthenticationMethod, type CheckName, FreshAuthenticationRecord } from './schema.ts'

type Payload = Record<string, unknown>

/** How a step of the check says what it found: a fault, or what the bundle cannot tell. */
export type Reporter = {
  fault(check: CheckName, expected: string, actual: string, message: string): void
  note(text: string): void
}

/** One request for an approval and what became of it. */
export type Approval = {
  run: string
  eventId: string
  asker: string
  request: Payload
  terms: Terms
  approvers: Map<string, AuthenticationMethod | undefined>
  state: 'pending' | 'approved' | 'rejected' | 'expired'
}

/** Decisions and approvals as the events up to some moment tell them. */
export type Approvals = {
  decisions: Map<string, { run: string; payload: Payload }>
  requests: Map<string, Approval>
  /** Receipts from outside may open a gate too. Their answer is recorded and unlocks nothing. */
  receipts: Set<string>
}

/** A yes to what was asked, with the proof that came along. */
export type Yes = {
  decisionId: string
  given: AuthenticationMethod | undefined
  payloadSha256: unknown
  record: unknown
}

/** The gate looks at the clock before it writes, and servers' clocks differ a little. */
const CLOCK_LEEWAY_MS = 60_000

export const startApprovals = (): Approvals => ({
  decisions: new Map(),
  requests: new Map(),
  receipts: new Set(),
})

/**
 * Follows decisions and approvals event by event. An approval is asked for once and before it is answered, with no weaker terms
 * than were decided; it is given in time, by as many different people as wanted, and answered once.
 */
export function followApproval(event: ReadEvent, approvals: Approvals, report: Reporter): Yes | undefined {
  const { kind, payload, run, event_id: eventId } = event.body
  const decisionId = String(payload.decision_id)
  switch (kind) {
    case 'receipt_ingested':
    case 'receipt_recorded':
      approvals.receipts.add(`${run}\n${eventId}`)
      return undefined
    case 'decision_recorded': {
      const asked = approvals.requests.get(decisionId)
      // Asked for before anything was decided, or in the same millisecond: what is decided then holds for the answer.
      if (asked && !approvals.decisions.has(decisionId)) {
        asked.terms = stricterTerms(asked.terms, readTerms(payload.approval))
      }
      approvals.decisions.set(decisionId, { run, payload })
      return undefined
    }
    case 'approval_requested':
      followRequest(event, decisionId, approvals, report)
      return undefined
    case 'approval_vote_cast': {
      const approval = findOpen(event, decisionId, approvals, report)
      return approval && takeYes(event, decisionId, approval, report)
    }
    case 'approval_expired': {
      const approval = approvals.requests.get(decisionId)
      if (approval?.state === 'pending') approval.state = 'expired'
      return undefined
    }
    case 'approval_resolved':
      return followResolution(event, decisionId, approvals, report)
    default:
      return undefined
  }
}

function followRequest(
  { body }: ReadEvent,
  decisionId: string,
  approvals: Approvals,
  { fault }: Reporter,
): void {
  const { payload, run, event_id: eventId, actor } = body
  if (approvals.requests.has(decisionId)) {
    fault('approval', 'one request', 'a second', `an approval of decision ${decisionId} was asked for twice`)
    return
  }
  const own = readTerms(payload)
  const decided = approvals.decisions.get(decisionId)?.payload.approval
  const wanted = readTerms(decided)
  const message = 'it asks for less than was decided'
  if (!isAsStrong(own.method, wanted.method)) {
    fault('fresh-authentication', String(wanted.method), own.method ?? 'none', message)
  }
  if (own.people < wanted.people) {
    fault('approval', `${wanted.people} different approvers`, String(own.people), message)
  }
  if (wanted.otherPerson && !own.otherPerson) {
    fault('approval', 'another person than who asked', 'anybody', message)
  }
  const seconds = (decided as Payload | null | undefined)?.expires_in_seconds
  if (typeof seconds === 'number') {
    const latest = Date.parse(body.recorded_at) + seconds * 1000
    if (!(timeOf(payload.expires_at) <= latest)) {
      const end = String(payload.expires_at)
      fault('approval', new Date(latest).toISOString(), end, 'it may be answered for longer than was decided')
    }
  }
  approvals.requests.set(decisionId, {
    run,
    eventId,
    asker: actor,
    request: payload,
    terms: stricterTerms(own, wanted),
    approvers: new Map(),
    state: 'pending',
  })
}

/** The request that an answer belongs to, where it may still be answered. */
function findOpen(
  { body }: ReadEvent,
  decisionId: string,
  { requests }: Approvals,
  { fault }: Reporter,
): Approval | undefined {
  const approval = requests.get(decisionId)
  const target = String(body.payload.target_event_id)
  if (!approval || approval.run !== body.run || approval.eventId !== target) {
    fault('approval', 'a request before it', target, `it answers what nobody asked before: event ${target}`)
    return undefined
  }
  if (approval.state !== 'pending') {
    const message = `it answers an approval that was ${approval.state} before`
    fault('approval', 'an approval that is pending', approval.state, message)
  }
  return approval
}

function followResolution(
  event: ReadEvent,
  decisionId: string,
  approvals: Approvals,
  report: Reporter,
): Yes | undefined {
  const { payload, run } = event.body
  const decision = approvals.decisions.get(decisionId)?.payload
  if (approvals.receipts.has(`${run}\n${String(payload.target_event_id)}`)) {
    if (payload.status === 'approved' && decision?.effect === 'require_approval') {
      report.note('it answers a receipt from outside, which binds nothing: no approval of the decision')
    }
    return undefined
  }
  const approval = findOpen(event, decisionId, approvals, report)
  if (!approval) return undefined
  if (payload.status !== 'approved') {
    approval.state = 'rejected'
    return undefined
  }
  const yes = takeYes(event, decisionId, approval, report)
  const { terms, state } = approval
  const missing = findMissingPeople(terms, approval)
  if (missing) {
    report.fault('approval', missing.expected, missing.actual, 'it was approved by fewer than it wants')
  }
  const unproved = findUnproved(terms, approval)
  if (unproved && isAsStrong(yes.given, terms.method)) {
    const message = 'a vote before it came without the proof that was asked for'
    report.fault('fresh-authentication', unproved.expected, unproved.actual, message)
  }
  // Once rejected or expired it stays so, whatever is written afterwards.
  if (state === 'pending') approval.state = 'approved'
  const newer = decision && findLack(stricterTerms(terms, readTerms(decision.approval)), approval)
  if (newer && !findLack(terms, approval)) {
    report.note(`a decision since wants more (${newer.expected}) than this approval has (${newer.actual})`)
  }
  return yes
}

/** Somebody's yes, by name of the credential: once, in time, by somebody whose word counts, with the proof that is wanted. */
function takeYes(
  { body }: ReadEvent,
  decisionId: string,
  { terms, request, asker, approvers }: Approval,
  { fault }: Reporter,
): Yes {
  const { payload, actor } = body
  const { fresh_authentication: record, authenticated_as: name } = payload
  if (name !== undefined && name !== actor) {
    fault('approval', actor, String(name), 'it names another approver than its actor')
  }
  if (approvers.has(actor)) {
    fault('approval', 'another approver', actor, `${actor} approved decision ${decisionId} twice`)
  }
  if (!(Date.parse(body.recorded_at) <= timeOf(request.expires_at) + CLOCK_LEEWAY_MS)) {
    const end = `an answer by ${String(request.expires_at)}`
    fault('approval', end, body.recorded_at, 'it was approved when its time was over')
  }
  const unfit = findUnfit(terms, asker, actor)
  if (unfit) {
    fault('approval', unfit.expected, unfit.actual, 'it was approved by somebody whose word does not count')
  }
  const read = FreshAuthenticationRecord.safeParse(record)
  const given = read.success ? read.data.method : undefined
  if (!isAsStrong(given, terms.method)) {
    const message = 'it was approved without the proof that was asked for'
    fault('fresh-authentication', String(terms.method), given ?? 'none', message)
  }
  approvers.set(actor, given)
  return { decisionId, given, payloadSha256: request.payload_sha256 ?? payload.payload_sha256, record }
}

/** Never, where there is no end. */
const timeOf = (value: unknown): number =>
  typeof value === 'string' ? Date.parse(value) : Number.POSITIVE_INFINITY
