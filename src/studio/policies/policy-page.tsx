import { useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import { ArrowLeft, Info } from 'lucide-react'
import type { Policy } from '../../kernel/policy/schema.ts'
import { ApiError } from '../api/api-error.ts'
import { policiesQuery, policyVersionsQuery } from '../api/policy-queries.ts'
import { policyText } from '../text-policies.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { LINK_TAB, LinkTabs } from '../ui/link-tabs.tsx'
import { Note } from '../ui/note.tsx'
import { cutText, revealAsString } from '../ui/reveal-text.ts'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { useTitle } from '../ui/use-title.ts'
import { DryRunView } from './dry-run.tsx'
import { NEW_POLICY } from './policy-draft.ts'
import { PolicyEditor } from './policy-editor.tsx'
import { PolicyVersions } from './policy-versions.tsx'
import { ShadowReportView } from './shadow-report.tsx'

/** Writing a policy that is not there yet. */
export function NewPolicyPage() {
  useTitle(policyText.policy.newTitle)
  return (
    <div className="h-full overflow-y-auto">
      <header className="border-b border-line px-4 py-3">
        <BackToPolicies />
        <h1 className="mt-1 text-16 font-semibold">{policyText.policy.newTitle}</h1>
      </header>
      <PolicyEditor policyId={null} initial={NEW_POLICY} />
    </div>
  )
}

/** One policy: what it says, what it would say, what it was. */
export function PolicyPage() {
  const { policyId } = useParams({ from: '/frame/policies/$policyId' })
  const query = useQuery(policiesQuery)
  const versions = useQuery(policyVersionsQuery(policyId))
  const policy = query.data?.policies.find(({ id }) => id === policyId)
  const name = policy?.name ?? versions.data?.find(({ content }) => content)?.content?.name ?? policyId
  useTitle(revealAsString(cutText(name, 60)))
  const isMissing = query.data && !policy && versions.isError
  return (
    <div className="h-full overflow-y-auto">
      <PolicyHead id={policyId} name={name} policy={policy} />
      {(query.isPending || (!policy && versions.isPending)) && <SkeletonCard />}
      {query.isError && !query.data && (
        <div className="p-4">
          <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
        </div>
      )}
      {isMissing && (
        <div className="p-4">
          <ErrorNote error={versions.error} />
        </div>
      )}
      {query.data && (policy || versions.data) && <PolicyViews id={policyId} policy={policy} />}
    </div>
  )
}

/** A deleted policy has a history and nothing else. */
function PolicyViews({ id, policy }: { id: string; policy: Policy | undefined }) {
  const { view, version } = useSearch({ from: '/frame/policies/$policyId' })
  const versions = useQuery(policyVersionsQuery(id))
  if (view === 'versions' || !policy) return <PolicyVersions id={id} policy={policy} />
  if (view === 'try') return <DryRunView />
  if (view === 'shadow') return <ShadowReportView policy={policy} />
  const former = versions.data?.find((each) => String(each.version) === version)?.content
  if (version && versions.isPending) return <SkeletonCard />
  // Only the tenant that wrote a policy has its history.
  const isForeign = versions.error instanceof ApiError && versions.error.status === 404
  return (
    <>
      {isForeign && (
        <div className="max-w-200 px-4 pt-4">
          <Note tone="muted" icon={Info}>
            <p>{policyText.policy.readOnly}</p>
          </Note>
        </div>
      )}
      <PolicyEditor key={version ?? ''} policyId={id} initial={former ?? policy} name={policy.name} />
    </>
  )
}

type HeadProps = { id: string; name: string; policy: Policy | undefined }

function PolicyHead({ id, name, policy }: HeadProps) {
  const { view } = useSearch({ from: '/frame/policies/$policyId' })
  const tabs = [
    ...(policy
      ? [
          { view: undefined, says: policyText.policy.edit },
          { view: 'try', says: policyText.policy.tryIt },
          { view: 'versions', says: policyText.policy.versions },
        ]
      : [{ view: 'versions', says: policyText.policy.versions }]),
    ...(policy?.mode === 'shadow' ? [{ view: 'shadow', says: policyText.policy.shadow }] : []),
  ]
  const current = policy ? view : 'versions'
  return (
    <header className="border-b border-line px-4 pt-3">
      <BackToPolicies />
      <h1 className="mt-1 text-16 font-semibold">
        <DataText value={name} plain fold={120} />
      </h1>
      <p className="mt-1 flex flex-wrap items-center gap-x-4 text-13 text-muted">
        <span className="flex items-center gap-1">
          <DataText value={id} fold={80} />
          <CopyButton value={id} what={policyText.policy.id} />
        </span>
        {policy && <span>{policyText.policy.version(policy.version)}</span>}
      </p>
      <LinkTabs label={policyText.policy.views}>
        {tabs.map(({ view: each, says }) => (
          <Link
            key={says}
            to="/policies/$policyId"
            params={{ policyId: id }}
            search={each ? { view: each } : {}}
            aria-current={current === each ? 'page' : undefined}
            activeOptions={{ exact: true, includeSearch: true }}
            className={LINK_TAB}
          >
            {says}
          </Link>
        ))}
      </LinkTabs>
    </header>
  )
}

function BackToPolicies() {
  return (
    <Link to="/policies" className="inline-flex items-center gap-1 text-13 text-accent">
      <ArrowLeft size={14} aria-hidden="true" />
      {policyText.policy.back}
    </Link>
  )
}
