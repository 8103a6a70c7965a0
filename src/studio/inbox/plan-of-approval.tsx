import { lazy, Suspense } from 'react'
import { SkeletonCard } from '../ui/skeleton.tsx'
import type { ProposedPlan } from './proposed-plan.ts'

/** What reads the bytes of transactions is loaded with the first plan that is looked at. */
const PlanApproval = lazy(() => import('../copilot/plan-approval.tsx'))

export function PlanOfApproval(props: { runId: string; plan: ProposedPlan }) {
  return (
    <Suspense fallback={<SkeletonCard />}>
      <PlanApproval {...props} />
    </Suspense>
  )
}
