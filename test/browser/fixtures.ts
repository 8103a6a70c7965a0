import type {
  ApprovalDecision,
  Installation,
  Journal,
  PendingApproval,
  RunEvents,
} from '../../src/http/schema.ts'
import type { EventContent } from '../../src/kernel/ledger/event-kinds.ts'
import { renderReceipt } from '../../src/kernel/ledger/render-receipt.ts'
import { formatBundle } from '../../src/verifier/build-bundle.ts'
import { hashJson } from '../../src/verifier/hash-json.ts'
import { CanonicalEvent } from '../../src/verifier/schema.ts'
import { exportTestLog, logEvents, type TestSigner } from '../../src/verifier/test-bundle.ts'

export const POLICIES = [{ id: 'purchase-limit', effect: 'require_approval' }]
const POLICY_SHA256 = hashJson(POLICIES)

export const LOCAL: Installation = {
  name: 'countersign',
  version: '0.1.0',
  installation: 'ins_test',
  mode: 'local',
  database: 'pglite',
  principal: {
    id: 'local',
    ownerId: 'local',
    kind: 'local',
    tenantId: 'default',
    role: 'admin',
    permissions: ['read', 'write'],
    name: 'Local administrator',
    loglineId: null,
  },
  checkpoint_key: null,
  has_accounts: false,
  oidc_provider: null,
}

export const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()

/** A purchase of 101.00 EUR that waits, unless told otherwise. */
export function makeApproval(number: number, changes: Partial<PendingApproval> = {}): PendingApproval {
  const payload =
    changes.payload === undefined ? { amount: 101, currency: 'EUR', merchant: 'ACME' } : changes.payload
  return {
    event_id: `evt_${number}`,
    run_id: `run_${number}`,
    decision_id: `dec_${number.toString(16).padStart(16, '0')}`,
    requested_at: ago(3 + number),
    requested_by: 'procurement-agent',
    title: 'Approval required',
    details: 'Purchase amount exceeds threshold',
    reason: 'The printer is out of paper',
    risk_level: 'medium',
    action: 'purchase.create',
    payload,
    payload_sha256: payload && hashJson(payload),
    required_approvals: 1,
    forbid_self_approval: false,
    expires_at: new Date(Date.now() + 45 * 60_000).toISOString(),
    votes: [],
    decision: {
      effect: 'require_approval',
      reason_code: 'AMOUNT_ABOVE_THRESHOLD',
      reason: '101.00 EUR is 1.00 above the limit of 100.00',
      policy_sha256: POLICY_SHA256,
      matches: [
        {
          policy_id: 'purchase-limit',
          name: 'Purchases above the limit',
          effect: 'require_approval',
          priority: 10,
          reason_code: 'AMOUNT_ABOVE_THRESHOLD',
          logic: 'AND',
          conditions: [
            {
              field: 'action',
              operator: 'equals',
              value: 'purchase.create',
              outcome: 'holds',
              actual: 'purchase.create',
              actual_type: 'string',
              margin: null,
            },
            {
              field: 'context.amount',
              operator: 'greater_than',
              value: 100,
              outcome: 'holds',
              actual: 101,
              actual_type: 'number',
              margin: 1,
            },
          ],
          outcome: 'matched',
        },
      ],
    },
    ...changes,
  }
}

export function settle(
  approval: PendingApproval,
  status: ApprovalDecision['status'],
  changes: Partial<ApprovalDecision> = {},
): ApprovalDecision {
  const { decision_id, run_id, event_id, requested_at, requested_by, action, payload } = approval
  return {
    decision_id: decision_id ?? '',
    run_id,
    status,
    requested_event_id: event_id,
    resolved_event_id: `apr_${event_id}`,
    requested_at,
    resolved_at: ago(0),
    requested_by,
    resolved_by: 'Local administrator',
    authenticated_as: 'local',
    authoritative: true,
    reason: null,
    action,
    payload,
    payload_sha256: approval.payload_sha256,
    required_approvals: approval.required_approvals,
    expires_at: approval.expires_at,
    votes: [],
    execution: null,
    ...changes,
  }
}

export type FakeRun = { journal: Journal; events: RunEvents; bundle: string }

