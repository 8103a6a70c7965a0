import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { chainsQuery, copilotRunQuery } from '../api/copilot-queries.ts'
import { inspectText } from '../inbox/describe-payload.ts'
import type { Findings, ProposedPlan } from '../inbox/proposed-plan.ts'
import { TextWarnings } from '../inbox/text-warnings.tsx'
import { text } from '../text.ts'
import { copilotText } from '../text-copilot.ts'
import { DataText } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { IdText } from '../ui/id-text.tsx'
import { TONE_TEXT } from '../ui/note.tsx'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { ChecksSection } from './checks-section.tsx'
import { groupChecks } from './read-plan.ts'
import { TransactionCard } from './transaction-card.tsx'

export type PlanApprovalProps = {
  runId: string
  plan: ProposedPlan
  onFindings?: (findings: Findings) => void
}

/** The plan that an approval binds: what would be sent is read from the bytes in it, what was found out about it from its run. */
export default function PlanApproval({ runId, plan, onFindings }: PlanApprovalProps) {
  const query = useQuery(copilotRunQuery(runId))
  const chains = useQuery(chainsQuery)
  const run = query.data
  // A run that was planned anew knows about another plan than this.
  const known = run?.artifacts?.plan_hash === plan.planHash ? run.artifacts : null
  const status = known ? 'known' : query.isPending ? 'awaited' : 'unknown'
  const score = known?.decision?.risk_score ?? null
  useEffect(() => {
    onFindings?.(status === 'known' ? { status, score } : { status })
  }, [onFindings, status, score])
  if (query.isPending || chains.isPending) return <SkeletonCard />
  const chain = chains.data?.chains.find(({ chain_id }) => chain_id === plan.chainId)
  const artifacts = { ...known, tx_requests: plan.requests, plan_hash: plan.planHash }
  const shown = { status: run?.status ?? 'AWAITING_APPROVAL', wallet_address: plan.wallet } as const
  const warnings = groupChecks(artifacts).WARN
  return (
    <div className="mb-4 space-y-4">
      {run && <TextWarnings findings={inspectText(run.intent)} />}
      <Facts>
        {run && (
          <Fact term={text.card.requesterWords}>
            <DataText value={run.intent} plain />
          </Fact>
        )}
        <Fact term={copilotText.copilotWallet.label}>
          <IdText id={plan.wallet} copy={copilotText.copilotWallet.label} /> {copilotText.copilot.on}{' '}
          {chain?.name ?? copilotText.copilotWallet.onChain(plan.chainId)}
        </Fact>
        {warnings.length > 0 && (
          <Fact term={copilotText.copilotChecks.groups.WARN}>
            <ul className={TONE_TEXT.wait}>
              {warnings.map(({ id, reason }) => (
                <li key={id}>
                  <DataText value={reason} plain />
                </li>
              ))}
            </ul>
          </Fact>
        )}
      </Facts>
      {query.isError && <ErrorNote error={query.error} onRetry={() => void query.refetch()} />}
      {chains.isError && <ErrorNote error={chains.error} onRetry={() => void chains.refetch()} />}
      <TransactionCard run={shown} artifacts={artifacts} chain={chain} />
      <ChecksSection artifacts={artifacts} />
    </div>
  )
}
