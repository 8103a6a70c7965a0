import { describe, expect, test } from 'vitest'
import type { EventContent } from './event-kinds.ts'
import { answer, receipt, request, second, step } from './receipt.fixture.ts'
import { evolveRun, initialRunState, type RunState, signalOf, stateAt } from './run-state.ts'
import type { Receipt } from './schema.ts'

/** The state of a run in which these stand, in order of time. */
function fold(...contents: (Receipt | EventContent)[]): RunState {
  return contents.reduce((state, content) => {
    const event: EventContent = 'kind' in content ? content : { kind: 'receipt_ingested', payload: content }
    const id = 'kind' in content ? `evt_${content.kind}` : content.id
    return evolveRun(state, signalOf(event, id, second(0)))
  }, initialRunState)
}

/** `status`, or `code at path` when the stream contradicts itself. */
function told(state: RunState): string {
  const { inconsistency, status } = state
  return inconsistency ? `${inconsistency.code} at ${inconsistency.path}` : status
}

const work = receipt()
const summary = receipt({ type: 'summary' })
const gate = request({ id: 'evt_gate' })
const approved = answer('approved')
const rejected = answer('rejected')

describe('status', () => {
  test.each<[string, string, Receipt[]]>([
    ['no events', 'running', []],
    ['plain work', 'running', [work]],
    ['an error', 'running', [receipt({ type: 'error' })]],
    ['a gate', 'paused', [work, gate]],
    [
      'a gate that an action carries',
      'paused',
      [receipt({ type: 'action', requires_approval: true, approval: { status: 'pending' } })],
    ],
    ['work while a gate is open', 'paused', [gate, work]],
    ['an approved gate', 'approved', [gate, approved]],
    [
      'a gate that an action says is approved',
      'approved',
      [
        gate,
        receipt({
          type: 'action',
          requires_approval: true,
          approval: { status: 'approved', resolved_by: 'ana', resolved_at: second(1) },
        }),
      ],
    ],
    ['work after an approval', 'running', [gate, approved, work]],
    ['a new gate after an approval', 'paused', [gate, approved, request({ id: 'evt_second' })]],
    ['a rejected gate', 'rejected', [gate, rejected]],
    ['a summary', 'completed', [work, summary]],
    ['a summary behind an approval', 'completed', [gate, approved, summary]],
    ['run_stopped', 'stopped', [work, step('run_stopped')]],
    ['approval_rejected', 'stopped', [gate, answer('rejected', step('approval_rejected'))]],
    ['run_expired', 'expired', [work, step('run_expired')]],
    ['approval_expired', 'expired', [gate, step('approval_expired')]],
    ['an ending while a gate is open', 'stopped', [gate, step('run_stopped')]],
    ['an ending after a rejection', 'stopped', [gate, rejected, step('run_stopped')]],
  ])('%s: the run is %s', (_, expected, receipts) => {
    expect(told(fold(...receipts))).toBe(expected)
  })

  test('an ending wins over the type of its event and over its own approval', () => {
    for (const carrier of [gate, approved, receipt({ type: 'action' }), receipt({ type: 'error' })]) {
      const ending = { ...carrier, meta: { workflow: 'triage', step: 'run_stopped' } }
      expect(told(fold(ending)), carrier.type).toBe('stopped')
    }
  })

  test('a summary is completed even when its step says stopped', () => {
    expect(told(fold(step('run_stopped', { type: 'summary' })))).toBe('completed')
  })

  test('a status without the requirement is a remark: nothing opens and nothing is resolved', () => {
    const remark = receipt({ requires_approval: false, approval: { status: 'pending' } })
    expect(told(fold(remark))).toBe('running')
    const claim = receipt({ approval: { status: 'approved', resolved_by: 'ana', resolved_at: second(1) } })
    expect(told(fold(gate, claim))).toBe('paused')
  })
})

describe('what a run waits for', () => {
  test('the open gate is kept with what an inbox shows, the reason falling back to the details', () => {
    const asked = request({
      id: 'evt_gate',
      timestamp: second(7),
      title: 'Buy it',
      details: 'Over the limit',
      risk_level: 'high',
      approval: { requested_by: 'agent-7', decision_id: 'dec_1' },
    })
    expect(fold(asked).gate).toEqual({
      event_id: 'evt_gate',
      decision_id: 'dec_1',
      requested_by: 'agent-7',
      requested_at: second(7),
      reason: 'Over the limit',
      title: 'Buy it',
      details: 'Over the limit',
      risk_level: 'high',
      expires_at: null,
    })
    expect(fold(request({ approval: { reason: 'Policy' } })).gate?.reason).toBe('Policy')
  })

  test.each<[string, Receipt[]]>([
    ['approved', [gate, approved]],
    ['rejected', [gate, rejected]],
    ['ended', [gate, step('run_stopped')]],
    ['asked twice', [gate, gate]],
  ])('a gate that was %s is not waited for', (_, receipts) => {
    expect(fold(...receipts).gate).toBeNull()
  })
})

