import { findLack, readTerms, stricterTerms } from './approval-terms.ts'
import type { Approvals } from './check-approvals.ts'

type Payload = Record<string, unknown>

/**
 * An effect, and the token for it, stands on a decision that allowed it, or on humans who did, as many as both decision and request want, and nobody who
 * refused. Where somebody was asked, their answer counts, whatever policy would have had.
 */
export function checkAllowed(
  decisionId: string,
  decision: Payload | undefined,
  approvals: Approvals,
  what: 'this effect' | 'this token',
  refuse: (expected: string, actual: string, message: string) => void,
): void {
  const effect = decision?.effect
  if (effect === 'deny') {
    refuse('a decision that allows', 'deny', `decision ${decisionId} denied ${what}`)
    return
  }
  const approval = approvals.requests.get(decisionId)
  const [shown, decided] = [approval?.request, decision].map((each) => each?.payload_sha256)
  if (typeof shown === 'string' && typeof decided === 'string' && shown !== decided) {
    refuse(decided, shown, `what was approved is not what was decided about in decision ${decisionId}`)
  }
  if (effect === 'allow' && !approval) return
  if (approval?.state === 'rejected') {
    refuse('an approval', 'a rejection', `decision ${decisionId} was rejected before ${what}`)
  } else if (approval?.state !== 'approved') {
    const message = `nobody approved decision ${decisionId} before ${what}`
    refuse('approval_resolved with status approved', approval?.state ?? 'none', message)
  } else {
    const lack = findLack(stricterTerms(approval.terms, readTerms(decision?.approval)), approval)
    const message = `the approval of decision ${decisionId} is less than what was decided by then`
    // What it lacks of what was asked was told where it was given.
    if (lack && !findLack(approval.terms, approval)) refuse(lack.expected, lack.actual, message)
  }
}
