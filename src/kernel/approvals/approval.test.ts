import { describe, expect, test } from 'vitest'
import { AppError } from '../../lib/errors.ts'
import type { Principal } from '../schema.ts'
import { type Approval, decideResolution, duplicateApproval, noPendingApproval } from './approval.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')

const approval = (given: Partial<Approval> = {}): Approval => ({
  decisionId: 'dec_1',
  targetEventId: 'evt_gate',
  requiredApprovals: 1,
  forbidSelfApproval: false,
  requireFreshAuthentication: null,
  refusesKeys: false,
  requestedByOwner: 'user_asker',
  expiresAt: null,
  voters: [],
  ...given,
})

const principal = (id: string, given: Partial<Principal> = {}): Principal => ({
  id,
  ownerId: id,
  kind: 'user',
  tenantId: 'default',
  role: 'admin',
  permissions: ['read', 'write'],
  name: id,
  loglineId: null,
  ...given,
})
const ana = principal('user_ana')
const ben = principal('user_ben')

/** Answers a gate and tells what it leads to, or the status and code it is refused with. */
function given(asked: Partial<Approval> = {}) {
  const answer = (who: Principal, decision: 'approved' | 'rejected', proof?: 'password' | 'passkey') => {
    try {
      return decideResolution(approval(asked), {
        decision,
        principal: who,
        now: NOW,
        freshAuthentication: proof,
      })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return `${error.status} ${error.details[0]!.code} ${error.ruleIds?.join()}`
    }
  }
  return {
    approvedBy: (who: Principal, proof?: 'password' | 'passkey') => answer(who, 'approved', proof),
    rejectedBy: (who: Principal) => answer(who, 'rejected'),
  }
}

describe('one approval', () => {
  test('RULE-GATE-004: a pending approval becomes approved or rejected', () => {
    expect(given().approvedBy(ana)).toEqual({ type: 'approved', votes: 1 })
    expect(given().rejectedBy(ana)).toEqual({ type: 'rejected' })
  })

  test('anybody with a credential may give it where policy asks for nobody in particular, the asker too', () => {
    for (const kind of ['user', 'agent', 'service', 'local'] as const) {
      expect(given().approvedBy(principal('user_asker', { kind })), kind).toEqual({
        type: 'approved',
        votes: 1,
      })
    }
  })
})

describe('N of M distinct people', () => {
  test('votes count up, and the last one approves', () => {
    expect(given({ requiredApprovals: 3 }).approvedBy(ana)).toEqual({ type: 'vote', votes: 1 })
    expect(given({ requiredApprovals: 3, voters: ['user_ana'] }).approvedBy(ben)).toEqual({
      type: 'vote',
      votes: 2,
    })
    expect(
      given({ requiredApprovals: 3, voters: ['user_ana', 'user_ben'] }).approvedBy(principal('user_cem')),
    ).toEqual({ type: 'approved', votes: 3 })
  })

  test('RULE-GATE-003: the same person counts once', () => {
    expect(given({ requiredApprovals: 2, voters: ['user_ana'] }).approvedBy(ana)).toBe(
      '409 DUPLICATE_APPROVAL RULE-GATE-003',
    )
  })

  test('RULE-GATE-003: the same person behind another credential counts once', () => {
    const second = principal('session_2', { ownerId: 'user_ana' })
    expect(given({ requiredApprovals: 2, voters: ['user_ana'] }).approvedBy(second)).toBe(
      '409 DUPLICATE_APPROVAL RULE-GATE-003',
    )
  })

  test('one rejection closes the gate, whoever approved before', () => {
    const twoOfThree = { requiredApprovals: 3, voters: ['user_ana', 'user_ben'] }
    expect(given(twoOfThree).rejectedBy(principal('user_cem'))).toEqual({ type: 'rejected' })
  })

  test('whoever approved may still reject', () => {
    expect(given({ requiredApprovals: 2, voters: ['user_ana'] }).rejectedBy(ana)).toEqual({
      type: 'rejected',
    })
  })

  test.each(['agent', 'service', 'local'] as const)(
    'RULE-GATE-004: a principal of kind %s is none of the people',
    (kind) => {
      const machine = principal('key_1', { kind })
      expect(given({ requiredApprovals: 2 }).approvedBy(machine)).toBe(
        '403 HUMAN_APPROVER_REQUIRED RULE-GATE-004',
      )
      expect(given({ requiredApprovals: 2 }).rejectedBy(machine)).toBe(
        '403 HUMAN_APPROVER_REQUIRED RULE-GATE-004',
      )
    },
  )
})

test('RULE-GATE-004: what became of a call that needed a human is not for keys to say, and is for anybody else', () => {
  const doubt = given({ refusesKeys: true })
  for (const kind of ['agent', 'service'] as const) {
    const key = principal('key_1', { kind })
    expect(doubt.approvedBy(key), kind).toBe('403 HUMAN_APPROVER_REQUIRED RULE-GATE-004')
    expect(doubt.rejectedBy(key), kind).toBe('403 HUMAN_APPROVER_REQUIRED RULE-GATE-004')
  }
  for (const kind of ['user', 'local'] as const) {
    expect(doubt.approvedBy(principal('ana', { kind })), kind).toMatchObject({ type: 'approved' })
  }
})

