import { useQuery } from '@tanstack/react-query'
import type { Policy } from '../../kernel/policy/schema.ts'
import { shadowReportQuery } from '../api/policy-queries.ts'
import { policyText } from '../text-policies.ts'
import { ErrorNote } from '../ui/error-note.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { ChangeList } from './change-list.tsx'

/** What a policy in shadow would have changed so far. */
export function ShadowReportView({ policy }: { policy: Policy }) {
  const query = useQuery(shadowReportQuery(policy.id))
  if (query.isPending) return <SkeletonCard />
  return (
    <div className="max-w-200 space-y-3 p-4">
      {policy.mode === 'enforce' && <p className="text-muted">{policyText.shadowReport.notShadow}</p>}
      {query.data ? (
        <>
          <p className="text-13 text-muted">
            {policyText.shadowReport.since}: <RelativeTime iso={query.data.since} />
          </p>
          <p className="font-medium">
            {policyText.shadowReport.would(query.data.would_change, query.data.decisions)}
          </p>
          <ChangeList changes={query.data.changes} />
        </>
      ) : (
        <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
      )}
    </div>
  )
}
