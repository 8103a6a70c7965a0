import { describe, expect, test } from 'vitest'
import { AppError } from '../../lib/errors.ts'
import { projectJournal } from './project-journal.ts'
import { answer, receipt, request, second } from './receipt.fixture.ts'
import type { Receipt } from './schema.ts'
import { emptyHead, type LedgerEvent, sealEvent } from './seal-event.ts'

/** A stored event whose payload a store may have lost something of. */
function stored(payload: Receipt, tampered: Partial<LedgerEvent> = {}): LedgerEvent {
  const { event } = sealEvent(
    'default',
    emptyHead(payload.run_id),
    {
      kind: 'receipt_ingested',
      eventId: payload.id,
      occurredAt: payload.timestamp,
      actor: 'local',
      payload,
    },
    '2026-03-01T12:00:00.000Z',
  )
  return { ...event, ...tampered } as LedgerEvent
}

function refusal(events: LedgerEvent[]) {
  try {
    projectJournal('run_1', events)
  } catch (error) {
    if (error instanceof AppError) return error.toEnvelope().error
  }
  throw new Error('expected the journal to be refused')
}

const entries = (...receipts: Receipt[]) =>
  projectJournal(
    'run_1',
    receipts.map((one) => stored(one)),
  )

test('an entry tells the event and leads back to it', () => {
  const evidence = [{ kind: 'diff' as const, label: 'draft', ref: 'file://draft' }]
  const asked = request({
    id: 'evt #1',
    title: 'Buy',
    details: 'Over the limit',
    confidence: 0.5,
    risk_level: 'high',
    evidence,
    approval: { requested_by: 'agent', reason: 'limit' },
  })
  expect(entries(asked)).toEqual([
    {
      entry_id: 'jrnl_run_1_0001',
      event_id: 'evt #1',
      timestamp: second(0),
      event_type: 'approval_requested',
      title: 'Buy',
      details: 'Over the limit',
      payload_ref: { run_id: 'run_1', event_id: 'evt #1', path: '/v1/runs/run_1/events#evt #1' },
      approval_context: {
        requires_approval: true,
        status: 'pending',
        requested_by: 'agent',
        resolved_by: null,
        resolved_at: null,
        reason: 'limit',
      },
      metadata: {
        actor: 'agent',
        confidence: 0.5,
        risk_level: 'high',
        integrity_warning: false,
        kind: 'receipt_ingested',
        seq: 1,
        authenticated_as: 'local',
      },
      evidence_refs: evidence,
      approval_indicator: { is_approval_required: true, is_approval_resolved: false, decision: null },
    },
  ])
})

test('plain work carries neither evidence nor an approval indicator', () => {
  expect(Object.keys(entries(receipt())[0]!)).not.toEqual(
    expect.arrayContaining(['evidence_refs', 'approval_indicator']),
  )
  expect(entries(receipt())[0]).not.toHaveProperty('approval_indicator')
  expect(entries(receipt())[0]).not.toHaveProperty('evidence_refs')
})

test.each(['approved', 'rejected'] as const)('an answer that is %s says so in its indicator', (status) => {
  expect(entries(answer(status, { requires_approval: false }))[0]!.approval_indicator).toEqual({
    is_approval_required: false,
    is_approval_resolved: true,
    decision: status,
  })
})

test('an event that came late keeps its warning', () => {
  const [entry] = projectJournal('run_1', [stored(receipt(), { integrityWarning: true })])
  expect(entry!.metadata.integrity_warning).toBe(true)
})

test.each([
  [1, 'jrnl_run_1_0001'],
  [42, 'jrnl_run_1_0042'],
  [9999, 'jrnl_run_1_9999'],
  [10_000, 'jrnl_run_1_10000'],
])('entry %i is called %s', (position, expected) => {
  const event = stored(receipt())
  const journal = projectJournal('run_1', new Array(position).fill(event))
  expect(journal.at(-1)!.entry_id).toBe(expected)
})

describe('what a store must never lose', () => {
  const missing = (member: 'type' | 'title' | 'details', value: unknown) =>
    stored(receipt(), { payload: { ...receipt(), [member]: value } } as never)

  test.each([
    ['type', undefined],
    ['type', ''],
    ['title', undefined],
    ['title', ' '],
    ['details', null],
    ['details', ''],
  ] as const)('RULE-VIS-003: an entry whose %s is %j is refused', (member, value) => {
    expect(refusal([missing(member, value)])).toEqual({
      code: 'INCONSISTENT_RUN_STATE',
      message: 'Run events contain inconsistent approval state',
      details: [
        {
          path: 'title',
          message: "event 'evt_1': type, title and details must be readable",
          type: 'state_conflict',
          code: 'MISSING_TIMELINE_FIELDS',
        },
      ],
    })
  })

  test.each<[string, Partial<LedgerEvent>]>([
    ['event id', { eventId: 'evt_other' }],
    ['run', { runId: 'run_other' }],
  ])('RULE-VIS-004: an entry whose payload names another %s is refused', (_, tampered) => {
    expect(refusal([stored(receipt(), tampered)]).details[0]).toMatchObject({
      code: 'TRACEABILITY_LINK_BROKEN',
      path: 'payload.id',
    })
  })

  test('RULE-VIS-004: an event of another run among these is refused', () => {
    const other = stored(receipt({ id: 'evt_2', run_id: 'run_2' }))
    expect(refusal([stored(receipt()), other]).details[0]).toMatchObject({
      code: 'TRACEABILITY_LINK_BROKEN',
      message: expect.stringContaining("event 'evt_2'"),
    })
  })

  test.each([
    ['high risk', { risk_level: 'high' as const }],
    ['approval required', { requires_approval: true }],
  ])('RULE-VIS-005: an action with %s that lost its evidence is refused', (_, more) => {
    const risky = receipt({ type: 'action', ...more })
    expect(refusal([stored(risky)]).details[0]).toMatchObject({
      code: 'MISSING_RISK_EVIDENCE',
      path: 'evidence',
    })
    expect(entries({ ...risky, evidence: [{ kind: 'log', label: 'l', ref: 'r' }] })).toHaveLength(1)
  })
})
