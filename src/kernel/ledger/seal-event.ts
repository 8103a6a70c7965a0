import { canonicalJson, type Json } from '../../lib/canonical-json.ts'
import { sha256 } from '../../lib/hash.ts'
import { parseTimestamp } from '../../lib/timestamp.ts'
import { type EventContent, type EventKind, EventPayload } from './event-kinds.ts'
import { evolveExecution } from './execution-state.ts'
import { evolveRun, initialRunState, type RunSignal, type RunState, signalOf } from './run-state.ts'

/** RFC 6962 puts this byte before a leaf, so that an event's hash is its Merkle leaf hash too. */
const LEAF_PREFIX = '\0'
export const NO_HASH = Buffer.alloc(32)

/** The head of a run's chain, and the state folded from its events. */
export type RunHead = {
  runId: string
  seq: number
  hash: Buffer
  /** Nanoseconds of the newest event in time; null in an empty run. */
  newestNs: bigint | null
  /** When the last event was recorded: the next one is never recorded earlier, even when the clock steps back. */
  recordedAt: string
  state: RunState
}

export const emptyHead = (runId: string): RunHead => ({
  runId,
  seq: 0,
  hash: NO_HASH,
  newestNs: null,
  recordedAt: '',
  state: initialRunState,
})

/** What a caller wants appended. */
export type NewEvent = EventContent & {
  eventId: string
  /** RFC 3339 with a zone, as received. */
  occurredAt: string
  /** The principal that caused it. */
  actor: string
}

/** An event as it stands in the log. */
export type LedgerEvent = NewEvent & {
  tenantId: string
  runId: string
  seq: number
  occurredNs: bigint
  recordedAt: string
  integrityWarning: boolean
  canon: string
  prevHash: Buffer
  hash: Buffer
}

/**
 * Gives an event its place behind a head: number, link, canonical bytes and hash (SHA-256 over 0x00 and the RFC 8785
 * form). `late` events are folded elsewhere, so the returned head's state leaves them out.
 */
export function sealEvent(
  tenantId: string,
  head: RunHead,
  event: NewEvent,
  now: string,
): { event: LedgerEvent; head: RunHead; signal: RunSignal } {
  const content = checkContent(event)
  const timestamp = parseTimestamp(event.occurredAt)
  if (typeof timestamp !== 'object')
    throw new TypeError(`event ${event.eventId} has no valid time: ${event.occurredAt}`)
  const occurredNs = timestamp.ns
  const integrityWarning = head.newestNs !== null && occurredNs < head.newestNs
  const seq = head.seq + 1
  const recordedAt = now < head.recordedAt ? head.recordedAt : now
  const canon = canonOf(tenantId, head, event, { seq, recordedAt, integrityWarning, content })
  const hash = sha256(LEAF_PREFIX + canon)
  const signal = signalOf(content, event.eventId, timestamp.iso)
  const sealed: LedgerEvent = {
    ...content,
    eventId: event.eventId,
    occurredAt: event.occurredAt,
    actor: event.actor,
    tenantId,
    runId: head.runId,
    seq,
    occurredNs,
    recordedAt,
    integrityWarning,
    canon,
    prevHash: head.hash,
    hash,
  }
  return {
    event: sealed,
    signal,
    head: {
      runId: head.runId,
      seq,
      hash,
      newestNs: integrityWarning ? head.newestNs : occurredNs,
      recordedAt,
      state: integrityWarning ? head.state : evolveState(head.state, content, signal, timestamp.iso),
    },
  }
}

type Place = { seq: number; recordedAt: string; integrityWarning: boolean; content: EventContent }

/**
 * The RFC 8785 form of an event. Its own members are few and always the same, so they are written down in the order that
 * the RFC asks for (by UTF-16 code units) instead of being sorted for each event.
 */
function canonOf(
  tenantId: string,
  head: RunHead,
  event: NewEvent,
  { seq, recordedAt, integrityWarning, content }: Place,
): string {
  return (
    `{"actor":${canonicalJson(event.actor)},"event_id":${canonicalJson(event.eventId)},` +
    `"integrity_warning":${integrityWarning},"kind":"${content.kind}","occurred_at":${canonicalJson(event.occurredAt)},` +
    `"payload":${canonicalJson(content.payload)},"prev":"${head.hash.toString('hex')}",` +
    `"recorded_at":${canonicalJson(recordedAt)},"run":${canonicalJson(head.runId)},"seq":${seq},` +
    `"tenant":${canonicalJson(tenantId)},"v":1}`
  )
}

function evolveState(state: RunState, content: EventContent, signal: RunSignal, at: string): RunState {
  const next = evolveRun(state, signal)
  const execution = evolveExecution(state.execution ?? null, content, at)
  return execution && execution !== next.execution ? { ...next, execution } : next
}

/** Receipts were parsed at the edge; what we write ourselves is held to its schema here. */
function checkContent(event: NewEvent): EventContent {
  if (event.kind === 'receipt_ingested') return { kind: event.kind, payload: event.payload }
  return { kind: event.kind, payload: EventPayload[event.kind].parse(event.payload) } as EventContent
}

type Canon = {
  event_id: string
  kind: EventKind
  occurred_at: string
  recorded_at: string
  actor: string
  integrity_warning: boolean
  seq: number
  run: string
  tenant: string
  payload: Json
}

/** An event read back from what was hashed. */
export function openCanon(canonBytes: Buffer, prevHash: Buffer, hash: Buffer): LedgerEvent {
  const canon = canonBytes.toString('utf8')
  const parsed = JSON.parse(canon) as Canon
  const timestamp = parseTimestamp(parsed.occurred_at)
  return {
    ...({ kind: parsed.kind, payload: parsed.payload } as unknown as EventContent),
    eventId: parsed.event_id,
    occurredAt: parsed.occurred_at,
    actor: parsed.actor,
    tenantId: parsed.tenant,
    runId: parsed.run,
    seq: parsed.seq,
    occurredNs: typeof timestamp === 'object' ? timestamp.ns : 0n,
    recordedAt: parsed.recorded_at,
    integrityWarning: parsed.integrity_warning,
    canon,
    prevHash,
    hash,
  }
}

/** The decision an event belongs to, by which it is found across runs. */
export function decisionOf(content: EventContent): string | null {
  if (content.kind === 'receipt_ingested' || content.kind === 'receipt_recorded') {
    return content.payload.approval.decision_id
  }
  return 'decision_id' in content.payload ? content.payload.decision_id : null
}
