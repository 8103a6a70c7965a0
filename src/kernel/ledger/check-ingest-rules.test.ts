import { describe, expect, test } from 'vitest'
import { checkIngestRules } from './check-ingest-rules.ts'
import { answer, receipt, request, second, step } from './receipt.fixture.ts'
import { evolveRun, initialRunState, signalOf, stateAt } from './run-state.ts'
import type { Receipt } from './schema.ts'

/** The rule book over receipts that stand in the run already, whether or not they would be let in today. */
function given(...receipts: Receipt[]) {
  const state = receipts.reduce(
    (before, payload) =>
      evolveRun(before, signalOf({ kind: 'receipt_ingested', payload }, payload.id, payload.timestamp)),
    initialRunState,
  )
  return {
    when: (next: Receipt) => ({
      violations: () =>
        checkIngestRules(state, next).map((fault) => `${fault.rule_id} ${fault.path} ${fault.code}`),
      faults: () => checkIngestRules(state, next),
    }),
  }
}

const work = receipt()
const summary = (more: Parameters<typeof receipt>[0] = {}) => receipt({ type: 'summary', ...more })
const evidence = [{ kind: 'diff' as const, label: 'draft', ref: 'file://draft' }]

describe('RULE-GATE-001: a request for approval is pending and requires approval', () => {
  test('RULE-GATE-001: a request that is pending and requires approval is let in', () => {
    expect(given(work).when(request()).violations()).toEqual([])
  })

  test.each(['not_required', 'approved', 'rejected'] as const)(
    'RULE-GATE-001: a request with status %s is refused',
    (status) => {
      const filled = { status, resolved_by: 'ana', resolved_at: second(1) }
      expect(
        given()
          .when(request({ approval: filled }))
          .faults(),
      ).toEqual([
        {
          path: 'approval.status',
          message: "approval_requested must use approval.status='pending'",
          type: 'state_conflict',
          code: 'INVALID_APPROVAL_TRANSITION',
          rule_id: 'RULE-GATE-001',
        },
      ])
    },
  )

  test('RULE-GATE-001: a request that does not require approval is refused', () => {
    expect(
      given()
        .when(request({ requires_approval: false }))
        .violations(),
    ).toEqual(['RULE-GATE-001 requires_approval INVALID_APPROVAL_TRANSITION'])
  })

  test('RULE-GATE-001: a second gate is let in, since status and journal must be able to say it', () => {
    expect(
      given(request())
        .when(request({ id: 'evt_2' }))
        .violations(),
    ).toEqual([])
  })
})

describe('RULE-GATE-002: a resolution answers a gate of its own run', () => {
  test.each([
    ['an empty run', []],
    ['a run of plain work', [work]],
    ['a gate that was answered already', [request(), answer('approved')]],
  ])('RULE-GATE-002: a resolution in %s is refused', (_, receipts) => {
    expect(
      given(...receipts)
        .when(answer('approved'))
        .violations(),
    ).toEqual(['RULE-GATE-002 approval NO_PENDING_APPROVAL'])
  })

  test.each(['pending', 'not_required'] as const)(
    'RULE-GATE-002: a resolution with status %s resolves nothing and is refused',
    (status) => {
      expect(given(request()).when(answer(status)).violations()).toEqual([
        'RULE-GATE-002 approval.status INVALID_APPROVAL_TRANSITION',
      ])
    },
  )

  test.each(['approved', 'rejected'] as const)('a gate may be %s by a receipt', (status) => {
    expect(given(request()).when(answer(status)).violations()).toEqual([])
  })
})

describe('RULE-GATE-005: a run that ended takes no more events', () => {
  const endings: [string, Receipt][] = [
    ['a summary', summary()],
    ['run_stopped', step('run_stopped')],
    ['approval_rejected', step('approval_rejected')],
    ['run_expired', step('run_expired')],
    ['approval_expired', step('approval_expired')],
  ]
  const everyKind = [work, request(), answer('approved'), summary(), receipt({ type: 'error' })]

  test.each(endings)('RULE-GATE-005: after %s any event is refused', (_, ending) => {
    for (const next of everyKind) {
      expect(given(work, ending).when(next).violations()).toEqual([
        'RULE-GATE-005 workflow_status TERMINAL_STATE_CONFLICT',
      ])
    }
  })

  test('a step that only looks like an ending ends nothing', () => {
    for (const name of ['run_stopped_soon', 'RUN_STOPPED', 'constructor', 'toString', '__proto__']) {
      expect(given(step(name)).when(work).violations(), name).toEqual([])
    }
  })

  test('a gate that a receipt rejected ends no run: status says it, and work is let in', () => {
    expect(given(request(), answer('rejected')).when(work).violations()).toEqual([])
  })

  test('RULE-GATE-005: a gate that is overdue ended the run, although nobody has written so yet', () => {
    const gate = { ...initialGate, expires_at: second(10) }
    const paused = { ...initialRunState, status: 'paused' as const, gate }
    const at = (count: number) =>
      checkIngestRules(stateAt(paused, Date.parse(second(count))), work).map((fault) => fault.rule_id)
    expect(at(9)).toEqual([])
    expect(at(10)).toEqual(['RULE-GATE-005'])
  })
})