describe('contradictions', () => {
  const contradictions: [string, string, Receipt[]][] = [
    ['a second gate', 'DUPLICATE_PENDING_APPROVAL at approval', [gate, request({ id: 'evt_2' })]],
    ['an answer without a gate', 'NO_PENDING_APPROVAL at approval', [approved]],
    ['an answer to a gate answered already', 'NO_PENDING_APPROVAL at approval', [gate, approved, approved]],
    [
      'an answer that is none',
      'INVALID_APPROVAL_TRANSITION at approval.status',
      [gate, answer('not_required')],
    ],
    [
      'an answer that is none, with no gate either',
      'INVALID_APPROVAL_TRANSITION at approval.status',
      [answer('not_required')],
    ],
    [
      'an answer by nobody',
      'MISSING_APPROVER_ID at approval.resolved_by',
      [gate, answer('approved', { approval: { resolved_by: ' ' } })],
    ],
    [
      'an answer by nobody at no time',
      'MISSING_APPROVER_ID at approval.resolved_by',
      [gate, answer('approved', { approval: { resolved_by: null, resolved_at: null } })],
    ],
    [
      'an answer at no time',
      'MISSING_APPROVAL_TIMESTAMP at approval.resolved_at',
      [gate, answer('rejected', { approval: { resolved_at: null } })],
    ],
    ['work after the end', 'TERMINAL_STATE_CONFLICT at workflow_status', [summary, work]],
    ['a gate after the end', 'TERMINAL_STATE_CONFLICT at workflow_status', [step('run_stopped'), gate]],
    [
      'an answer after the end',
      'TERMINAL_STATE_CONFLICT at workflow_status',
      [step('run_expired'), approved],
    ],
    ['a second ending', 'TERMINAL_STATE_CONFLICT at workflow_status', [summary, step('run_stopped')]],
    ['work after a rejection', 'REJECTED_STATE_CONFLICT at workflow_status', [gate, rejected, work]],
    ['a gate after a rejection', 'REJECTED_STATE_CONFLICT at workflow_status', [gate, rejected, gate]],
    ['an answer after a rejection', 'REJECTED_STATE_CONFLICT at workflow_status', [gate, rejected, approved]],
  ]

  test.each(contradictions)('%s is %s', (_, expected, receipts) => {
    expect(told(fold(...receipts))).toBe(expected)
  })

  test.each(contradictions)(
    'after %s, %s stays the first word, whatever follows',
    (_, expected, receipts) => {
      for (const next of [work, gate, approved, rejected, summary, step('run_stopped')]) {
        expect(told(fold(...receipts, next)), next.type).toBe(expected)
      }
    },
  )

  test('a run that contradicts itself waits for nothing and is over only while its newest event ends it', () => {
    const broken = [gate, gate]
    expect(fold(...broken)).toMatchObject({ gate: null, terminal: false })
    expect(fold(...broken, summary)).toMatchObject({ gate: null, terminal: true })
    expect(fold(...broken, summary, work)).toMatchObject({ gate: null, terminal: false })
  })
})

describe('the words of each contradiction', () => {
  test.each([
    [[gate, gate], 'a second approval was requested while one is pending'],
    [[approved], 'approval_resolved encountered without pending approval'],
    [[summary, work], "event encountered after terminal status 'completed'"],
    [[gate, rejected, work], "event encountered after status 'rejected'"],
  ])('stream %#', (receipts, message) => {
    expect(fold(...receipts).inconsistency?.message).toBe(message)
  })
})

describe('what Countersign writes itself', () => {
  const resolution = (status: 'approved' | 'rejected'): EventContent => ({
    kind: 'approval_resolved',
    payload: {
      decision_id: 'dec_1',
      target_event_id: 'evt_gate',
      status,
      resolved_by: 'ana',
      authenticated_as: 'user_1',
      resolved_at: second(1),
      reason: null,
      requested_by: null,
      confidence: null,
      risk_level: null,
      payload_sha256: null,
    },
  })
  const expired = (closes_run: boolean): EventContent => ({
    kind: 'approval_expired',
    payload: { decision_id: 'dec_1', target_event_id: 'evt_gate', closes_run },
  })
  const vote: EventContent = {
    kind: 'approval_vote_cast',
    payload: {
      decision_id: 'dec_1',
      target_event_id: 'evt_gate',
      approver: 'ana',
      reason: null,
      votes: 1,
      required_approvals: 2,
    },
  }
  const doubt: EventContent = {
    kind: 'effect_in_doubt',
    payload: { effect_id: 'eff_1', decision_id: 'dec_1', action: 'purchase.create', reason: 'timeout' },
  }

  test('a resolution through the API approves, or ends the run as stopped', () => {
    expect(told(fold(gate, resolution('approved')))).toBe('approved')
    expect(fold(gate, resolution('rejected'))).toMatchObject({ status: 'stopped', terminal: true })
  })

  test('a vote and an expiry that closes nothing change nothing, even in a finished run', () => {
    expect(fold(gate, vote)).toEqual(fold(gate))
    expect(fold(summary, vote, expired(false))).toEqual(fold(summary))
  })

  test('an expiry that closes the run ends it', () => {
    expect(fold(gate, expired(true))).toMatchObject({ status: 'expired', terminal: true, gate: null })
  })

  test('how an effect ended can be recorded in any run, and changes no state', () => {
    expect(told(fold(gate, resolution('approved'), doubt))).toBe('approved')
    expect(told(fold(summary, doubt))).toBe('completed')
  })
})

describe('stateAt', () => {
  const due = (expires_at: string | null): RunState => {
    const paused = fold(gate)
    return { ...paused, gate: { ...paused.gate!, expires_at } }
  }
  const at = (state: RunState, count: number) => stateAt(state, Date.parse(second(count)))

  test('a gate is expired from its very second on, and its run over', () => {
    expect(at(due(second(10)), 9)).toEqual(due(second(10)))
    expect(at(due(second(10)), 10)).toEqual({
      status: 'expired',
      gate: null,
      terminal: true,
      inconsistency: null,
    })
  })

  test('a gate without an end waits for ever', () => {
    expect(at(due(null), 1e9)).toEqual(due(null))
  })

  test('a run without a gate is what it was', () => {
    for (const state of [fold(work), fold(summary), fold(gate, gate)]) expect(at(state, 1e9)).toBe(state)
  })
})
