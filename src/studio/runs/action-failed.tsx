import { CircleHelp } from 'lucide-react'
import { ApiError } from '../api/api-error.ts'
import { text } from '../text.ts'
import { ErrorNote } from '../ui/error-note.tsx'
import { Note } from '../ui/note.tsx'

/** A refusal changed nothing; without an answer nobody knows yet, and it must not look like a failure. */
export function ActionFailed({
  error,
  refused = text.workflowRun.failedAction,
  unanswered = text.workflowRun.noAnswer,
}: {
  error: unknown
  refused?: string
  unanswered?: string
}) {
  if (error instanceof ApiError && error.status < 500) {
    return (
      <ErrorNote error={error}>
        <p>{refused}</p>
      </ErrorNote>
    )
  }
  return (
    <div role="alert">
      <Note tone="doubt" icon={CircleHelp}>
        <p className="font-medium">{text.workflowRun.noAnswerTitle}</p>
        <p>{unanswered}</p>
        {error instanceof ApiError && error.requestId && (
          <p className="data mt-2 text-12 text-muted">
            {text.errors.request} {error.requestId}
          </p>
        )}
      </Note>
    </div>
  )
}
