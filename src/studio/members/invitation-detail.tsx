import { useQuery } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Invitation } from '../../identity/schema.ts'
import { RevokeDialog } from '../account/revoke-dialog.tsx'
import { revokeInvitation } from '../api/people-client.ts'
import { invitationsQuery, membersQuery } from '../api/people-queries.ts'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { CopyAction } from '../ui/copy-button.tsx'
import { DataLine, DataText } from '../ui/data-text.tsx'
import { Fact, Facts } from '../ui/facts.tsx'
import { IdText } from '../ui/id-text.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { RelativeTime } from '../ui/relative-time.tsx'
import { InvitationState } from './invitation-state.tsx'

const words = text.invitations

/** Who was invited, by whom, and what became of it; its link stands nowhere. */
export function InvitationDetail({ invitation }: { invitation: Invitation }) {
  const [isRevoking, setRevoking] = useState(false)
  const members = useQuery(membersQuery).data
  const by = members?.find(({ id }) => invitation.created_by === `user:${id}`)
  const path = `/api/v1/auth/invitations/${invitation.id}/revoke`
  return (
    <article className="space-y-3">
      <h2 className="text-20 font-semibold">
        <DataText value={invitation.email} plain fold={120} />
      </h2>
      <InvitationState status={invitation.status} />
      <Facts>
        <Fact term={words.role}>{text.roles[invitation.role]}</Fact>
        <Fact term={words.by}>
          {by ? <DataLine value={by.name} /> : <IdText id={invitation.created_by} />}
        </Fact>
        <Fact term={words.made}>
          <RelativeTime iso={invitation.created_at} />
        </Fact>
        {!invitation.accepted_at && (
          <Fact term={words.expires}>
            <RelativeTime iso={invitation.expires_at} />
          </Fact>
        )}
        {invitation.accepted_at && (
          <Fact term={words.accepted}>
            <RelativeTime iso={invitation.accepted_at} />
          </Fact>
        )}
        {invitation.revoked_at && (
          <Fact term={words.revoked}>
            <RelativeTime iso={invitation.revoked_at} />
          </Fact>
        )}
        <Fact term={words.id}>
          <IdText id={invitation.id} copy={words.id} />
        </Fact>
      </Facts>
      {invitation.status === 'pending' && (
        <div className="flex flex-wrap gap-3 pt-1">
          <Button icon={Trash2} onClick={() => setRevoking(true)}>
            {words.revoke}
          </Button>
          <CopyAction value={makeCurl({ path, needsKey: true, needsSession: true, method: 'POST' })}>
            {words.copyRevoke}
          </CopyAction>
        </div>
      )}
      <RevokeDialog
        words={words}
        revoke={() => revokeInvitation(invitation.id)}
        listKey={invitationsQuery.queryKey}
        isOpen={isRevoking}
        onClose={() => setRevoking(false)}
      >
        <DataText value={invitation.email} fold={120} />
      </RevokeDialog>
    </article>
  )
}
