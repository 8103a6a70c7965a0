import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { canonicalJson } from '../lib/canonical-json.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import type { Checkpoint } from './checkpoint.ts'
import { countOf, type Findings, type Place, recordCheck, recordFault } from './findings.ts'
import { leafHash, rootFromInclusionProof } from './merkle.ts'
import type { Bundle } from './read-bundle.ts'
import { CanonicalEvent, type CheckName, type EventLine, type ManifestLine } from './schema.ts'

/** An event whose canonical text says what an event must say. */
export type ReadEvent = { place: Place; leaf: number; body: CanonicalEvent }

/** How far a run has been followed. */
export type RunProgress = { run_id: string; events: number; seq: number; head: string; line: number }

type Follow = RunProgress & { recordedAt: string; leaf: number }
type Report = (check: CheckName, expected: string, actual: string, message: string) => void

const FIRST_PREV = '0'.repeat(64)

/** Follows every run from its first event: canonical text, hash, order, chain, time, and the place in the log's tree. */
export function checkEvents(
  bundle: Bundle,
  checkpoint: Checkpoint | undefined,
  findings: Findings,
): { events: ReadEvent[]; runs: RunProgress[] } {
  const events: ReadEvent[] = []
  const runs = new Map<string, Follow>()
  for (const { line, value: event } of bundle.events) {
    const place: Place = { run_id: event.run_id, seq: event.seq, line }
    const { body, fault } = readCanon(event.canon)
    if (body) place.event_id = body.event_id
    const report: Report = (check, expected, actual, message) =>
      recordFault(findings, check, place, { expected, actual, message: `${nameEvent(place)}: ${message}` })
    if (fault) report('canonical', fault.expected, fault.actual, fault.message)
    const hash = bytesToHex(leafHash(utf8ToBytes(event.canon)))
    if (hash !== event.hash) {
      report(
        'hash',
        event.hash,
        hash,
        'its text does not hash to the value it carries; one of the two was altered',
      )
    }
    const run = runs.get(event.run_id)
    checkSequence(event, body, run, bundle.manifest.value, report)
    if (body) {
      checkLink(body, run, report)
      checkTime(body, run, report)
      events.push({ place, leaf: event.leaf, body })
    }
    if (checkpoint) checkInclusion(event, run, checkpoint, report)
    runs.set(event.run_id, {
      run_id: event.run_id,
      events: (run?.events ?? 0) + 1,
      seq: event.seq,
      head: event.hash,
      line,
      recordedAt: body?.recorded_at ?? run?.recordedAt ?? '',
      leaf: event.leaf,
    })
  }
  recordPasses(findings, bundle.events.length, runs.size, checkpoint)
  return { events, runs: [...runs.values()] }
}

type CanonFault = { expected: string; actual: string; message: string }

/** Anything that RFC 8785 would write otherwise (order, white space, escapes, numbers, a member twice) is a fault. */
function readCanon(canon: string): { body?: CanonicalEvent; fault?: CanonFault } {
  let canonical: string
  let value: unknown
  try {
    value = JSON.parse(canon)
    canonical = canonicalJson(value)
  } catch (error) {
    const message = 'its text is no canonical JSON'
    return { fault: { expected: 'canonical JSON (RFC 8785)', actual: (error as Error).message, message } }
  }
  const parsed = CanonicalEvent.safeParse(value)
  const body = parsed.success ? { body: parsed.data } : {}
  if (canonical !== canon) {
    const at = firstDifference(canonical, canon)
    return {
      ...body,
      fault: {
        expected: canonical.slice(at, at + 60),
        actual: canon.slice(at, at + 60),
        message: `its text is not in canonical form from character ${at + 1} on`,
      },
    }
  }
  if (parsed.success) return body
  const issue = parsed.error.issues[0]
  const actual = `${issue?.path.join('.') || 'the text'}: ${issue?.message}`
  return {
    fault: { expected: 'the members of an event', actual, message: `its text is no event: ${actual}` },
  }
}

