import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Policy, PolicyVersion } from '../../kernel/policy/schema.ts'
import { policyVersionsQuery } from '../api/policy-queries.ts'
import { policyText } from '../text-policies.ts'
import { DataText } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { Fold } from '../ui/facts.tsx'
import { IdText } from '../ui/id-text.tsx'
import { JsonText } from '../ui/json-text.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { SkeletonCard } from '../ui/skeleton.tsx'

const words = policyText.policyVersions

/** Every form a policy has had, with what changed from one to the next. */
export function PolicyVersions({ id, policy }: { id: string; policy: Policy | undefined }) {
  const query = useQuery(policyVersionsQuery(id))
  if (query.isPending) return <SkeletonCard />
  if (!query.data) {
    return (
      <div className="p-4">
        <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
      </div>
    )
  }
  return (
    <div className="max-w-200 p-4">
      <p className="mb-2 text-13 text-muted">{words.hint}</p>
      <ol className="divide-y divide-line">
        {query.data.map((version) => (
          <li key={version.version} className="py-3">
            <VersionEntry
              id={id}
              version={version}
              isCurrent={version.version === policy?.version}
              canRestore={!!policy}
            />
          </li>
        ))}
      </ol>
    </div>
  )
}

type EntryProps = { id: string; version: PolicyVersion; isCurrent: boolean; canRestore: boolean }

function VersionEntry({ id, version, isCurrent, canRestore }: EntryProps) {
  const { diff, content, decision_id: decisionId } = version
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-3 text-13">
        <span className="font-medium">{policyText.policy.version(version.version)}</span>
        <span>{words.operation[version.operation]}</span>
        <span className="text-muted">
          <RelativeTime iso={version.changed_at} />
        </span>
        <IdText id={version.changed_by} copy={version.changed_by} />
        {decisionId && (
          <span className="flex items-center gap-1 text-muted">
            {words.decision} <IdText id={decisionId} copy={decisionId} />
          </span>
        )}
        {content && canRestore && !isCurrent && (
          <Link
            to="/policies/$policyId"
            params={{ policyId: id }}
            search={{ version: String(version.version) }}
            className="text-accent underline underline-offset-2"
          >
            {words.restore}
          </Link>
        )}
      </p>
      {diff && (
        <dl className="mt-2 space-y-1 text-13">
          {diff.added.map(({ path, value }) => (
            <Change key={path} path={path} parts={[[words.added, value]]} />
          ))}
          {diff.removed.map(({ path, value }) => (
            <Change key={path} path={path} parts={[[words.removed, value]]} />
          ))}
          {diff.changed.map(({ path, before, after }) => (
            <Change
              key={path}
              path={path}
              parts={[
                [words.from, before],
                [words.to, after],
              ]}
            />
          ))}
        </dl>
      )}
      {content && (
        <Fold summary={words.whole}>
          <JsonText value={content} />
        </Fold>
      )}
    </>
  )
}

function Change({ path, parts }: { path: string; parts: [string, unknown][] }) {
  return (
    <div className="grid gap-x-3 rail:grid-cols-[minmax(8rem,1fr)_minmax(0,2fr)]">
      <dt>
        <DataText value={path} />
      </dt>
      <dd className="flex flex-wrap gap-x-3">
        {parts.map(([word, value]) => (
          <span key={word}>
            <span className="text-muted">{word} </span>
            <DataText value={JSON.stringify(value)} fold={200} />
          </span>
        ))}
      </dd>
    </div>
  )
}
