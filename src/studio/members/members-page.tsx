import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { CircleDot } from 'lucide-react'
import type { User } from '../../identity/schema.ts'
import { membersQuery } from '../api/people-queries.ts'
import { installationQuery } from '../api/queries.ts'
import { Chosen, matches, RegistryFrame } from '../registry/registry-frame.tsx'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { Initials } from '../ui/initials.tsx'
import { Mark } from '../ui/note.tsx'
import { idOf } from '../ui/paged-list.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { ROW_LOOK } from '../ui/row-look.ts'
import { FilterSelect } from '../ui/select-field.tsx'
import { useTitle } from '../ui/use-title.ts'
import { MemberDetail } from './member-detail.tsx'
import { MOST_LISTED } from './most-listed.ts'
import { ROLES } from './roles.ts'

const words = text.members
const FILTERS = [{ value: '', says: words.allRoles }, ...ROLES]

/** The people of the tenant, and what is chosen from them beside the list. */
export function MembersPage() {
  useTitle(words.title)
  const { memberId } = useParams({ strict: false })
  const search = useSearch({ from: '/frame/members/people' })
  const navigate = useNavigate()
  const query = useQuery(membersQuery)
  const ownId = useQuery(installationQuery).data?.principal?.ownerId
  const all = query.data ?? []
  const found = all.filter(
    ({ role, id, name, email }) =>
      (!search.role || role === search.role) && matches(search.q, [id, name, email]),
  )
  const chosen = all.find(({ id }) => id === memberId)
  // What is empty is left out of the address.
  const filterBy = (next: { q?: string; role?: string }) =>
    void navigate({ to: '.', search: { ...search, ...next }, replace: true })
  const isOwn = ({ id }: User) => ownId === `user:${id}`
  return (
    <RegistryFrame
      words={words}
      count={
        all.length < MOST_LISTED.people ? words.count(found.length, all.length) : words.first(all.length)
      }
      items={found}
      keyOf={idOf}
      currentKey={memberId}
      find={search.q}
      onFind={(next) => filterBy({ q: next ?? '' })}
      query={query}
      head={<Columns />}
      renderRow={(member, isCurrent) => (
        <Link
          to="/members/people/$memberId"
          params={{ memberId: member.id }}
          search={search}
          data-current={isCurrent}
          className={`${GRID} ${ROW_LOOK}`}
        >
          <MemberCells member={member} isOwn={isOwn(member)} />
        </Link>
      )}
      filter={
        <FilterSelect
          label={words.filter}
          value={search.role ?? ''}
          options={FILTERS}
          onChange={(event) => filterBy({ role: event.target.value })}
        />
      }
      detail={
        <Chosen
          words={words}
          query={query}
          chosen={chosen}
          back={
            <Link to="/members" search={search}>
              {words.back}
            </Link>
          }
        >
          {(member) => <MemberDetail key={member.id} member={member} isOwn={isOwn(member)} />}
        </Chosen>
      }
    />
  )
}

const GRID =
  'grid items-center content-center gap-x-3 px-4 grid-cols-[minmax(0,1fr)_8rem_6rem] @max-lg:grid-cols-[minmax(0,1fr)_auto]'

function MemberCells({ member, isOwn }: { member: User; isOwn: boolean }) {
  return (
    <>
      <span className="flex min-w-0 items-center gap-3 @max-lg:row-span-2">
        <Initials name={member.name} />
        <span className="min-w-0">
          <span className="flex items-center gap-3">
            <span className="truncate">
              <DataLine value={member.name} />
            </span>
            {isOwn && (
              <span className="text-12">
                <Mark tone="ok" icon={CircleDot}>
                  {words.you}
                </Mark>
              </span>
            )}
          </span>
          <span className="block truncate text-12 text-muted @min-lg:hidden">
            <DataLine value={member.email} plain={false} />
          </span>
        </span>
        <span className="truncate text-13 text-muted @max-lg:hidden">
          <DataLine value={member.email} plain={false} />
        </span>
      </span>
      <span className="text-13 @max-lg:text-right">{text.roles[member.role]}</span>
      <span className="text-right text-13 text-muted">
        <RelativeTime iso={member.created_at} />
      </span>
    </>
  )
}

function Columns() {
  return (
    <div className={GRID}>
      <span>{words.columns.name}</span>
      <span>{words.columns.role}</span>
      <span className="text-right">{words.columns.since}</span>
    </div>
  )
}
