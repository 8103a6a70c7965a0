import { beforeAll, describe, expect, test } from 'vitest'
import { formatBundle } from './build-bundle.ts'
import type { BundleLine } from './schema.ts'
import {
  createTestSigner,
  logEvents,
  signTestCheckpoint,
  type TestLog,
  type TestSigner,
} from './test-bundle.ts'
import {
  changeLine,
  eventAt,
  expectBroken,
  exportPurchase,
  isEvent,
  POLICIES,
  POLICY_SHA256,
  RUN,
  recordPurchase,
  verifyLines,
} from './test-purchase.ts'
import { verifyBundle } from './verify-bundle.ts'

let signer: TestSigner
let log: TestLog
let lines: BundleLine[]

beforeAll(async () => {
  ;({ signer, log, lines } = await recordPurchase())
})

describe('a bundle as it was exported', () => {
  test('is verified with the key of its signer', async () => {
    const report = await verifyLines(lines, { trustedKeys: [signer.vkey] })
    expect(report.firstFault).toBeUndefined()
    expect(report).toMatchObject({
      verdict: 'verified',
      signer: signer.vkey,
      runs: [{ run_id: RUN, events: 10, head: eventAt(lines, 10).hash }],
      checkpoint: { origin: 'countersign.local/default', size: 14 },
    })
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([])
    expect(report.checks.map(({ name }) => name)).not.toContain('earlier-checkpoint')
  })

  test('is consistent with an unknown signer when the reader holds nothing', async () => {
    expect(await verifyLines(lines)).toMatchObject({
      verdict: 'consistent-signer-unknown',
      signer: signer.vkey,
    })
    expect(await verifyLines(lines, { trustedKeys: [] })).toMatchObject({
      verdict: 'consistent-signer-unknown',
    })
  })

  test('is verified by an earlier checkpoint of the same key, smaller or equal', async () => {
    for (const from of [1, 5, 8, 13]) {
      const bundle = await exportPurchase(log, { signer, policySets: [POLICIES], consistencyFrom: [3, from] })
      const earlierCheckpoint = await signTestCheckpoint(log, signer, from)
      const report = await verifyLines(bundle, { earlierCheckpoint })
      expect(report.firstFault).toBeUndefined()
      expect(report.verdict).toBe('verified')
    }
    for (const from of [0, 14]) {
      const earlierCheckpoint = await signTestCheckpoint(log, signer, from)
      expect(await verifyLines(lines, { earlierCheckpoint })).toMatchObject({ verdict: 'verified' })
    }
  })

  test('is verified with several trusted keys, white space around them included', async () => {
    const other = await createTestSigner('countersign.local/default')
    const report = await verifyLines(lines, { trustedKeys: [other.vkey, ` ${signer.vkey}\n`] })
    expect(report).toMatchObject({ verdict: 'verified', signer: signer.vkey })
  })

  test('may hold all runs that a decision touches, and lines without a final newline', async () => {
    const bundle = await exportPurchase(log, {
      signer,
      scope: { decision_id: 'dec_1' },
      policySets: [POLICIES],
    })
    const report = await verifyBundle(formatBundle(bundle).trimEnd(), { trustedKeys: [signer.vkey] })
    expect(report.firstFault).toBeUndefined()
    expect(report.runs.map(({ run_id, events }) => [run_id, events])).toEqual([
      ['run_other', 4],
      [RUN, 10],
    ])
  })

  test('holds with names that are members of Object.prototype', async () => {
    const payload = JSON.parse('{"__proto__":{"a":1},"constructor":null,"toJSON":1}') as Record<
      string,
      unknown
    >
    const odd = logEvents('default', [{ run: '__proto__', kind: 'constructor', payload }])
    const report = await verifyLines(await exportPurchase(odd, { signer, scope: { run_id: '__proto__' } }), {
      trustedKeys: [signer.vkey],
    })
    expect(report).toMatchObject({ verdict: 'verified', runs: [{ run_id: '__proto__', events: 1 }] })
  })
})

