import { Link } from '@tanstack/react-router'
import type { PendingApproval } from '../../http/schema.ts'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { RiskMark } from '../ui/risk-mark.tsx'
import { ROW_LOOK } from '../ui/row-look.ts'
import { keyOf } from './approval-key.ts'
import { SaidPayload } from './said-payload.tsx'
import { useDescribed } from './use-told-plan.ts'

/** One line with columns; two lines where the list is narrow; more columns where it is wide. */
const GRID =
  'grid items-center content-center gap-x-3 px-4 grid-cols-[5.5rem_minmax(0,1fr)_auto_3.5rem] @max-lg:grid-cols-[minmax(0,1fr)_auto] @2xl:grid-cols-[6rem_minmax(0,3fr)_8rem_minmax(0,1fr)_minmax(0,1fr)_4rem]'

export function ApprovalRow({ approval, isCurrent }: { approval: PendingApproval; isCurrent: boolean }) {
  const said = useDescribed(approval)
  return (
    <Link
      to="/inbox/$key"
      params={{ key: keyOf(approval) }}
      data-current={isCurrent}
      className={`${GRID} ${ROW_LOOK}`}
    >
      <span className="min-w-0 text-13 @max-lg:order-3">
        <span className="flex min-w-0 gap-2">
          <RiskMark level={approval.risk_level} short />
          <span className="hidden truncate text-muted @max-lg:inline">
            <DataLine value={approval.requested_by ?? ''} />
          </span>
        </span>
      </span>
      <span className="truncate @max-lg:order-1">
        <SaidPayload said={said} form="row" />
      </span>
      <span className="data truncate text-right @max-lg:order-2">
        {said.amount && <DataLine value={said.amount.shown} plain={false} />}
      </span>
      <span className="hidden truncate text-13 text-muted @2xl:block">
        <DataLine value={approval.requested_by ?? ''} />
      </span>
      <span className="hidden truncate text-12 text-muted @2xl:block">
        <DataLine value={approval.run_id} plain={false} />
      </span>
      <span className="text-right text-13 text-muted @max-lg:order-4">
        <RelativeTime iso={approval.requested_at} form="age" />
      </span>
    </Link>
  )
}

export function ApprovalColumns() {
  const { columns } = text.inbox
  return (
    <div className={GRID}>
      <span>{columns.risk}</span>
      <span>{columns.what}</span>
      <span className="text-right">{columns.amount}</span>
      <span className="hidden @2xl:block">{columns.who}</span>
      <span className="hidden @2xl:block">{columns.run}</span>
      <span className="text-right">{columns.since}</span>
    </div>
  )
}