const initialGate = {
  event_id: 'evt_1',
  decision_id: null,
  requested_by: null,
  requested_at: second(0),
  reason: 'why',
  title: 'Buy',
  details: 'why',
  risk_level: null,
}

describe('RULE-GATE-007 and RULE-GATE-008: whoever says approved or rejected says who and when', () => {
  const types = [
    'intent',
    'action',
    'observation',
    'decision',
    'approval_resolved',
    'error',
  ] as const satisfies Receipt['type'][]

  test.each(types.flatMap((type) => (['approved', 'rejected'] as const).map((status) => ({ type, status }))))(
    'RULE-GATE-007 and RULE-GATE-008: $type with status $status and nothing else lacks both',
    ({ type, status }) => {
      const bare = answer(status, { type, evidence, approval: { resolved_by: null, resolved_at: null } })
      expect(given(request()).when(bare).violations()).toEqual([
        'RULE-GATE-007 approval.resolved_by MISSING_APPROVER_ID',
        'RULE-GATE-008 approval.resolved_at MISSING_APPROVAL_TIMESTAMP',
      ])
    },
  )

  test.each(['', ' ', '\t\n'])('RULE-GATE-007: %j is nobody', (resolved_by) => {
    expect(
      given(request())
        .when(answer('approved', { approval: { resolved_by } }))
        .violations(),
    ).toEqual(['RULE-GATE-007 approval.resolved_by MISSING_APPROVER_ID'])
  })

  test('RULE-GATE-008: a resolution without a time is refused', () => {
    expect(
      given(request())
        .when(answer('rejected', { approval: { resolved_at: null } }))
        .violations(),
    ).toEqual(['RULE-GATE-008 approval.resolved_at MISSING_APPROVAL_TIMESTAMP'])
  })

  test('a status that decides nothing needs neither', () => {
    expect(
      given()
        .when(receipt({ requires_approval: true, approval: { status: 'pending' } }))
        .violations(),
    ).toEqual([])
  })
})

describe('RULE-GATE-010: a summary ends a run in which nothing is open', () => {
  test('RULE-GATE-010: a summary that requires approval is refused', () => {
    expect(
      given(work)
        .when(summary({ requires_approval: true }))
        .violations(),
    ).toEqual(['RULE-GATE-010 requires_approval INVALID_SUMMARY_COMPLETION'])
  })

  test.each(['pending', 'approved', 'rejected'] as const)(
    'RULE-GATE-010: a summary with status %s is refused',
    (status) => {
      const next = summary({ approval: { status, resolved_by: 'ana', resolved_at: second(1) } })
      expect(given(work).when(next).violations()).toEqual([
        'RULE-GATE-010 approval.status INVALID_SUMMARY_COMPLETION',
      ])
    },
  )

  test('RULE-GATE-010: a summary while a gate is open is refused, and says which gate', () => {
    const faults = given(work, request({ id: 'evt_open' }))
      .when(summary())
      .faults()
    expect(faults).toEqual([
      {
        path: 'approval',
        message: "summary is refused while approval 'evt_open' is pending",
        type: 'state_conflict',
        code: 'PENDING_APPROVAL_EXISTS',
        rule_id: 'RULE-GATE-010',
      },
    ])
  })

  test('a summary of plain work, or behind an answered gate, is let in', () => {
    expect(given(work).when(summary()).violations()).toEqual([])
    expect(given(request(), answer('approved')).when(summary()).violations()).toEqual([])
  })
})

describe('RULE-GATE-011: a resolution names the decision of the gate', () => {
  const gate = request({ approval: { decision_id: 'dec_1' } })

  test.each([
    ['another decision', 'dec_2'],
    ['no decision', null],
    ['the same in other letters', 'DEC_1'],
  ])('RULE-GATE-011: a resolution that names %s is refused', (_, decision_id) => {
    expect(
      given(gate)
        .when(answer('approved', { approval: { decision_id } }))
        .violations(),
    ).toEqual(['RULE-GATE-011 approval.decision_id APPROVAL_DECISION_ID_MISMATCH'])
  })

  test('the same decision is let in, and so is any where the gate names none', () => {
    const named = answer('approved', { approval: { decision_id: 'dec_1' } })
    expect(given(gate).when(named).violations()).toEqual([])
    expect(given(request()).when(named).violations()).toEqual([])
  })
})

