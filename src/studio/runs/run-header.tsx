import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import type { RunStatusView } from '../../http/schema.ts'
import type { ApiError } from '../api/api-error.ts'
import { installationQuery, pendingApprovalsQuery } from '../api/queries.ts'
import { keyOf } from '../inbox/approval-key.ts'
import { text } from '../text.ts'
import { CopyAction, CopyButton } from '../ui/copy-button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { TONE_TEXT } from '../ui/note.tsx'
import { ChainBadge } from './chain-badge.tsx'
import { ExportButton } from './export-button.tsx'
import { RunSentence } from './run-sentence.tsx'
import { STATUS_LOOK } from './run-status.tsx'
import { findDoubts, type RunEvent, type TimelineItem } from './timeline-item.ts'

type RunHeaderProps = {
  runId: string
  items: TimelineItem[]
  events: RunEvent[]
  status: RunStatusView | undefined
  /** Why no state can be derived. */
  failure: ApiError | null
}

export function RunHeader({ runId, items, events, status, failure }: RunHeaderProps) {
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const waiting = useQuery(pendingApprovalsQuery).data?.approvals.find(({ run_id }) => run_id === runId)
  const doubts = findDoubts(events)
  const state = failure ? 'inconsistent' : doubts.length > 0 ? 'inDoubt' : status?.status
  const { icon: Icon, tone } = STATUS_LOOK[state ?? 'running']
  return (
    <header className="shrink-0 border-b border-line px-4 py-3">
      <Link to="/journals" className="mb-1 inline-flex items-center gap-1 text-13 text-accent">
        <ArrowLeft size={14} aria-hidden="true" />
        {text.run.back}
      </Link>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="flex items-start gap-1 text-16 font-semibold">
            <DataText value={runId} fold={80} />
            <CopyButton value={runId} what={text.card.run} />
          </h1>
          {state && (
            <p className={`mt-1 flex items-start gap-1.5 text-14 ${TONE_TEXT[tone]}`}>
              <Icon size={16} aria-hidden="true" className="mt-0.5 shrink-0" />
              <span>
                <RunSentence
                  state={state}
                  newestAt={doubts[0]?.timestamp ?? items.at(-1)?.time ?? null}
                  waiting={waiting ?? null}
                  waitsSince={status?.pending_approval?.requested_at ?? null}
                  failure={failure}
                  items={items}
                />
                {waiting && (
                  <>
                    {' · '}
                    <Link
                      to="/inbox/$key"
                      params={{ key: keyOf(waiting) }}
                      className="text-accent underline underline-offset-2"
                    >
                      {text.run.answer}
                    </Link>
                  </>
                )}
              </span>
            </p>
          )}
          {failure && <p className="mt-1 text-13 text-muted">{text.run.inconsistentBody}</p>}
        </div>
        {items.length > 0 && (
          <div className="flex flex-wrap gap-2">
            <ChainBadge runId={runId} eventCount={items.length} />
            <CopyAction value={makeCurl({ path: `/v1/runs/${encodeURIComponent(runId)}/journal`, needsKey })}>
              {text.run.copyCurl}
            </CopyAction>
            <ExportButton runId={runId} />
          </div>
        )}
      </div>
    </header>
  )
}
