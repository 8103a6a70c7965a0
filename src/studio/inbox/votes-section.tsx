import { useQuery } from '@tanstack/react-query'
import type { PendingApproval } from '../../http/schema.ts'
import { installationQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts, Section } from '../ui/facts.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'

export function VotesSection({ approval }: { approval: PendingApproval }) {
  const me = useQuery(installationQuery).data?.principal?.id
  const { votes, required_approvals, forbid_self_approval, require_fresh_authentication: proof } = approval
  if (votes.length === 0 && required_approvals === 1 && !forbid_self_approval && !proof) return null
  return (
    <Section title={text.card.votesOf(votes.length, required_approvals)}>
      {votes.length > 0 && (
        <Facts>
          {votes.map(({ principal_id, approver, voted_at }) => (
            <Fact key={principal_id} term={<RelativeTime iso={voted_at} />}>
              <DataText value={approver} plain />{' '}
              <span className="text-13 text-muted">
                {text.outcome.as} <DataText value={principal_id} fold={60} />
              </span>
            </Fact>
          ))}
        </Facts>
      )}
      {votes.some(({ principal_id }) => principal_id === me) && <p className="text-13">{text.card.voted}</p>}
      {proof && <p className="text-13 text-muted">{text.proof.wanted[proof]}</p>}
      {forbid_self_approval && <p className="text-13 text-muted">{text.card.noSelf}</p>}
    </Section>
  )
}
