import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { CircleAlert } from 'lucide-react'
import type { StartedAction } from '../api/app-client.ts'
import { workflowRunQuery } from '../api/workflow-queries.ts'
import { ModeMark, RunStateMark } from '../runs/run-state.tsx'
import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { Note } from '../ui/note.tsx'
import { ValueView } from '../ui/value-view.tsx'

/** What came of an action: its run as it stands now, with what was not sent. */
export function ActionOutcome({ started }: { started: StartedAction }) {
  const { run_id: runId, warnings } = started
  // It may wait for a human, or still be at work: the ledger tells when that changes.
  const run = useQuery({ ...workflowRunQuery(runId), initialData: started }).data
  return (
    <section aria-labelledby="outcome-title" className="space-y-3 border-t border-line pt-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h3 id="outcome-title" className="text-14 font-semibold">
          {text.appForm.outcome}
        </h3>
        <RunStateMark status={run.status} />
        <ModeMark mode={run.mode} />
        <Link to="/runs/$runId" params={{ runId }} className="text-accent underline underline-offset-2">
          {text.appForm.toRun}
        </Link>
      </div>
      {warnings.length > 0 && (
        <Note tone="wait" icon={CircleAlert}>
          <p>{text.appForm.notSent}</p>
          <ul>
            {warnings.map(({ path, message }) => (
              <li key={path}>
                <DataText value={message.split(' ')[0] ?? ''} fold={200} />
              </li>
            ))}
          </ul>
        </Note>
      )}
      {run.status === 'paused' && run.waiting && (
        <p>
          <DataText value={text.appForm.waits(run.waiting.reason)} plain fold={600} />
        </p>
      )}
      {run.status === 'failed' && run.error && (
        <p className="text-stop">
          <DataText value={run.error.error} plain fold={600} />
        </p>
      )}
      {run.status === 'completed' && (
        <div>
          <h4 className="mb-1 text-13 font-semibold">{text.appForm.result}</h4>
          {run.mode === 'draft' && (
            <p className="mb-2 text-13 text-muted">{text.workflowRun.summary.draftResult}</p>
          )}
          {run.result === null ? (
            <p className="text-muted">{text.appForm.noResult}</p>
          ) : (
            <ValueView value={run.result} what={text.appForm.result} />
          )}
        </div>
      )}
    </section>
  )
}
