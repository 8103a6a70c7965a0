import { beforeAll, describe, expect, test } from 'vitest'
import type { BundleLine } from './schema.ts'
import { logEvents, type TestEvent, type TestSigner } from './test-bundle.ts'
import {
  changeCanon,
  changeEvent,
  changeLine,
  eventAt,
  expectBroken,
  exportPurchase,
  flipBase64,
  isEvent,
  POLICIES,
  POLICY_SHA256,
  REQUEST,
  RUN,
  recordPurchase,
  STORY,
  verifyLines,
} from './test-purchase.ts'

let signer: TestSigner
let lines: BundleLine[]

beforeAll(async () => {
  ;({ signer, lines } = await recordPurchase())
})

/** What the log's own key signs when these events happen instead: only the bindings can object. */
const verifyStory = async (events: TestEvent[], policySets: unknown[][] = [POLICIES]) =>
  verifyLines(await exportPurchase(logEvents('default', events), { signer, policySets }))

describe('one changed byte is named', () => {
  test('payload: the amount that was approved', async () => {
    const changed = changeCanon(lines, 5, (canon) => canon.replace('500', '501'))
    expectBroken(await verifyLines(changeCanon(lines, 3, (canon) => canon.replace('500', '501'))), {
      run_id: RUN,
      seq: 3,
      event_id: 'evt_request',
      line: 4,
      check: 'hash',
      message: `event 3 of run ${RUN}: its text does not hash to the value it carries; one of the two was altered`,
    })
    expectBroken(await verifyLines(changed), {
      seq: 5,
      line: 6,
      check: 'hash',
      expected: eventAt(lines, 5).hash,
    })
  })

  test('payload and hash together: the tree and the next event object', async () => {
    const forged = logEvents(
      'default',
      STORY.map((event) => (event === REQUEST ? { ...REQUEST, actor: 'x' } : event)),
    )
    const { canon, hash } = (await exportPurchase(forged, { signer })).filter(isEvent)[2]!
    const report = await verifyLines(changeEvent(lines, 3, (event) => ({ ...event, canon, hash })))
    expectBroken(report, { seq: 3, line: 4, check: 'inclusion' })
    const failed = report.checks.filter(({ ok }) => !ok).map(({ name }) => name)
    expect(failed).toEqual(['link', 'inclusion'])
  })

  test('time: an event dated back', async () => {
    const dateBack = (canon: string) =>
      canon.replace(/"recorded_at":"[^"]*"/, '"recorded_at":"2026-11-21T11:00:00.000Z"')
    expectBroken(await verifyLines(changeCanon(lines, 5, dateBack)), { seq: 5, line: 6, check: 'hash' })
    // The log's own key signs it: only the order of time objects.
    const [first, second, ...rest] = STORY.slice(2)
    const early = { ...second!, recorded_at: '2026-11-21T11:00:00.000Z' }
    expectBroken(await verifyStory([first!, early, ...rest]), {
      seq: 2,
      check: 'time',
      expected: '2026-11-21T12:00:00.000Z or later',
      actual: '2026-11-21T11:00:00.000Z',
    })
  })

  test('order: two events swapped', async () => {
    const swapped = lines.toSpliced(5, 2, lines[6]!, lines[5]!)
    expectBroken(await verifyLines(swapped), {
      seq: 6,
      line: 6,
      check: 'sequence',
      expected: 'seq 5',
      actual: 'seq 6',
    })
  })

  test('hash: one digit', async () => {
    const flip = (hash: string) => (hash.startsWith('0') ? `1${hash.slice(1)}` : `0${hash.slice(1)}`)
    const report = await verifyLines(changeEvent(lines, 7, (event) => ({ ...event, hash: flip(event.hash) })))
    expectBroken(report, { seq: 7, line: 8, check: 'hash' })
  })

  test('proof: one element', async () => {
    const changed = changeEvent(lines, 2, (event) => ({
      ...event,
      proof: event.proof.with(1, flipBase64(event.proof[1]!)),
    }))
    expectBroken(await verifyLines(changed), { seq: 2, line: 3, check: 'inclusion' })
    expectBroken(await verifyLines(changeEvent(lines, 2, (event) => ({ ...event, proof: [] }))), {
      seq: 2,
      check: 'inclusion',
    })
    expectBroken(await verifyLines(changeEvent(lines, 2, (event) => ({ ...event, leaf: 3 }))), {
      seq: 2,
      check: 'inclusion',
    })
    expectBroken(await verifyLines(changeEvent(lines, 2, (event) => ({ ...event, leaf: 14 }))), {
      seq: 2,
      check: 'inclusion',
      expected: 'a leaf below 14',
      actual: 'leaf 14',
    })
    expectBroken(await verifyLines(changeEvent(lines, 2, (event) => ({ ...event, leaf: 1 }))), {
      seq: 2,
      check: 'inclusion',
      expected: 'a leaf above 1',
    })
  })

  test('signature of the checkpoint', async () => {
    const spoil = (note: string) => note.replace(/(.{8})=*\n$/, (tail) => `${flipBase64(tail)}`)
    expectBroken(
      await verifyLines(changeLine(lines, 'checkpoint', (line) => ({ ...line, note: spoil(line.note) }))),
      {
        line: 13,
        check: 'checkpoint-signature',
        expected: signer.vkey,
        actual: 'a signature that does not fit the text',
      },
    )
    expectBroken(
      await verifyLines(changeLine(lines, 'statement', (line) => ({ ...line, note: spoil(line.note) }))),
      {
        line: 15,
        check: 'statement',
        expected: signer.vkey,
        actual: 'a wrong signature',
      },
    )
  })

  test('root and size of the checkpoint', async () => {
    const root = await verifyLines(
      changeLine(lines, 'checkpoint', (line) => {
        const [origin, size, hash, ...rest] = line.note.split('\n')
        return { ...line, note: [origin, size, flipBase64(hash!), ...rest].join('\n') }
      }),
    )
    expectBroken(root, { seq: 1, check: 'inclusion' })
    expect(root.checks.find(({ name }) => name === 'checkpoint-signature')?.ok).toBe(false)
    const grown = changeLine(lines, 'checkpoint', (line) => ({
      ...line,
      note: line.note.replace('\n14\n', '\n15\n'),
    }))
    expectBroken(await verifyLines(grown), { check: 'inclusion' })
  })

  test('policy: one word of a policy', async () => {
    const changed = changeLine(lines, 'policy_set', (line) => ({
      ...line,
      policies: [{ ...POLICIES[0], effect: 'allow' }],
    }))
    expectBroken(await verifyLines(changed), { line: 12, check: 'policy', expected: POLICY_SHA256 })
  })

  test('key: another id', async () => {
    const changed = changeLine(lines, 'key', (line) => ({
      ...line,
      vkey: line.vkey.replace(/\+[0-9a-f]/, '+x'),
    }))
    expectBroken(await verifyLines(changed), { line: 14, check: 'key' })
  })

  test.each([
    ['white space', (canon: string) => canon.replace('"v":1', '"v": 1')],
    ['order of members', (canon: string) => canon.replace(/^\{("actor":"local"),(.*)\}$/, '{$2,$1}')],
    ['an escape', (canon: string) => canon.replace('local', '\\u006cocal')],
    ['a number in another form', (canon: string) => canon.replace('"seq":4', '"seq":4.0')],
    ['a member twice', (canon: string) => canon.replace('"v":1', '"v":1,"v":1')],
    ['a lone surrogate', (canon: string) => canon.replace('local', '\\ud800')],
    ['no JSON', (canon: string) => canon.slice(1)],
    ['a member that events do not have', (canon: string) => canon.replace('"v":1', '"v":1,"w":1')],
    ['another version', (canon: string) => canon.replace('"v":1', '"v":2')],
  ])('canonical text: %s', async (_what, change) => {
    expectBroken(await verifyLines(changeCanon(lines, 4, change)), { seq: 4, line: 5, check: 'canonical' })
  })
})
