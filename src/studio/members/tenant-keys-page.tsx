import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { TenantApiKey } from '../../identity/schema.ts'
import { KeyDetail } from '../account/key-detail.tsx'
import { KEY_GRID, KeyCells, KeyColumns } from '../account/key-row.tsx'
import { KEY_STATES, stateOfKey } from '../account/key-state.tsx'
import { tenantKeysQuery } from '../api/people-queries.ts'
import { installationQuery } from '../api/queries.ts'
import { Chosen, matches, RegistryFrame } from '../registry/registry-frame.tsx'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { idOf } from '../ui/paged-list.tsx'
import { ROW_LOOK } from '../ui/row-look.ts'
import { FilterSelect } from '../ui/select-field.tsx'
import { useTitle } from '../ui/use-title.ts'
import { MOST_LISTED } from './most-listed.ts'
import { AdminsOnly } from './who-can.tsx'

const words = { ...text.keys, ...text.tenantKeys }

export function TenantKeysPage() {
  return (
    <AdminsOnly title={text.whoCan.keys}>
      <TenantKeys />
    </AdminsOnly>
  )
}

/** What acts for the people of the tenant. */
function TenantKeys() {
  useTitle(words.title)
  const { keyId } = useParams({ strict: false })
  const search = useSearch({ from: '/frame/members/keys' })
  const navigate = useNavigate()
  const query = useQuery(tenantKeysQuery)
  const all = query.data ?? []
  const found = all.filter(
    (key) =>
      (!search.state || stateOfKey(key) === search.state) &&
      matches(search.q, [key.id, key.name, key.prefix, key.owner.name, key.owner.email]),
  )
  const chosen = all.find(({ id }) => id === keyId)
  const filterBy = (next: { q?: string; state?: string }) =>
    void navigate({ to: '.', search: { ...search, ...next }, replace: true })
  return (
    <RegistryFrame
      words={words}
      count={
        all.length < MOST_LISTED.keys
          ? words.count(found.length, all.length)
          : text.invitations.newest(all.length)
      }
      items={found}
      keyOf={idOf}
      currentKey={keyId}
      find={search.q}
      onFind={(next) => filterBy({ q: next ?? '' })}
      query={query}
      head={<KeyColumns about={words.owner} />}
      renderRow={(apiKey, isCurrent) => (
        <Link
          to="/members/keys/$keyId"
          params={{ keyId: apiKey.id }}
          search={search}
          data-current={isCurrent}
          className={`${KEY_GRID} ${ROW_LOOK}`}
        >
          <KeyCells apiKey={apiKey} about={apiKey.owner.email} />
        </Link>
      )}
      filter={
        <FilterSelect
          label={words.filter}
          value={search.state ?? ''}
          options={KEY_STATES}
          onChange={(event) => filterBy({ state: event.target.value })}
        />
      }
      empty={all.length === 0 ? <NoKeys /> : undefined}
      detail={
        <Chosen
          words={words}
          query={query}
          chosen={chosen}
          back={
            <Link to="/members/keys" search={search}>
              {words.back}
            </Link>
          }
        >
          {(apiKey) => <TenantKey apiKey={apiKey} />}
        </Chosen>
      }
    />
  )
}

function TenantKey({ apiKey }: { apiKey: TenantApiKey }) {
  const ownId = useQuery(installationQuery).data?.principal?.ownerId
  const { owner } = apiKey
  return (
    <div className="space-y-3">
      <KeyDetail
        apiKey={apiKey}
        owner={
          <Link
            to="/members/people/$memberId"
            params={{ memberId: owner.id }}
            className="text-accent underline underline-offset-2"
          >
            <DataLine value={owner.name} />
          </Link>
        }
      />
      {ownId === `user:${owner.id}` ? (
        <Link
          to="/account/keys/$keyId"
          params={{ keyId: apiKey.id }}
          className="inline-block text-13 text-accent underline underline-offset-2"
        >
          {words.own}
        </Link>
      ) : (
        !apiKey.revoked_at && <p className="text-13 text-muted">{words.ownerRevokes}</p>
      )}
    </div>
  )
}

function NoKeys() {
  return (
    <div className="max-w-[80ch] p-4">
      <h2 className="text-16 font-semibold">{words.emptyTitle}</h2>
      <p className="mt-1 text-muted">{words.emptyBody}</p>
    </div>
  )
}