describe('RULE-RISK-005: a risky action brings evidence', () => {
  test.each([
    ['high risk', { risk_level: 'high' as const }],
    ['approval required', { requires_approval: true }],
    ['both', { risk_level: 'high' as const, requires_approval: true }],
  ])('RULE-RISK-005: an action with %s and no evidence is refused', (_, more) => {
    const action = receipt({ type: 'action', ...more })
    expect(given().when(action).violations()).toEqual(['RULE-RISK-005 evidence MISSING_RISK_EVIDENCE'])
    expect(
      given()
        .when({ ...action, evidence })
        .violations(),
    ).toEqual([])
  })

  test('low and medium risk, and what is no action, need none', () => {
    for (const risk_level of ['low', 'medium', null] as const) {
      expect(
        given()
          .when(receipt({ type: 'action', risk_level }))
          .violations(),
      ).toEqual([])
    }
    expect(
      given()
        .when(receipt({ type: 'intent', risk_level: 'high' }))
        .violations(),
    ).toEqual([])
  })
})

describe('several faults', () => {
  test('every broken rule is listed at once', () => {
    const worst = summary({ requires_approval: true, approval: { status: 'approved' } })
    expect(given(request()).when(worst).violations()).toEqual([
      'RULE-GATE-007 approval.resolved_by MISSING_APPROVER_ID',
      'RULE-GATE-008 approval.resolved_at MISSING_APPROVAL_TIMESTAMP',
      'RULE-GATE-010 requires_approval INVALID_SUMMARY_COMPLETION',
      'RULE-GATE-010 approval.status INVALID_SUMMARY_COMPLETION',
      'RULE-GATE-010 approval PENDING_APPROVAL_EXISTS',
    ])
  })

  test('a finished run is named beside what is wrong with the event itself', () => {
    const action = receipt({ type: 'action', risk_level: 'high' })
    expect(given(summary()).when(action).violations()).toEqual([
      'RULE-GATE-005 workflow_status TERMINAL_STATE_CONFLICT',
      'RULE-RISK-005 evidence MISSING_RISK_EVIDENCE',
    ])
  })
})

describe('a stream that contradicts itself already', () => {
  const twoGates = [request(), request({ id: 'evt_2' })]
  const streams: { name: string; receipts: Receipt[]; violation: string }[] = [
    {
      name: 'two gates',
      receipts: twoGates,
      violation: 'RULE-GATE-001 approval DUPLICATE_PENDING_APPROVAL',
    },
    {
      name: 'an answer without a gate',
      receipts: [answer('approved')],
      violation: 'RULE-GATE-002 approval NO_PENDING_APPROVAL',
    },
    {
      name: 'an answer that is none',
      receipts: [request(), answer('pending', { requires_approval: false })],
      violation: 'RULE-GATE-004 approval.status INVALID_APPROVAL_TRANSITION',
    },
    {
      name: 'an answer by nobody',
      receipts: [request(), answer('approved', { approval: { resolved_by: null } })],
      violation: 'RULE-GATE-007 approval.resolved_by MISSING_APPROVER_ID',
    },
    {
      name: 'an answer at no time',
      receipts: [request(), answer('approved', { approval: { resolved_at: null } })],
      violation: 'RULE-GATE-008 approval.resolved_at MISSING_APPROVAL_TIMESTAMP',
    },
    {
      name: 'work after the end',
      receipts: [summary(), work],
      violation: 'RULE-GATE-005 workflow_status TERMINAL_STATE_CONFLICT',
    },
    {
      name: 'work after a rejection',
      receipts: [request(), answer('rejected'), work],
      violation: 'RULE-GATE-004 workflow_status REJECTED_STATE_CONFLICT',
    },
  ]

  test.each(streams)(
    'RULE-GATE-004: after $name a resolution and a summary are refused with the contradiction, plain work enters',
    ({ receipts, violation }) => {
      expect(
        given(...receipts)
          .when(answer('approved'))
          .violations(),
      ).toEqual([violation])
      expect(
        given(...receipts)
          .when(summary())
          .violations(),
      ).toEqual([violation])
      expect(
        given(...receipts)
          .when(work)
          .violations(),
      ).toEqual([])
      expect(
        given(...receipts)
          .when(request())
          .violations(),
      ).toEqual([])
    },
  )

  test('RULE-GATE-005: an inconsistent run can still be ended, and then takes nothing more', () => {
    const stopped = step('run_stopped')
    expect(
      given(...twoGates)
        .when(stopped)
        .violations(),
    ).toEqual([])
    for (const next of [work, answer('approved'), summary()]) {
      expect(
        given(...twoGates, stopped)
          .when(next)
          .violations(),
      ).toEqual(['RULE-GATE-005 workflow_status TERMINAL_STATE_CONFLICT'])
    }
  })
})
