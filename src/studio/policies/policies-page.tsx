import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { CircleSlash, Moon, Plus } from 'lucide-react'
import type { Policy } from '../../kernel/policy/schema.ts'
import { policiesQuery, policyReportQuery } from '../api/policy-queries.ts'
import { installationQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { policyText } from '../text-policies.ts'
import { buttonClass } from '../ui/button.tsx'
import { CommandBlock } from '../ui/command-block.tsx'
import { DataLine } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { LINK_TAB, LinkTabs } from '../ui/link-tabs.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { Mark } from '../ui/note.tsx'
import { ROW_LOOK } from '../ui/row-look.ts'
import { SkeletonRows } from '../ui/skeleton.tsx'
import { useTitle } from '../ui/use-title.ts'
import { VirtualList } from '../ui/virtual-list.tsx'
import { EffectMark } from './effect-mark.tsx'
import { NEW_POLICY } from './policy-draft.ts'
import { PolicyReportView } from './policy-report.tsx'

/** The policies in the order of precedence, and what is odd about them. */
export function PoliciesPage() {
  const { view } = useSearch({ from: '/frame/policies' })
  const query = useQuery(policiesQuery)
  useTitle(policyText.policies.title)
  const policies = query.data?.policies ?? []
  return (
    <div className="flex h-full flex-col">
      <header className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-1.5">
        <h1 className="text-16 font-semibold">{policyText.policies.title}</h1>
        {query.data && (
          <span className="text-13 text-muted">{policyText.policies.count(policies.length)}</span>
        )}
        <LinkTabs label={policyText.policies.views}>
          <Link
            to="/policies"
            aria-current={view ? undefined : 'page'}
            activeOptions={{ exact: true, includeSearch: true }}
            className={LINK_TAB}
          >
            {policyText.policies.all}
          </Link>
          <Link
            to="/policies"
            search={{ view: 'report' }}
            aria-current={view === 'report' ? 'page' : undefined}
            activeOptions={{ exact: true, includeSearch: true }}
            className={LINK_TAB}
          >
            {policyText.policies.report}
          </Link>
        </LinkTabs>
        <Link to="/policies/new" className={`${buttonClass()} ml-auto`}>
          <Plus size={16} aria-hidden="true" />
          {policyText.policies.add}
        </Link>
      </header>
      {query.isError && (
        <div className="shrink-0 p-4">
          <ErrorNote error={query.error} onRetry={() => void query.refetch()}>
            {query.data && <p>{text.errors.stale}</p>}
          </ErrorNote>
        </div>
      )}
      {query.isPending && <SkeletonRows />}
      {query.data && view === 'report' && <PolicyReportView policies={policies} />}
      {query.data && view !== 'report' && <PolicyList policies={policies} />}
    </div>
  )
}

function PolicyList({ policies }: { policies: Policy[] }) {
  const report = useQuery(policyReportQuery)
  const hits = new Map(report.data?.hits.map((each) => [each.policy_id, each.matched]))
  if (policies.length === 0) return <EmptyPolicies />
  return (
    <VirtualList
      items={policies}
      keyOf={({ id }) => id}
      head={<PolicyColumns />}
      label={policyText.policies.list}
      className="min-h-0 flex-1"
      renderItem={(policy) => <PolicyRow policy={policy} hits={hits.get(policy.id)} />}
    />
  )
}

const GRID =
  'grid items-center content-center gap-x-3 px-4 grid-cols-[minmax(0,1fr)_6rem_8rem_4rem_4rem] @max-lg:grid-cols-[minmax(0,1fr)_auto_auto]'

function PolicyRow({ policy, hits }: { policy: Policy; hits: number | undefined }) {
  const { id, name, scope, effect, priority, mode, enabled } = policy
  return (
    <Link to="/policies/$policyId" params={{ policyId: id }} className={`${GRID} ${ROW_LOOK}`}>
      <span className="flex min-w-0 items-center gap-3">
        <span className="truncate">
          <DataLine value={name} />
        </span>
        {mode === 'shadow' && (
          <span className="text-12">
            <Mark tone="doubt" icon={Moon}>
              {policyText.policies.shadow}
            </Mark>
          </span>
        )}
        {!enabled && (
          <span className="text-12">
            <Mark tone="muted" icon={CircleSlash}>
              {policyText.policies.off}
            </Mark>
          </span>
        )}
      </span>
      <span className="text-13">
        <EffectMark effect={effect} />
      </span>
      <span className="truncate text-13 text-muted @max-lg:hidden">{policyText.policies.scope[scope]}</span>
      <span className="text-right text-13 text-muted tabular-nums @max-lg:hidden">{priority}</span>
      <span className="text-right text-13 text-muted tabular-nums">{hits ?? ''}</span>
    </Link>
  )
}

function PolicyColumns() {
  const { columns, hitsHint } = policyText.policies
  return (
    <div className={GRID}>
      <span>{columns.name}</span>
      <span>{columns.effect}</span>
      <span>{columns.scope}</span>
      <span className="text-right">{columns.priority}</span>
      <span className="text-right" title={hitsHint}>
        {columns.hits}
      </span>
    </div>
  )
}

function EmptyPolicies() {
  const needsKey = useQuery(installationQuery).data?.mode === 'authenticated'
  const conditions = [{ field: 'context.merchant', operator: 'equals', value: 'ACME' }]
  const body = { ...NEW_POLICY, name: 'Never ACME', rule_expr: { conditions } }
  return (
    <div className="max-w-[80ch] overflow-y-auto p-4">
      <h2 className="text-16 font-semibold">{policyText.policies.emptyTitle}</h2>
      <p className="mt-1 mb-3 text-muted">{policyText.policies.emptyBody}</p>
      <CommandBlock
        command={makeCurl({ path: '/api/v1/policies', needsKey, body })}
        what={text.inbox.emptyWhat}
      />
    </div>
  )
}
