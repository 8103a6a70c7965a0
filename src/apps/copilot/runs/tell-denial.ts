import type { LedgerEvent } from '../../../kernel/ledger/seal-event.ts'
import type { Artifacts } from '../schema.ts'

const TITLE = 'Stopped by a policy'

/** Why the gate ended a run, in the words of the rule that did. Null where it did not. */
export function denialIn(events: LedgerEvent[]): string | null {
  const failed = events.findLast(({ kind }) => kind === 'run_failed')
  if (failed?.kind !== 'run_failed' || failed.payload.error_type !== 'policy_denied') return null
  const decided = events.findLast(({ kind }) => kind === 'decision_recorded')
  if (decided?.kind !== 'decision_recorded' || decided.payload.effect !== 'deny') return null
  const { reason, reason_code: code } = decided.payload
  return reason.includes(code) ? reason : `${reason} (${code})`
}

/** The artifacts of a plan that was ready until the gate denied it: from then on they say that, and by which rule. */
export function tellDenial(artifacts: Artifacts, reason: string): Artifacts {
  const { decision, consensus_summary: consensus, timeline = [] } = artifacts
  return {
    ...artifacts,
    assistant_message: `I stopped this, because a rule that was set here does not allow it. ${closed(reason)} Nothing was sent.`,
    final_status_suggested: 'BLOCKED',
    finalize_summary: TITLE,
    ...(decision && { decision: { ...decision, action: 'BLOCK', summary: TITLE, reasons: [reason] } }),
    ...(consensus && {
      consensus_summary: {
        ...consensus,
        title: TITLE,
        verdict: 'BLOCK',
        signals: { ...consensus.signals, Policy: { status: 'FAIL', summary: reason } },
        recommended_next_ui: 'explain',
      },
    }),
    timeline: [...timeline, { step: 'HUMAN_APPROVAL', status: 'FAILED', title: TITLE, summary: reason }],
  }
}

const closed = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)