describe('no self-approval', () => {
  const forbidden = { forbidSelfApproval: true }

  test('RULE-GATE-004: who asked may not approve, nor an agent of theirs', () => {
    expect(given(forbidden).approvedBy(principal('user_asker'))).toBe(
      '403 SELF_APPROVAL_FORBIDDEN RULE-GATE-004',
    )
    const agent = principal('key_1', { ownerId: 'user_asker', kind: 'agent' })
    expect(given(forbidden).approvedBy(agent)).toBe('403 HUMAN_APPROVER_REQUIRED RULE-GATE-004')
    const other = principal('session_2', { ownerId: 'user_asker' })
    expect(given(forbidden).approvedBy(other)).toBe('403 SELF_APPROVAL_FORBIDDEN RULE-GATE-004')
  })

  test('who asked may withdraw it by rejecting', () => {
    expect(given(forbidden).rejectedBy(principal('user_asker'))).toEqual({ type: 'rejected' })
  })

  test('somebody else may approve, a machine may not', () => {
    expect(given(forbidden).approvedBy(ana)).toEqual({ type: 'approved', votes: 1 })
    expect(given(forbidden).approvedBy(principal('key_9', { kind: 'service' }))).toBe(
      '403 HUMAN_APPROVER_REQUIRED RULE-GATE-004',
    )
  })
})

describe('expiry', () => {
  const before = new Date(NOW + 1).toISOString()
  const due = new Date(NOW).toISOString()

  test('an approval may be answered until its last millisecond', () => {
    expect(given({ expiresAt: before }).approvedBy(ana)).toEqual({ type: 'approved', votes: 1 })
  })

  test('RULE-GATE-002: an expired approval can be neither approved nor rejected, however many votes it has', () => {
    const votes = { requiredApprovals: 2, voters: ['user_ben'] }
    expect(given({ expiresAt: due }).approvedBy(ana)).toBe('409 APPROVAL_EXPIRED RULE-GATE-002')
    expect(given({ expiresAt: due }).rejectedBy(ana)).toBe('409 APPROVAL_EXPIRED RULE-GATE-002')
    expect(given({ expiresAt: due, ...votes }).approvedBy(ana)).toBe('409 APPROVAL_EXPIRED RULE-GATE-002')
  })

  test('an expired approval answers with the code of the seed and says when it ended', () => {
    const decide = () =>
      decideResolution(approval({ expiresAt: due }), { decision: 'approved', principal: ana, now: NOW })
    expect(decide).toThrow(
      expect.objectContaining({
        code: 'NO_PENDING_APPROVAL',
        status: 409,
        details: [expect.objectContaining({ message: expect.stringContaining(due) })],
      }),
    )
  })
})

describe('the envelopes of the contract', () => {
  test('RULE-GATE-002: an event that is not the open gate', () => {
    expect(noPendingApproval('evt_9').toEnvelope()).toEqual({
      error: {
        code: 'NO_PENDING_APPROVAL',
        message: 'No pending approval for target event',
        details: [
          {
            message: "Event 'evt_9' is not the currently pending approval",
            code: 'NO_PENDING_APPROVAL',
            type: 'state_conflict',
            path: 'event_id',
          },
        ],
        rule_ids: ['RULE-GATE-002'],
      },
    })
  })

  test.each([
    [{ eventId: 'evt_9' }, 'resolved', 'event_id', "Approval for event 'evt_9' has already been resolved"],
    [
      { decisionId: 'dec_9' },
      'resolved',
      'decision_id',
      "Approval for decision 'dec_9' has already been resolved",
    ],
    [{ decisionId: 'dec_9' }, 'pending', 'decision_id', "Approval for decision 'dec_9' is already pending"],
  ] as const)('RULE-GATE-003: %j that is %s', (target, state, path, message) => {
    expect(duplicateApproval(target, state).toEnvelope()).toEqual({
      error: {
        code: 'DUPLICATE_APPROVAL',
        message: `Approval already ${state}`,
        details: [{ path, message, type: 'state_conflict', code: 'DUPLICATE_APPROVAL' }],
        rule_ids: ['RULE-GATE-003'],
      },
    })
  })
})

describe('an approval that wants fresh authentication', () => {
  const missing = '403 FRESH_AUTHENTICATION_REQUIRED RULE-GATE-004'

  test('is given with a proof as strong as the one asked for, or a stronger one', () => {
    const approved = { type: 'approved', votes: 1 }
    expect(given({ requireFreshAuthentication: 'password' }).approvedBy(ana)).toBe(missing)
    expect(given({ requireFreshAuthentication: 'password' }).approvedBy(ana, 'password')).toEqual(approved)
    expect(given({ requireFreshAuthentication: 'password' }).approvedBy(ana, 'passkey')).toEqual(approved)
    expect(given({ requireFreshAuthentication: 'passkey' }).approvedBy(ana, 'password')).toBe(missing)
    expect(given({ requireFreshAuthentication: 'passkey' }).approvedBy(ana, 'passkey')).toEqual(approved)
  })

  test('every vote needs one of its own', () => {
    const two = given({ requireFreshAuthentication: 'passkey', requiredApprovals: 2, voters: ['user_ana'] })
    expect(two.approvedBy(ben)).toBe(missing)
    expect(two.approvedBy(ben, 'passkey')).toEqual({ type: 'approved', votes: 2 })
  })

  test('is given by people alone, and rejected by anybody without any proof', () => {
    for (const kind of ['agent', 'service', 'local'] as const) {
      const who = principal('someone', { kind })
      const asked = given({ requireFreshAuthentication: 'password' })
      expect(asked.approvedBy(who, 'password'), kind).toBe('403 HUMAN_APPROVER_REQUIRED RULE-GATE-004')
      expect(asked.rejectedBy(who), kind).toEqual({ type: 'rejected' })
    }
  })
})
