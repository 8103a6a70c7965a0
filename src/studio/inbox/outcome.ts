import type { ApprovalResolved } from '../../http/schema.ts'
import { text } from '../text.ts'

/** What became of an answer that this page sent. */
export type Outcome =
  | { type: 'approved' | 'rejected' }
  | { type: 'vote'; votes: number; needed: number }
  | { type: 'duplicate' }

export function toOutcome(answer: ApprovalResolved): Outcome {
  if (answer.status === 'vote_recorded') {
    return { type: 'vote', votes: answer.votes, needed: answer.required_approvals }
  }
  return { type: answer.decision }
}

export function sayOutcome(outcome: Outcome): string {
  switch (outcome.type) {
    case 'approved':
      return text.outcome.approved
    case 'rejected':
      return text.outcome.rejected
    case 'vote':
      return text.outcome.vote(outcome.votes, outcome.needed)
    case 'duplicate':
      return text.outcome.duplicate
  }
}
