import { useQueryClient } from '@tanstack/react-query'
import { CircleHelp, KeyRound } from 'lucide-react'
import { ApiError } from '../api/api-error.ts'
import { PasskeyError } from '../api/passkey-client.ts'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { Note } from '../ui/note.tsx'

/** A refusal changed nothing; without an answer nobody knows yet, and it must not look like a failure. */
export function AnswerFailed({ error }: { error: unknown }) {
  const queryClient = useQueryClient()
  if (error instanceof PasskeyError) {
    return (
      <div className="mt-3" role="alert">
        <Note tone="stop" icon={KeyRound}>
          <p>{error.message}</p>
          <p>{text.resolve.nothingChanged}</p>
        </Note>
      </div>
    )
  }
  if (error instanceof ApiError && error.status < 500) {
    return (
      <div className="mt-3">
        <ErrorNote error={error}>
          <p>{text.resolve.nothingChanged}</p>
        </ErrorNote>
      </div>
    )
  }
  return (
    <div className="mt-3" role="alert">
      <Note tone="doubt" icon={CircleHelp}>
        <p className="font-medium">{text.resolve.noAnswerTitle}</p>
        <p className="mb-2">{text.resolve.noAnswer}</p>
        <Button onClick={() => void queryClient.invalidateQueries({ queryKey: ['approvals'] })}>
          {text.resolve.lookAgain}
        </Button>
        {error instanceof ApiError && error.requestId && (
          <p className="data mt-2 text-12 text-muted">
            {text.errors.request} {error.requestId}
          </p>
        )}
      </Note>
    </div>
  )
}
