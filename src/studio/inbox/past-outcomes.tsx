import { Link } from '@tanstack/react-router'
import type { PendingApproval } from '../../http/schema.ts'
import { text } from '../text.ts'
import type { Outcome } from './outcome.ts'
import { OutcomeMark } from './outcome-mark.tsx'
import { WEB3_TRANSACTION } from './proposed-plan.ts'
import { SaidPayload } from './said-payload.tsx'
import { useDescribed } from './use-told-plan.ts'

export type PastOutcome = { approval: PendingApproval; outcome: Outcome }

/** What became of the last answers: a row leaves the list with a word, not silently. */
export function PastOutcomes({ past }: { past: PastOutcome[] }) {
  return (
    <div role="log" aria-label={text.inbox.outcomes} className="shrink-0">
      {past.map(({ approval, outcome }) => (
        <p
          key={`${approval.event_id} ${approval.run_id} ${outcome.type}`}
          className="flex min-h-9 flex-wrap items-center gap-x-3 border-b border-line px-4 py-1.5 text-13"
        >
          <OutcomeMark outcome={outcome} />
          <span className="min-w-0 flex-1 truncate">
            <Said approval={approval} />
          </span>
          {approval.action === WEB3_TRANSACTION && outcome.type !== 'rejected' && (
            <Link
              to="/copilot/$runId"
              params={{ runId: approval.run_id }}
              className="text-accent underline underline-offset-2"
            >
              {text.card.inCopilot}
            </Link>
          )}
          <Link
            to="/runs/$runId"
            params={{ runId: approval.run_id }}
            className="text-accent underline underline-offset-2"
          >
            {text.outcome.toRun}
          </Link>
        </p>
      ))}
    </div>
  )
}

function Said({ approval }: { approval: PendingApproval }) {
  return <SaidPayload said={useDescribed(approval)} />
}
