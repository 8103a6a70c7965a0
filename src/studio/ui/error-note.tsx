import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { ApiError, NoAnswerError } from '../api/api-error.ts'
import { text } from '../text.ts'
import { Button } from './button.tsx'
import { DataText } from './data-text.tsx'

type ErrorNoteProps = { error: unknown; onRetry?: () => void; children?: ReactNode }

/** What happened, what was not changed, what to do; with the id under which the server logged it. */
export function ErrorNote({ error, onRetry, children }: ErrorNoteProps) {
  return (
    <div role="alert" className="rounded-md border border-stop/50 bg-panel p-4">
      <p className="flex items-center gap-2 font-medium text-stop">
        <CircleAlert size={16} aria-hidden="true" className="shrink-0" />
        {sayTitle(error)}
      </p>
      <div className="mt-2 max-w-[80ch] space-y-2 text-14">
        <ErrorBody error={error} />
        {children}
      </div>
      {onRetry && (
        <Button onClick={onRetry} className="mt-3">
          {text.common.retry}
        </Button>
      )}
    </div>
  )
}

function ErrorBody({ error }: { error: unknown }) {
  if (error instanceof NoAnswerError) return <p>{text.errors.unreachable}</p>
  if (!(error instanceof ApiError)) return <DataText value={String(error)} plain />
  const details = error.details.filter(({ message }) => message && message !== error.message)
  return (
    <>
      <p>
        <DataText value={error.message} plain />
      </p>
      {details.slice(0, 5).map((detail, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: one answer's list, never reordered
        <p key={index}>
          <DataText value={detail.message} plain />
        </p>
      ))}
      {error.status >= 500 && <p>{text.errors.server}</p>}
      <dl className="flex flex-wrap gap-x-4 gap-y-1 text-12 text-muted">
        <Item term={text.errors.code} value={error.code} />
        {error.ruleIds.length > 0 && <Item term={text.errors.rules} value={error.ruleIds.join(', ')} />}
        {error.requestId && <Item term={text.errors.request} value={error.requestId} />}
      </dl>
    </>
  )
}

function Item({ term, value }: { term: string; value: string }) {
  return (
    <div className="flex gap-1">
      <dt>{term}</dt>
      <dd>
        <DataText value={value} />
      </dd>
    </div>
  )
}

function sayTitle(error: unknown): string {
  if (error instanceof NoAnswerError) return text.errors.unreachableTitle
  if (!(error instanceof ApiError)) return text.errors.pageTitle
  if (error.status === 403) return text.errors.forbiddenTitle
  if (error.status === 404) return text.errors.notFoundTitle
  return error.status >= 500 ? text.errors.serverTitle : text.errors.refusedTitle
}
