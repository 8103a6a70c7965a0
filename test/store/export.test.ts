import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportDecision, exportRun } from '../../src/kernel/ledger/export-run.ts'
import { receipt, request, second } from '../../src/kernel/ledger/receipt.fixture.ts'
import { sequenceEvents } from '../../src/kernel/ledger/sequence-events.ts'
import type { BundleLine, EventLine } from '../../src/verifier/schema.ts'
import { type VerifyOptions, verifyBundle } from '../../src/verifier/verify-bundle.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { ingested, openTestKernel, rowsOf, type TestKernel } from './open-test-kernel.ts'

const textOf = (lines: BundleLine[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('')
const eventsOf = (lines: BundleLine[]) => lines.filter((line) => line.type === 'event')

/** The verdict, and what does not hold first. */
async function verdictOf(lines: BundleLine[], options: VerifyOptions = {}) {
  const { verdict, firstFault } = await verifyBundle(textOf(lines), options)
  return firstFault ? `${verdict}: ${firstFault.check} ${firstFault.event_id ?? ''}`.trim() : verdict
}

/** Another character of the alphabet of hex and base64 in place of the one there. */
const flip = (text: string, at: number) =>
  text.slice(0, at) + (text[at] === '1' ? '2' : '1') + text.slice(at + 1)

describe.each(DATABASES)('exports on %s', (kind) => {
  let kernel: TestKernel
  let key: string
  const append = (tenant: string, ...receipts: Parameters<typeof ingested>[0][]) =>
    kernel.as().ledger.append(tenant, receipts[0]!.run_id, () => receipts.map(ingested))
  const exported = async (runId: string, since: number | null = null, tenant = 'default') =>
    (await exportRun(kernel.as(tenant), runId, since))!
  const checkpointNow = async () => {
    await sequenceEvents(kernel.as())
    const [row] = await rowsOf<{ size: number; note: string }>(
      kernel.database,
      "SELECT size, note FROM checkpoints WHERE tenant_id = 'default' ORDER BY size DESC LIMIT 1",
    )
    return row!
  }

  beforeAll(async () => {
    kernel = await openTestKernel(kind)
    key = kernel.as().checkpointSigner.verifierKey('default')
    await append(
      'default',
      receipt({ run_id: 'run_1', id: 'evt_1', title: 'First' }),
      receipt({ run_id: 'run_1', id: 'evt_2', timestamp: second(2) }),
      request({ run_id: 'run_1', id: 'evt_3', timestamp: second(3), approval: { decision_id: 'dec_1' } }),
      receipt({ run_id: 'run_1', id: 'evt_4', timestamp: second(4) }),
    )
    await append('default', receipt({ run_id: 'run_2', approval: { decision_id: 'dec_1' } }))
    await append(
      'acme',
      receipt({ run_id: 'run_1', title: 'secret of acme', approval: { decision_id: 'dec_1' } }),
    )
  })
  afterAll(() => kernel.close())

  test('a run verifies with the key of its log, and without any key its signer is unknown', async () => {
    const bundle = await exported('run_1')
    expect(eventsOf(bundle)).toHaveLength(4)
    expect(await verdictOf(bundle, { trustedKeys: [key] })).toBe('verified')
    expect(await verdictOf(bundle)).toBe('consistent-signer-unknown')
  })

  test('the key of another tenant, or of another installation, verifies nothing', async () => {
    const stranger = kernel.as().checkpointSigner.verifierKey('acme')
    expect(await verdictOf(await exported('run_1'), { trustedKeys: [stranger] })).toBe(
      'broken: checkpoint-signature',
    )
  })

  test('a decision is exported with every run that holds events of it', async () => {
    const bundle = await exportDecision(kernel.as(), 'dec_1', null)
    expect(new Set(eventsOf(bundle!.lines).map((event) => event.run_id))).toEqual(new Set(['run_1', 'run_2']))
    expect(bundle!.events.map(({ eventId, runId }) => `${runId}/${eventId}`)).toEqual([
      'run_1/evt_1',
      'run_1/evt_2',
      'run_1/evt_3',
      'run_1/evt_4',
      'run_2/evt_1',
    ])
    expect(await verdictOf(bundle!.lines, { trustedKeys: [key] })).toBe('verified')
  })

  test('what nobody knows is not exported', async () => {
    expect(await exportRun(kernel.as(), 'run_unknown', null)).toBeNull()
    expect(await exportDecision(kernel.as(), 'dec_unknown', null)).toBeNull()
    expect(await exportRun(kernel.as('tenant_without_events'), 'run_1', null)).toBeNull()
  })

  test('the export of one tenant holds nothing of another, of which the same names are used', async () => {
    const [mine, theirs] = [await exported('run_1'), await exported('run_1', null, 'acme')]
    expect(textOf(mine)).not.toContain('acme')
    expect(eventsOf(theirs)).toHaveLength(1)
    expect(textOf(theirs)).not.toMatch(/default|First/)
    const decision = await exportDecision(kernel.as('acme'), 'dec_1', null)
    expect(decision!.events).toHaveLength(1)
    expect(textOf(decision!.lines)).not.toMatch(/default|First/)
  })

  describe('altered exports', () => {
    const changeEvent =
      (change: (event: EventLine) => Partial<EventLine>, index = 1) =>
      (lines: BundleLine[]) => {
        const target = eventsOf(lines)[index]!
        return lines.map((line) => (line === target ? { ...target, ...change(target) } : line))
      }
    const swap = (lines: BundleLine[]) => lines.with(2, lines[3]!).with(3, lines[2]!)
    const without = (index: number) => (lines: BundleLine[]) => {
      const gone = eventsOf(lines).at(index)
      return lines
        .filter((line) => line !== gone)
        .map((line) => (line.type === 'manifest' ? { ...line, event_count: line.event_count - 1 } : line))
    }
    const note =
      (type: 'checkpoint' | 'statement', change: (note: string) => string) => (lines: BundleLine[]) =>
        lines.map((line) =>
          line.type === type ? ({ ...line, note: change(line.note) } as BundleLine) : line,
        )
    const inSignature = (text: string) => flip(text, text.lastIndexOf(' ') + 20)

    test.each<[string, string, (lines: BundleLine[]) => BundleLine[]]>([
      ['payload', 'hash evt_1', changeEvent(({ canon }) => ({ canon: canon.replace('First', 'Fir5t') }), 0)],
      [
        'time of recording',
        'hash evt_2',
        changeEvent(({ canon }) => ({ canon: canon.replace(/("recorded_at":"2026-03-01T12:00:0)0/, '$11') })),
      ],
      [
        'time of the event',
        'hash evt_2',
        changeEvent(({ canon }) => ({ canon: canon.replace(second(2), second(1)) })),
      ],
      [
        'actor',
        'hash evt_2',
        changeEvent(({ canon }) => ({ canon: canon.replace('"actor":"local"', '"actor":"other"') })),
      ],
      [
        'spelling of the text',
        'canonical evt_2',
        changeEvent(({ canon }) => ({ canon: canon.replace('{', '{ ') })),
      ],
      [
        'link to the event before',
        'hash evt_2',
        changeEvent(({ canon }) => ({ canon: flip(canon, canon.indexOf('"prev":"') + 8) })),
      ],
      ['hash', 'hash evt_2', changeEvent(({ hash }) => ({ hash: flip(hash, 5) }))],
      ['number', 'sequence evt_2', changeEvent(({ seq }) => ({ seq: seq + 1 }))],
      ['place in the tree', 'inclusion evt_2', changeEvent(({ leaf }) => ({ leaf: leaf + 1 }))],
      [
        'proof',
        'inclusion evt_2',
        changeEvent(({ proof }) => ({ proof: proof.with(0, flip(proof[0]!, 3)) })),
      ],
      ['order of two events', 'sequence evt_3', swap],
      ['an event in the middle, missing', 'sequence evt_3', without(1)],
      ['the first event, missing', 'sequence evt_2', without(0)],
      ['the last event, missing', 'statement', without(-1)],
      ['signature of the checkpoint', 'checkpoint-signature', note('checkpoint', inSignature)],
      [
        'size in the checkpoint',
        'inclusion evt_1',
        note('checkpoint', (text) => text.replace(/\n\d+\n/, '\n4\n')),
      ],
      ['signature of the statement', 'statement', note('statement', inSignature)],
    ])('%s: it is broken at %s', async (_, expected, tamper) => {
      const bundle = await exported('run_1')
      const altered = tamper(bundle)
      expect(textOf(altered)).not.toBe(textOf(bundle))
      expect(await verdictOf(altered, { trustedKeys: [key] })).toBe(`broken: ${expected}`)
      expect(await verdictOf(altered)).toBe(`broken: ${expected}`)
    })
  })

  test('a log that lost its end is found out by whoever kept a newer checkpoint', async () => {
    const before = await exported('run_1')
    await append('default', receipt({ run_id: 'run_tail' }))
    const { note } = await checkpointNow()
    expect(await verdictOf(before, { trustedKeys: [key] }), 'without it nothing is missing').toBe('verified')
    expect(await verdictOf(before, { trustedKeys: [key], earlierCheckpoint: note })).toBe(
      'broken: earlier-checkpoint',
    )
  })

  describe('a log of more than 600 events', () => {
    let earlier: { size: number; note: string }
    const fill = (run_id: string, count: number) =>
      append(
        'default',
        ...Array.from({ length: count }, (_, index) => receipt({ run_id, id: `evt_${index}` })),
      )
    beforeAll(async () => {
      await fill('run_a', 300)
      earlier = await checkpointNow()
      await fill('run_b', 300)
    })

    test('it continues the checkpoint that was kept from when it had 300', async () => {
      const bundle = await exported('run_1', earlier.size)
      const options = { trustedKeys: [key], earlierCheckpoint: earlier.note }
      expect(await verdictOf(bundle, options)).toBe('verified')
      expect(await verdictOf(bundle, { earlierCheckpoint: earlier.note })).toBe('verified')
      expect(await verdictOf(await exported('run_1'), options), 'the proof was not asked for').toBe(
        'broken: earlier-checkpoint',
      )
    })

    test('every event of it has a proof, whichever part of the tree it stands in', async () => {
      expect(await verdictOf(await exported('run_a'), { trustedKeys: [key] })).toBe('verified')
      expect(await verdictOf(await exported('run_b'), { trustedKeys: [key] })).toBe('verified')
    })

    test('proofs are made of stored subtrees of 256 leaves: a damaged one is found out', async () => {
      const stored = (text: string) => rowsOf(kernel.database, text)
      expect(
        await stored("SELECT level, index FROM merkle_nodes WHERE tenant_id = 'default' ORDER BY 2"),
      ).toEqual([
        { level: 8, index: 0 },
        { level: 8, index: 1 },
      ])
      await stored(
        'UPDATE merkle_nodes SET hash = set_byte(hash, 0, 255 - get_byte(hash, 0)) WHERE index = 1',
      )
      expect(await verdictOf(await exported('run_1'))).toBe('broken: inclusion evt_1')
      await stored(
        'UPDATE merkle_nodes SET hash = set_byte(hash, 0, 255 - get_byte(hash, 0)) WHERE index = 1',
      )
      expect(await verdictOf(await exported('run_1'))).toBe('consistent-signer-unknown')
    })

    test('the size of a checkpoint that is yet to come is refused', async () => {
      await expect(exportRun(kernel.as(), 'run_1', 1_000_000)).rejects.toMatchObject({
        status: 422,
        details: [{ path: 'since' }],
      })
    })
  })

  test('RULE-CORE-010: bytes changed in the table itself, past every trigger, are found out by the export', async () => {
    await kernel.database.asOwner(async (session) => {
      await session.query('ALTER TABLE events DISABLE TRIGGER events_no_change')
      await session.query(
        `UPDATE events SET canon = convert_to(replace(convert_from(canon, 'UTF8'), 'First', 'Fir5t'), 'UTF8')
         WHERE tenant_id = 'default' AND event_id = 'evt_1' AND run_id = 'run_1'`,
      )
      await session.query('ALTER TABLE events ENABLE ALWAYS TRIGGER events_no_change')
    })
    expect(await verdictOf(await exported('run_1'), { trustedKeys: [key] })).toBe('broken: hash evt_1')
  })
})
