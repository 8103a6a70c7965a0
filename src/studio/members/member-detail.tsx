import { useMutation, useQueryClient } from '@tanstack/react-query'
import { CircleCheck } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Role, User } from '../../identity/schema.ts'
import { UserFacts } from '../account/user-facts.tsx'
import { changeRole } from '../api/people-client.ts'
import { membersQuery } from '../api/people-queries.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { CopyLink } from '../ui/copy-button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { Section } from '../ui/facts.tsx'
import { SelectField } from '../ui/field.tsx'
import { Initials } from '../ui/initials.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { Note } from '../ui/note.tsx'
import { ROLES } from './roles.ts'
import { Administrators, useIsAdmin } from './who-can.tsx'

const words = text.members

/** One person, and for administrators what role they have. */
export function MemberDetail({ member, isOwn }: { member: User; isOwn: boolean }) {
  const isAdmin = useIsAdmin()
  return (
    <article>
      <header className="flex items-center gap-3 pb-4">
        <Initials name={member.name} isLarge />
        <h2 className="min-w-0 text-20 font-semibold">
          <DataText value={member.name} plain fold={120} />
        </h2>
      </header>
      <UserFacts user={member} />
      <div className="mt-4">
        <Section title={words.changeTitle}>
          {isOwn && <p className="text-13 text-muted">{words.ownRole}</p>}
          {!isOwn && isAdmin && <RoleForm member={member} />}
          {!isOwn && !isAdmin && (
            <>
              <p className="text-13 text-muted">{words.whoCan}</p>
              <Administrators />
            </>
          )}
        </Section>
      </div>
    </article>
  )
}

function RoleForm({ member }: { member: User }) {
  const client = useQueryClient()
  const [role, setRole] = useState<Role>(member.role)
  const change = useMutation({
    mutationFn: (next: Role) => changeRole(member.id, next),
    onSettled: () => client.invalidateQueries({ queryKey: membersQuery.queryKey }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate(role)
  }
  const path = `/api/v1/tenant/members/${member.id}`
  return (
    <form onSubmit={submit} aria-label={words.changeTitle} className="max-w-104 space-y-3">
      <SelectField
        label={words.role}
        options={ROLES}
        value={role}
        hint={text.profile.roleMay[role]}
        onChange={(event) => {
          setRole(event.target.value as Role)
          change.reset()
        }}
      />
      <div className="flex flex-wrap items-center gap-4">
        <Button type="submit" disabled={change.isPending || role === member.role}>
          {change.isPending ? words.giving : words.give}
        </Button>
        <CopyLink
          value={() =>
            makeCurl({ path, needsKey: true, needsSession: true, method: 'PATCH', body: { role } })
          }
        >
          {text.run.copyCurl}
        </CopyLink>
      </div>
      <div aria-live="polite">
        {change.isSuccess && (
          <Note tone="ok" icon={CircleCheck}>
            <p>{words.given}</p>
          </Note>
        )}
        {change.isError && (
          <ActionFailed error={change.error} refused={words.notGiven} unanswered={text.account.noAnswer} />
        )}
      </div>
    </form>
  )
}
