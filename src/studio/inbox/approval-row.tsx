import { Link } from '@tanstack/react-router'
import type { PendingApproval } from '../../http/schema.ts'
import { DataLine } from '../ui/data-text.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { RiskMark } from '../ui/risk-mark.tsx'
import { keyOf } from './approval-key.ts'
import { describeApproval } from './describe-payload.ts'
import { SaidPayload } from './said-payload.tsx'

export const ROW_GRID =
  'grid grid-cols-[5.5rem_minmax(0,1fr)_auto_3.5rem] @2xl:grid-cols-[6.5rem_minmax(0,3fr)_7rem_minmax(0,1fr)_minmax(0,1fr)_4rem] items-center gap-x-3 px-4'

export function ApprovalRow({ approval, isCurrent }: { approval: PendingApproval; isCurrent: boolean }) {
  const said = describeApproval(approval)
  return (
    <Link
      to="/inbox/$key"
      params={{ key: keyOf(approval) }}
      aria-current={isCurrent ? 'true' : undefined}
      className={`${ROW_GRID} h-full border-b border-line text-14 hover:bg-bg aria-[current=true]:bg-bg aria-[current=true]:shadow-[inset_3px_0_0_var(--accent)]`}
    >
      <span className="text-13">
        <RiskMark level={approval.risk_level} short />
      </span>
      <span className="truncate">
        <SaidPayload said={said} form={said.amount ? 'row' : 'sentence'} />
      </span>
      <span className="data text-right whitespace-nowrap">
        {said.amount && <DataLine value={said.amount.shown} plain={false} />}
      </span>
      <span className="hidden truncate text-13 text-muted @2xl:block">
        <DataLine value={approval.requested_by ?? ''} />
      </span>
      <span className="hidden truncate text-12 text-muted @2xl:block">
        <DataLine value={approval.run_id} plain={false} />
      </span>
      <span className="text-right text-13 text-muted">
        <RelativeTime iso={approval.requested_at} form="age" />
      </span>
    </Link>
  )
}
