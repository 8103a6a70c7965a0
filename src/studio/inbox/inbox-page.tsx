import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import type { PendingApproval } from '../../http/schema.ts'
import { pendingApprovalsQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { TWO_PANES, useMediaQuery } from '../ui/use-media-query.ts'
import { useShortcuts } from '../ui/use-shortcuts.ts'
import { useTitle } from '../ui/use-title.ts'
import type { AnswerStep } from './answer-bar.tsx'
import { ApprovalCard } from './approval-card.tsx'
import { keyOf } from './approval-key.ts'
import { describeApproval, sayAsString } from './describe-payload.ts'
import { InboxList } from './inbox-list.tsx'
import type { Outcome } from './outcome.ts'
import type { PastOutcome } from './past-outcomes.tsx'
import { readProposedPlan, WEB3_TRANSACTION } from './proposed-plan.ts'
import { usePlanTeller } from './use-told-plan.ts'

/** Loaded with the first answer: until then nobody looks at one that is settled. */
const SettledCard = lazy(() => import('./settled-card.tsx'))

/** Loaded with the first look at it. */
const ShortcutHelp = lazy(() => import('./shortcut-help.tsx'))

const NONE: PendingApproval[] = []

export function InboxPage() {
  const { key } = useParams({ strict: false })
  const navigate = useNavigate()
  const isWide = useMediaQuery(TWO_PANES)
  const pending = useQuery(pendingApprovalsQuery)
  const approvals = pending.data?.approvals ?? NONE
  useTitle(text.titleWithCount(text.inbox.title, approvals.length))

  const tellPlan = usePlanTeller(approvals.some(({ action }) => action === WEB3_TRANSACTION))

  // Without a detail beside it the list has a cursor of its own.
  const [cursor, setCursor] = useState<string | null>(null)
  const current = key ?? cursor
  const index = approvals.findIndex((approval) => keyOf(approval) === current)
  const approval = key === undefined ? undefined : approvals[index]
  const lastIndex = useRef(0)
  useEffect(() => {
    if (index >= 0) lastIndex.current = index
  }, [index])

  const [answering, setAnswering] = useState<{ key: string; step: AnswerStep } | null>(null)
  const [past, setPast] = useState<PastOutcome[]>([])
  /** Null as long as nobody has looked at it. */
  const [isHelpOpen, setHelpOpen] = useState<boolean | null>(null)
  /** For those who listen: what a key moved to. */
  const [announced, setAnnounced] = useState('')

  const open = (next: string, replace = false) =>
    void navigate({ to: '/inbox/$key', params: { key: next }, replace })
  const move = (step: 1 | -1) => {
    // One that just left the list leaves its place to the one after it.
    const from = index >= 0 ? index + step : lastIndex.current + (step === 1 ? 0 : -1)
    const next = approvals[Math.max(0, Math.min(from, approvals.length - 1))]
    if (!next) return
    const position = text.inbox.position(approvals.indexOf(next) + 1, approvals.length)
    const told = tellPlan(readProposedPlan(next.action, next.payload))
    setAnnounced(`${position}: ${sayAsString(describeApproval(next, told))}`)
    if (key === undefined && !isWide) setCursor(keyOf(next))
    else open(keyOf(next), true)
  }
  const answer = (step: AnswerStep) => {
    if (approval) setAnswering({ key: keyOf(approval), step })
  }
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    e: () => (key === undefined && current !== null ? open(current) : focusDetail()),
    a: () => answer('approve'),
    r: () => answer('reject'),
    '?': () => setHelpOpen(true),
    Escape: () => setAnswering(null),
  })

  // Beside the list stands what was chosen, by name: a list that changes never swaps what a person is reading.
  const first = approvals[0]
  const firstKey = first && keyOf(first)
  useEffect(() => {
    if (isWide && key === undefined && firstKey !== undefined) {
      void navigate({ to: '/inbox/$key', params: { key: firstKey }, replace: true })
    }
  }, [isWide, key, firstKey, navigate])

  const settle = (settled: PendingApproval, outcome: Outcome) => {
    setAnswering(null)
    setPast((known) => [{ approval: settled, outcome }, ...known].slice(0, 3))
  }
  const list = (
    <InboxList
      pending={pending}
      approvals={approvals}
      currentKey={current}
      currentIndex={index}
      past={past}
      onHelp={() => setHelpOpen(true)}
    />
  )
  const detail = approval ? (
    <ApprovalCard
      key={keyOf(approval)}
      approval={approval}
      step={answering?.key === key ? (answering?.step ?? null) : null}
      onStep={(step) => (step ? answer(step) : setAnswering(null))}
      onOutcome={(outcome) => settle(approval, outcome)}
      takesFocus={!isWide}
    />
  ) : key !== undefined && pending.isPending ? (
    <SkeletonCard />
  ) : (
    key !== undefined &&
    !pending.isLoadingError && (
      <Suspense fallback={<SkeletonCard />}>
        <SettledCard approvalKey={key} mine={past.find((known) => keyOf(known.approval) === key)?.outcome} />
      </Suspense>
    )
  )

  return (
    <div className="h-full min-h-0">
      {isWide && (detail || approvals.length > 0) ? (
        <div className="grid h-full grid-cols-[minmax(22rem,2fr)_minmax(0,3fr)]">
          <div className="min-h-0 border-r border-line">{list}</div>
          <div className="min-h-0 bg-panel">
            {detail || <p className="p-6 text-muted">{text.inbox.choose}</p>}
          </div>
        </div>
      ) : detail ? (
        <div className="h-full bg-panel">{detail}</div>
      ) : (
        list
      )}
      <p role="status" className="sr-only">
        {announced}
      </p>
      {isHelpOpen !== null && (
        <Suspense fallback={null}>
          <ShortcutHelp isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
        </Suspense>
      )}
    </div>
  )
}

function focusDetail(): void {
  document.querySelector<HTMLElement>('[data-detail-title]')?.focus()
}
