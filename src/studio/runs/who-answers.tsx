import { useQuery } from '@tanstack/react-query'
import type { PendingApproval } from '../../http/schema.ts'
import { installationQuery } from '../api/queries.ts'
import { text } from '../text.ts'

/** Who can answer an approval, in words, and whether that is whoever reads this. */
export function WhoAnswers({ approval }: { approval: PendingApproval }) {
  const kind = useQuery(installationQuery).data?.principal?.kind
  const { required_approvals: needed, forbid_self_approval: noSelf, votes } = approval
  const proof = approval.require_fresh_authentication
  const says = text.whoAnswers
  if (needed === 1 && !noSelf && !proof) return says.anyone
  const isPerson = kind === undefined || kind === 'user'
  return [
    says.people,
    noSelf && says.notWhoAsked,
    proof && text.proof.wanted[proof],
    needed > 1 && says.votes(votes.length, needed),
    !isPerson && says.notYou,
  ]
    .filter(Boolean)
    .join(' ')
}
