import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Policy } from '../../kernel/policy/schema.ts'
import { policyReportQuery } from '../api/policy-queries.ts'
import { policyText } from '../text-policies.ts'
import { DataText } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { SkeletonCard } from '../ui/skeleton.tsx'

/** Policies that never hold, never win, or contradict themselves or others. */
export function PolicyReportView({ policies }: { policies: Policy[] }) {
  const query = useQuery(policyReportQuery)
  const { findings: words } = policyText.policies
  if (query.isPending) return <SkeletonCard />
  if (!query.data) {
    return (
      <div className="p-4">
        <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
      </div>
    )
  }
  const names = new Map(policies.map(({ id, name }) => [id, name]))
  const { findings, inspected, complete } = query.data
  return (
    <div className="max-w-200 overflow-y-auto p-4">
      <h2 className="mb-3 text-16 font-semibold">{words.title}</h2>
      {complete && findings.length === 0 && <p className="text-muted">{words.none}</p>}
      {!complete && <p className="mb-3 text-13 text-doubt">{words.stopped(inspected)}</p>}
      <ul className="divide-y divide-line">
        {findings.map(({ kind, policy_id: id, other_policy_id: other, message }) => (
          <li key={`${kind} ${id}`} className="py-3">
            <p className="flex flex-wrap items-baseline gap-x-3">
              <span className="font-medium">{words.kind[kind]}</span>
              <PolicyLink id={id} name={names.get(id)} />
            </p>
            <p className="mt-1 text-13 text-muted">
              <DataText value={message} plain />{' '}
              {other && names.has(other) && (
                <Link
                  to="/policies/$policyId"
                  params={{ policyId: other }}
                  className="text-accent underline underline-offset-2"
                >
                  {words.other}
                </Link>
              )}
            </p>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Policies of the installation are no page of their own. */
function PolicyLink({ id, name }: { id: string; name: string | undefined }) {
  if (name === undefined) return <DataText value={id} />
  return (
    <Link
      to="/policies/$policyId"
      params={{ policyId: id }}
      className="text-accent underline underline-offset-2"
    >
      <DataText value={name} plain fold={120} />
    </Link>
  )
}
