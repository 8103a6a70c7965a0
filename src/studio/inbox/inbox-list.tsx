import type { UseQueryResult } from '@tanstack/react-query'
import { Keyboard } from 'lucide-react'
import type { PendingApproval, PendingApprovals } from '../../http/schema.ts'
import { text } from '../text.ts'
import { ErrorNote } from '../ui/error-note.tsx'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { VirtualList } from '../ui/virtual-list.tsx'
import { keyOf } from './approval-key.ts'
import { ApprovalColumns, ApprovalRow } from './approval-row.tsx'
import { BrokenRuns } from './broken-runs.tsx'
import { EmptyInbox } from './empty-inbox.tsx'
import { type PastOutcome, PastOutcomes } from './past-outcomes.tsx'

type InboxListProps = {
  pending: UseQueryResult<PendingApprovals>
  approvals: PendingApproval[]
  currentKey: string | null
  currentIndex: number
  past: PastOutcome[]
  onHelp: () => void
}

export function InboxList({ pending, approvals, currentKey, currentIndex, past, onHelp }: InboxListProps) {
  const broken = pending.data?.inconsistent_runs ?? []
  return (
    <div className="flex h-full flex-col">
      <header className="flex h-12 shrink-0 items-center gap-3 border-b border-line px-4">
        <h1 className="text-16 font-semibold">{text.inbox.title}</h1>
        {approvals.length > 0 && (
          <span className="text-13 text-muted">{text.inboxCount(approvals.length)}</span>
        )}
        <button
          type="button"
          onClick={onHelp}
          aria-label={text.inbox.shortcuts}
          title={text.inbox.shortcuts}
          className="ml-auto hidden size-8 items-center justify-center rounded-md text-muted hover:text-text pointer-fine:inline-flex"
        >
          <Keyboard size={16} aria-hidden="true" />
        </button>
      </header>
      <PastOutcomes past={past} />
      {pending.isError && (
        <div className="shrink-0 p-4">
          <ErrorNote error={pending.error} onRetry={() => void pending.refetch()}>
            {pending.data && <p>{text.errors.stale}</p>}
          </ErrorNote>
        </div>
      )}
      {broken.length > 0 && <BrokenRuns runs={broken} />}
      {pending.isPending && <SkeletonRows />}
      {pending.data && approvals.length === 0 && <EmptyInbox teaches={past.length === 0} />}
      {approvals.length > 0 && (
        <VirtualList
          items={approvals}
          keyOf={keyOf}
          head={<ApprovalColumns />}
          label={text.inbox.list}
          currentIndex={currentIndex}
          className="min-h-0 flex-1"
          renderItem={(approval) => (
            <ApprovalRow approval={approval} isCurrent={keyOf(approval) === currentKey} />
          )}
        />
      )}
    </div>
  )
}
