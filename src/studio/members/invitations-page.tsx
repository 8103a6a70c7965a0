import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { UserPlus } from 'lucide-react'
import type { Invitation } from '../../identity/schema.ts'
import { invitationsQuery } from '../api/people-queries.ts'
import { Chosen, matches, RegistryFrame } from '../registry/registry-frame.tsx'
import { text } from '../text.ts'
import { buttonClass } from '../ui/button.tsx'
import { DataLine } from '../ui/data-text.tsx'
import { idOf } from '../ui/paged-list.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { ROW_LOOK } from '../ui/row-look.ts'
import { FilterSelect } from '../ui/select-field.tsx'
import { useTitle } from '../ui/use-title.ts'
import { InvitationDetail } from './invitation-detail.tsx'
import { InvitationState } from './invitation-state.tsx'
import { MOST_LISTED } from './most-listed.ts'
import { AdminsOnly } from './who-can.tsx'

const words = text.invitations
const STATES = [
  { value: '', says: words.all },
  ...Object.entries(words.state).map(([value, says]) => ({ value, says })),
]

export function InvitationsPage() {
  return (
    <AdminsOnly title={text.whoCan.invitations}>
      <Invitations />
    </AdminsOnly>
  )
}

/** Who was invited, and what is chosen from it beside the list. */
function Invitations() {
  useTitle(words.title)
  const { invitationId } = useParams({ strict: false })
  const search = useSearch({ from: '/frame/members/invitations' })
  const navigate = useNavigate()
  const query = useQuery(invitationsQuery)
  const all = query.data ?? []
  const found = all.filter(
    ({ status, id, email }) => (!search.state || status === search.state) && matches(search.q, [id, email]),
  )
  const chosen = all.find(({ id }) => id === invitationId)
  const filterBy = (next: { q?: string; state?: string }) =>
    void navigate({ to: '.', search: { ...search, ...next }, replace: true })
  return (
    <RegistryFrame
      words={words}
      count={
        all.length < MOST_LISTED.invitations
          ? words.count(found.length, all.length)
          : words.newest(all.length)
      }
      items={found}
      keyOf={idOf}
      currentKey={invitationId}
      find={search.q}
      onFind={(next) => filterBy({ q: next ?? '' })}
      query={query}
      head={<Columns />}
      renderRow={(invitation, isCurrent) => (
        <Link
          to="/members/invitations/$invitationId"
          params={{ invitationId: invitation.id }}
          search={search}
          data-current={isCurrent}
          className={`${GRID} ${ROW_LOOK}`}
        >
          <InvitationCells invitation={invitation} />
        </Link>
      )}
      filter={
        <FilterSelect
          label={words.filter}
          value={search.state ?? ''}
          options={STATES}
          onChange={(event) => filterBy({ state: event.target.value })}
        />
      }
      action={<InviteLink />}
      empty={all.length === 0 ? <NoInvitations /> : undefined}
      detail={
        <Chosen
          words={words}
          query={query}
          chosen={chosen}
          back={
            <Link to="/members/invitations" search={search}>
              {words.back}
            </Link>
          }
        >
          {(invitation) => <InvitationDetail key={invitation.id} invitation={invitation} />}
        </Chosen>
      }
    />
  )
}

const GRID =
  'grid items-center content-center gap-x-3 px-4 grid-cols-[minmax(0,1fr)_8rem_7rem_6rem] @max-lg:grid-cols-[minmax(0,1fr)_auto]'

function InvitationCells({ invitation }: { invitation: Invitation }) {
  return (
    <>
      <span className="truncate">
        <DataLine value={invitation.email} plain={false} />
      </span>
      <span className="text-13 text-muted @max-lg:row-start-2">{text.roles[invitation.role]}</span>
      <span className="text-13 @max-lg:justify-self-end">
        <InvitationState status={invitation.status} />
      </span>
      <span className="text-right text-13 text-muted">
        <RelativeTime iso={invitation.created_at} />
      </span>
    </>
  )
}

function Columns() {
  return (
    <div className={GRID}>
      <span>{words.columns.email}</span>
      <span>{words.role}</span>
      <span>{words.columns.state}</span>
      <span className="text-right">{words.columns.made}</span>
    </div>
  )
}

function InviteLink() {
  return (
    <Link to="/members/invitations/new" className={buttonClass()}>
      <UserPlus size={16} aria-hidden="true" />
      {words.add}
    </Link>
  )
}

function NoInvitations() {
  return (
    <div className="max-w-[80ch] p-4">
      <h2 className="text-16 font-semibold">{words.emptyTitle}</h2>
      <p className="mt-1 text-muted">{words.emptyBody}</p>
    </div>
  )
}