/** A run as the server would tell it in its three views, with a bundle that really verifies. */
export async function makeRun(runId: string, contents: EventContent[], signer: TestSigner): Promise<FakeRun> {
  const log = logEvents(
    'default',
    contents.map(({ kind, payload }) => ({ run: runId, kind, payload: payload as Record<string, unknown> })),
  )
  const lines = await exportTestLog(log, { signer, scope: { run_id: runId }, policySets: [POLICIES] })
  const events = log.events.map(({ seq, canon, hash }, index): RunEvents['events'][number] => {
    const body = CanonicalEvent.parse(JSON.parse(canon))
    const receipt = renderReceipt(contents[index]!, {
      eventId: body.event_id,
      runId,
      occurredAt: body.occurred_at,
    })
    return {
      id: body.event_id,
      timestamp: body.occurred_at,
      run_id: runId,
      payload: receipt,
      integrity_warning: index === 1 && contents.length > 6,
      kind: body.kind,
      seq,
      recorded_at: body.recorded_at,
      authenticated_as: body.actor,
      prev_hash: body.prev,
      hash: Buffer.from(hash).toString('hex'),
    }
  })
  return {
    journal: { run_id: runId, entry_count: events.length, entries: events.map(toJournalEntry) },
    events: { run_id: runId, event_count: events.length, events },
    bundle: formatBundle(lines),
  }
}

function toJournalEntry(event: RunEvents['events'][number], index: number): Journal['entries'][number] {
  const { payload: receipt, run_id, id } = event
  return {
    entry_id: `jrnl_${run_id}_${String(index + 1).padStart(4, '0')}`,
    event_id: id,
    timestamp: event.timestamp,
    event_type: receipt.type,
    title: receipt.title,
    details: receipt.details,
    payload_ref: { run_id, event_id: id, path: `/v1/runs/${run_id}/events#${id}` },
    approval_context: { requires_approval: receipt.requires_approval, ...receipt.approval },
    metadata: {
      actor: receipt.actor,
      confidence: receipt.confidence,
      risk_level: receipt.risk_level,
      integrity_warning: event.integrity_warning,
      kind: event.kind,
      seq: event.seq,
      authenticated_as: event.authenticated_as,
    },
    evidence_refs: receipt.evidence,
  }
}

const purchase = { amount: 101, currency: 'EUR', merchant: 'ACME' }
const bound = { payload: purchase, payload_sha256: hashJson(purchase), policy_sha256: POLICY_SHA256 }

/** The life of one purchase, up to an effect whose outcome nobody knows. */
export function tellPurchase(runId: string): EventContent[] {
  const decisionId = 'dec_1'
  const effect = { effect_id: 'exec_1', decision_id: decisionId, action: 'purchase.create' }
  return [
    {
      kind: 'decision_recorded',
      payload: {
        ...bound,
        decision_id: decisionId,
        action: 'purchase.create',
        resource: null,
        effect: 'require_approval',
        reason_code: 'AMOUNT_ABOVE_THRESHOLD',
        reason: '101.00 EUR is 1.00 above the limit of 100.00',
        facts: {},
        matches: [],
        approval: { required_approvals: 1, forbid_self_approval: false, expires_in_seconds: null },
      },
    },
    {
      kind: 'approval_requested',
      payload: {
        ...bound,
        decision_id: decisionId,
        title: 'Approval required',
        details: 'Purchase amount exceeds threshold',
        requested_by: 'procurement-agent',
        risk_level: 'high',
        reason: 'The printer is out of paper',
        action: 'purchase.create',
        required_approvals: 1,
        forbid_self_approval: false,
        expires_at: null,
      },
    },
    {
      kind: 'approval_resolved',
      payload: {
        decision_id: decisionId,
        target_event_id: `evt_${runId}_2`,
        status: 'approved',
        resolved_by: 'Local administrator',
        authenticated_as: 'local',
        resolved_at: '2026-11-21T12:00:02.000Z',
        reason: 'We need paper',
        requested_by: 'procurement-agent',
        confidence: null,
        risk_level: 'high',
        payload_sha256: bound.payload_sha256,
      },
    },
    {
      kind: 'execution_token_minted',
      payload: {
        ...bound,
        decision_id: decisionId,
        jti: 'jti_1',
        action: 'purchase.create',
        expires_at: '2026-11-21T12:05:03.000Z',
      },
    },
    {
      kind: 'effect_intended',
      payload: {
        ...effect,
        jti: 'jti_1',
        connector: 'http',
        payload: purchase,
        payload_sha256: bound.payload_sha256,
      },
    },
    { kind: 'effect_in_doubt', payload: { ...effect, reason: 'The shop did not answer within 10 s' } },
  ]
}
