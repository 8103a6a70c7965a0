import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ArrowLeft, TriangleAlert } from 'lucide-react'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import type { InvitationCreated, InvitationInput, Role } from '../../identity/schema.ts'
import { faultAt } from '../api/api-error.ts'
import { createInvitation } from '../api/people-client.ts'
import { invitationsQuery } from '../api/people-queries.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import { makeInvitationLink } from '../sign-in/invitation-link.ts'
import { text } from '../text.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { CommandBlock } from '../ui/command-block.tsx'
import { CopyLink } from '../ui/copy-button.tsx'
import { SelectField, TextField } from '../ui/field.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { Note } from '../ui/note.tsx'
import { revealAsString } from '../ui/reveal-text.ts'
import { useTitle } from '../ui/use-title.ts'
import { ROLES } from './roles.ts'
import { AdminsOnly } from './who-can.tsx'

const words = text.invite

export function InvitePage() {
  return (
    <AdminsOnly title={text.whoCan.invite}>
      <Invite />
    </AdminsOnly>
  )
}

/** Inviting somebody; the link then stands here once. */
function Invite() {
  useTitle(words.title)
  const client = useQueryClient()
  const [draft, setDraft] = useState<InvitationInput>({ email: '', role: 'user' })
  const create = useMutation({
    mutationFn: createInvitation,
    // The link is not kept in memory once this page is left.
    gcTime: 0,
    onSuccess: () => client.invalidateQueries({ queryKey: invitationsQuery.queryKey }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate({ ...draft, email: draft.email.trim() })
  }
  const fault = faultAt(create.error, 'email')
  const again = () => {
    setDraft({ ...draft, email: '' })
    create.reset()
  }
  return (
    <div className="h-full overflow-y-auto">
      <div className="max-w-160 space-y-4 p-4">
        <header>
          <Link to="/members/invitations" className="inline-flex items-center gap-1 text-13 text-accent">
            <ArrowLeft size={14} aria-hidden="true" />
            {text.invitations.back}
          </Link>
          <h1 className="mt-1 text-16 font-semibold">{words.title}</h1>
          {!create.data && <p className="text-muted">{words.body}</p>}
        </header>
        {create.data ? (
          <MadeInvitation made={create.data} onAgain={again} />
        ) : (
          <form onSubmit={submit} noValidate aria-label={words.title} className="space-y-4">
            <TextField
              label={words.email}
              type="email"
              hint={words.emailHint}
              fault={fault}
              value={draft.email}
              required
              onChange={(event) => setDraft({ ...draft, email: event.target.value })}
            />
            <SelectField
              label={words.role}
              options={ROLES}
              value={draft.role}
              hint={text.profile.roleMay[draft.role]}
              onChange={(event) => setDraft({ ...draft, role: event.target.value as Role })}
            />
            {create.isError && !fault && (
              <ActionFailed error={create.error} refused={words.notMade} unanswered={text.account.noAnswer} />
            )}
            <div className="flex flex-wrap items-center gap-4">
              <Button type="submit" tone="accent" disabled={create.isPending}>
                {create.isPending ? words.busy : words.send}
              </Button>
              <CopyLink
                value={() =>
                  makeCurl({
                    path: '/api/v1/auth/invitations',
                    needsKey: true,
                    needsSession: true,
                    body: draft,
                  })
                }
              >
                {text.run.copyCurl}
              </CopyLink>
            </div>
          </form>
        )}
      </div>
    </div>
  )
}

function MadeInvitation({ made, onAgain }: { made: InvitationCreated; onAgain: () => void }) {
  const title = useRef<HTMLHeadingElement>(null)
  // The form it came from is gone, and with it where the keyboard was.
  useEffect(() => title.current?.focus(), [])
  const link = makeInvitationLink({ token: made.invitation_token, email: made.email })
  return (
    <section className="space-y-4">
      <Note tone="wait" icon={TriangleAlert}>
        <h2 ref={title} tabIndex={-1} className="font-medium">
          {words.madeTitle}
        </h2>
        <p>{words.madeBody(revealAsString(made.email))}</p>
      </Note>
      <CommandBlock command={link} what={words.what} />
      <div className="flex flex-wrap gap-3">
        <Link
          to="/members/invitations/$invitationId"
          params={{ invitationId: made.id }}
          className={buttonClass()}
        >
          {words.done}
        </Link>
        <Button onClick={onAgain}>{words.another}</Button>
      </div>
    </section>
  )
}