function checkSequence(
  event: EventLine,
  body: CanonicalEvent | undefined,
  run: Follow | undefined,
  manifest: ManifestLine,
  report: Report,
): void {
  const expected = (run?.seq ?? 0) + 1
  if (event.seq !== expected) {
    const gap = event.seq > expected ? 'events are missing before it' : 'it is out of order or there twice'
    report('sequence', `seq ${expected}`, `seq ${event.seq}`, `expected seq ${expected} here; ${gap}`)
  }
  if ('run_id' in manifest.scope && manifest.scope.run_id !== event.run_id) {
    const message = 'the bundle says it is the export of one run, and this is another'
    report('sequence', `run ${manifest.scope.run_id}`, `run ${event.run_id}`, message)
  }
  if (!body) return
  const said = `tenant ${body.tenant}, run ${body.run}, seq ${body.seq}`
  const carried = `tenant ${manifest.tenant}, run ${event.run_id}, seq ${event.seq}`
  if (said !== carried) report('sequence', carried, said, 'its text belongs to another place in the log')
}

function checkLink(body: CanonicalEvent, run: Follow | undefined, report: Report): void {
  const expected = run?.head ?? FIRST_PREV
  if (body.prev === expected) return
  const before = run ? `the event before it (seq ${run.seq})` : 'the beginning of a run'
  report(
    'link',
    expected,
    body.prev,
    `it does not follow on ${before}: events were replaced, moved or removed`,
  )
}

function checkTime(body: CanonicalEvent, run: Follow | undefined, report: Report): void {
  // ISO 8601 in UTC with milliseconds orders as text.
  if (run === undefined || body.recorded_at >= run.recordedAt) return
  report(
    'time',
    `${run.recordedAt} or later`,
    body.recorded_at,
    'it was recorded before the event that precedes it',
  )
}

function checkInclusion(
  event: EventLine,
  run: Follow | undefined,
  checkpoint: Checkpoint,
  report: Report,
): void {
  if (event.leaf >= checkpoint.size) {
    const message = 'its leaf lies outside the tree of the checkpoint'
    report('inclusion', `a leaf below ${checkpoint.size}`, `leaf ${event.leaf}`, message)
    return
  }
  if (run && event.leaf <= run.leaf) {
    const message = 'its leaf does not come after the leaf of the event before it'
    report('inclusion', `a leaf above ${run.leaf}`, `leaf ${event.leaf}`, message)
  }
  // The schema admits only canonical base64 of 32 bytes.
  const proof = event.proof.map((element) => decodeBase64(element) ?? new Uint8Array())
  const root = rootFromInclusionProof(hexToBytes(event.hash), event.leaf, checkpoint.size, proof)
  const expected = encodeBase64(checkpoint.root)
  const actual = root
    ? encodeBase64(root)
    : `a proof that does not fit leaf ${event.leaf} of ${checkpoint.size}`
  if (actual !== expected) {
    report('inclusion', expected, actual, 'its proof does not lead to the root of the checkpoint')
  }
}

function recordPasses(
  findings: Findings,
  events: number,
  runs: number,
  checkpoint: Checkpoint | undefined,
): void {
  const all = countOf(events, 'event')
  recordCheck(findings, 'canonical', `${all} in canonical form (RFC 8785)`)
  recordCheck(findings, 'hash', `${all} with the hash of their text`)
  recordCheck(findings, 'sequence', `${countOf(runs, 'run')} without a gap from seq 1`)
  recordCheck(findings, 'link', `${all} linked to the one before`)
  recordCheck(findings, 'time', 'recorded times never go backwards within a run')
  if (checkpoint)
    recordCheck(findings, 'inclusion', `${all} in the tree of ${checkpoint.size} leaves (RFC 6962)`)
}

/** How messages name an event. */
export function nameEvent(place: Place): string {
  return `event ${place.seq} of run ${place.run_id}`
}

function firstDifference(left: string, right: string): number {
  let at = 0
  while (at < left.length && left[at] === right[at]) at += 1
  return at
}