describe('what is missing is named', () => {
  test('an event in the middle', async () => {
    expectBroken(await verifyLines(lines.filter((line) => line !== eventAt(lines, 5))), {
      seq: 6,
      line: 6,
      check: 'sequence',
      expected: 'seq 5',
      actual: 'seq 6',
      message: `event 6 of run ${RUN}: expected seq 5 here; events are missing before it`,
    })
  })

  test('the first event', async () => {
    expectBroken(await verifyLines(lines.filter((line) => line !== eventAt(lines, 1))), {
      seq: 2,
      check: 'sequence',
    })
  })

  test('the tail, by the statement', async () => {
    const cut = lines.filter((line) => !isEvent(line) || line.seq <= 8)
    const fault = { run_id: RUN, seq: 8, check: 'statement', expected: 'seq 10', actual: 'seq 8' } as const
    const message = `run ${RUN} ends at seq 8 here, the signed statement says 10`
    expectBroken(await verifyLines(cut), { ...fault, message })
    const recounted = cut.map((line) => (line.type === 'manifest' ? { ...line, event_count: 8 } : line))
    expectBroken(await verifyLines(recounted, { trustedKeys: [signer.vkey] }), { ...fault, message })
  })

  test('the tail of the log, by an older checkpoint', async () => {
    const earlierCheckpoint = await signTestCheckpoint(log, signer, 12)
    const cut = await exportPurchase(log, { signer, policySets: [POLICIES], size: 10 })
    expect(await verifyLines(cut, { trustedKeys: [signer.vkey] })).toMatchObject({ verdict: 'verified' })
    expectBroken(await verifyLines(cut, { trustedKeys: [signer.vkey], earlierCheckpoint }), {
      check: 'earlier-checkpoint',
      message:
        'the log went backwards: the earlier checkpoint has 12 events, this one 10 — events are missing at the end',
    })
  })

  test('all events, or a whole run', async () => {
    const none = lines.filter((line) => !isEvent(line))
    expectBroken(await verifyLines(none), { run_id: RUN, check: 'statement', actual: 'no event' })
    const both = await exportPurchase(log, {
      signer,
      scope: { decision_id: 'dec_1' },
      policySets: [POLICIES],
    })
    const one = both.filter((line) => !isEvent(line) || line.run_id === RUN)
    expectBroken(await verifyLines(one), {
      run_id: 'run_other',
      check: 'statement',
      message: 'run run_other is missing here, the signed statement says it has 4 events',
    })
    const added = lines.toSpliced(11, 0, ...both.filter((line) => isEvent(line) && line.run_id !== RUN))
    expectBroken(await verifyLines(added), { run_id: 'run_other', check: 'sequence' })
    const rescoped = added.map((line) =>
      line.type === 'manifest' ? { ...line, scope: { decision_id: 'dec_1' }, event_count: 14 } : line,
    )
    expectBroken(await verifyLines(rescoped), { run_id: 'run_other', check: 'statement' })
  })

  test('an empty export proves nothing, even signed', async () => {
    const empty = await exportPurchase(log, { signer, scope: { run_id: 'run_unknown' } })
    expectBroken(await verifyLines(empty), { line: 1, check: 'manifest' })
  })

  test('a count that the manifest has wrong', async () => {
    expectBroken(await verifyLines(changeLine(lines, 'manifest', (line) => ({ ...line, event_count: 9 }))), {
      line: 1,
      check: 'manifest',
      expected: '9 events',
      actual: '10 events',
    })
    const scope = { decision_id: 'dec_2' }
    expectBroken(await verifyLines(changeLine(lines, 'manifest', (line) => ({ ...line, scope }))), {
      line: 1,
      check: 'manifest',
    })
  })

  test('the policies of a decision', async () => {
    expectBroken(await verifyLines(lines.filter(({ type }) => type !== 'policy_set')), {
      seq: 2,
      check: 'policy',
      actual: POLICY_SHA256,
    })
  })
})
