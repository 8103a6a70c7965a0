import { lazy, Suspense } from 'react'
import type { PlanApprovalProps } from '../copilot/plan-approval.tsx'
import { SkeletonCard } from '../ui/skeleton.tsx'

/** What reads the bytes of transactions is loaded with the first plan that is looked at. */
const PlanApproval = lazy(() => import('../copilot/plan-approval.tsx'))

export function PlanOfApproval(props: PlanApprovalProps) {
  return (
    <Suspense fallback={<SkeletonCard />}>
      <PlanApproval {...props} />
    </Suspense>
  )
}
