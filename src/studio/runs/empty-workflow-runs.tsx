import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { installationQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { buttonClass } from '../ui/button.tsx'
import { CommandBlock } from '../ui/command-block.tsx'
import { Fill } from '../ui/fill.tsx'
import { makeCurl } from '../ui/make-curl.ts'

/** No run yet: how to start one. */
export function EmptyWorkflowRuns() {
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const command = makeCurl({
    path: '/api/v1/workflows/demo_ticket_escalation_v1/runs',
    needsKey,
    body: { input: {}, mode: 'draft' },
  })
  const { workflowRuns } = text
  return (
    <div className="max-w-[80ch] overflow-y-auto p-4">
      <h2 className="text-16 font-semibold">{workflowRuns.emptyTitle}</h2>
      <p className="mt-1 mb-3 text-muted">{workflowRuns.emptyBody}</p>
      <CommandBlock command={command} what={text.inbox.emptyWhat} />
      <div className="mt-4">
        <Link to="/workflows" className={buttonClass()}>
          {workflowRuns.toWorkflows}
        </Link>
      </div>
      <p className="mt-4 text-13 text-muted">
        <Fill
          sentence={workflowRuns.emptyOthers}
          link={
            <Link to="/journals" className="text-accent underline underline-offset-2">
              {workflowRuns.journals}
            </Link>
          }
        />
      </p>
    </div>
  )
}
