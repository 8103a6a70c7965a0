import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { ApiError, hasCode } from '../api/api-error.ts'
import { runEventsQuery, runJournalQuery, runStatusQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { ErrorNote } from '../ui/error-note.tsx'
import { revealAsString } from '../ui/reveal-text.ts'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { TWO_PANES, useMediaQuery } from '../ui/use-media-query.ts'
import { useTitle } from '../ui/use-title.ts'
import { EventDetail } from './event-detail.tsx'
import { RunHeader } from './run-header.tsx'
import { RunTimeline } from './run-timeline.tsx'
import { itemOfEntry, itemOfEvent, type TimelineItem } from './timeline-item.ts'
import { WorkflowRunView } from './workflow-run-view.tsx'

/** One run: of a workflow with all that its engine knows, of anybody else by its journal. */
export function RunPage() {
  const { runId } = useParams({ from: '/frame/runs/$runId' })
  useTitle(revealAsString(runId.slice(0, 60)))
  const entries = useQuery(runJournalQuery(runId)).data?.entries
  const ofWorkflow = useMemo(
    () =>
      entries?.some(({ metadata }) => metadata.kind === 'run_started') ? entries.map(itemOfEntry) : null,
    [entries],
  )
  return ofWorkflow ? (
    <WorkflowRunView key={runId} runId={runId} items={ofWorkflow} />
  ) : (
    <JournalView key={runId} runId={runId} />
  )
}

function JournalView({ runId }: { runId: string }) {
  const { event: eventId } = useSearch({ from: '/frame/runs/$runId' })
  const navigate = useNavigate()
  const isWide = useMediaQuery(TWO_PANES)

  const journal = useQuery(runJournalQuery(runId))
  const isInconsistent = hasCode(journal.error, 'INCONSISTENT_RUN_STATE')
  const hasDoubt = journal.data?.entries.some(({ metadata }) => metadata.kind === 'effect_in_doubt') ?? false
  const status = useQuery({ ...runStatusQuery(runId), enabled: journal.isSuccess })
  // What the journal leaves out: hashes, receipts, and which decision a doubt belongs to.
  const events = useQuery({
    ...runEventsQuery(runId),
    enabled: isInconsistent || hasDoubt || eventId !== undefined,
  })

  const items = useMemo(
    () =>
      isInconsistent
        ? (events.data?.events.map(itemOfEvent) ?? [])
        : (journal.data?.entries.map(itemOfEntry) ?? []),
    [isInconsistent, events.data, journal.data],
  )
  const selected = items.find((item) => item.eventId === eventId)
  const select = (next: string | undefined) =>
    void navigate({
      to: '/runs/$runId',
      params: { runId },
      search: next === undefined ? {} : { event: next },
      replace: eventId !== undefined && next !== undefined,
    })

  if (journal.isError && !isInconsistent && !journal.data) {
    const isMissing = journal.error instanceof ApiError && journal.error.status === 404
    return (
      <div className="p-4">
        <RunHeader runId={runId} items={[]} events={[]} status={undefined} failure={null} />
        <div className="mt-4 max-w-200">
          <ErrorNote error={journal.error} {...(!isMissing && { onRetry: () => void journal.refetch() })} />
        </div>
      </div>
    )
  }

  const timeline = (
    <Timeline
      items={items}
      isPending={journal.isPending || (isInconsistent && events.isPending)}
      selected={selected}
      onSelect={select}
    />
  )
  const detail = selected && (
    <EventDetail
      item={selected}
      event={events.data?.events.find(({ id }) => id === selected.eventId)}
      back={isWide ? undefined : { label: text.run.backToJournal, onBack: () => select(undefined) }}
    />
  )
  return (
    <div className="flex h-full flex-col">
      <RunHeader
        runId={runId}
        items={items}
        events={events.data?.events ?? []}
        status={status.data}
        failure={isInconsistent && journal.error instanceof ApiError ? journal.error : null}
      />
      {isInconsistent && events.isError && (
        <div className="p-4">
          <ErrorNote error={events.error} onRetry={() => void events.refetch()} />
        </div>
      )}
      {isWide ? (
        <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,3fr)_minmax(24rem,2fr)]">
          <div className="min-h-0 border-r border-line">{timeline}</div>
          <div className="min-h-0 bg-panel">
            {detail ?? <p className="p-6 text-muted">{text.run.choose}</p>}
          </div>
        </div>
      ) : (
        <div className={`min-h-0 flex-1 ${detail ? 'bg-panel' : ''}`}>{detail ?? timeline}</div>
      )}
    </div>
  )
}

type TimelineProps = {
  items: TimelineItem[]
  isPending: boolean
  selected: TimelineItem | undefined
  onSelect: (eventId: string) => void
}

function Timeline({ items, isPending, selected, onSelect }: TimelineProps) {
  if (isPending) return <SkeletonRows />
  if (items.length === 0) return <p className="p-6 text-muted">{text.run.emptyTitle}</p>
  return <RunTimeline items={items} selected={selected} onSelect={onSelect} />
}
