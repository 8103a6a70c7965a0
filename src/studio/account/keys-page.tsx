import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { ApiKey } from '../../identity/schema.ts'
import { revokeApiKey } from '../api/people-client.ts'
import { apiKeysQuery } from '../api/people-queries.ts'
import { Chosen, matches, RegistryFrame } from '../registry/registry-frame.tsx'
import { text } from '../text.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { CopyAction } from '../ui/copy-button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { idOf } from '../ui/paged-list.tsx'
import { ROW_LOOK } from '../ui/row-look.ts'
import { FilterSelect } from '../ui/select-field.tsx'
import { useTitle } from '../ui/use-title.ts'
import { KeyDetail } from './key-detail.tsx'
import { KEY_GRID, KeyCells, KeyColumns } from './key-row.tsx'
import { KEY_STATES, stateOfKey } from './key-state.tsx'
import { RevokeDialog } from './revoke-dialog.tsx'

const words = text.keys

/** One's own keys, and what is chosen from them beside the list. */
export function KeysPage() {
  useTitle(words.title)
  const { keyId } = useParams({ strict: false })
  const search = useSearch({ from: '/frame/account/keys' })
  const { q, state } = search
  const navigate = useNavigate()
  const query = useQuery(apiKeysQuery)
  const all = query.data ?? []
  const found = all.filter(
    (key) => (!state || stateOfKey(key) === state) && matches(q, [key.id, key.name, key.prefix]),
  )
  const chosen = all.find(({ id }) => id === keyId)
  // What is empty is left out of the address.
  const filterBy = (next: { q?: string; state?: string }) =>
    void navigate({ to: '.', search: { ...search, ...next }, replace: true })
  return (
    <RegistryFrame
      words={words}
      count={words.count(found.length, all.length)}
      items={found}
      keyOf={idOf}
      currentKey={keyId}
      find={q}
      onFind={(next) => filterBy({ q: next ?? '' })}
      query={query}
      head={<KeyColumns about={words.prefix} />}
      renderRow={(apiKey, isCurrent) => (
        <Link
          to="/account/keys/$keyId"
          params={{ keyId: apiKey.id }}
          search={search}
          data-current={isCurrent}
          className={`${KEY_GRID} ${ROW_LOOK}`}
        >
          <KeyCells apiKey={apiKey} about={`${apiKey.prefix}…`} />
        </Link>
      )}
      filter={
        <FilterSelect
          label={words.filter}
          value={state ?? ''}
          options={KEY_STATES}
          onChange={(event) => filterBy({ state: event.target.value })}
        />
      }
      action={
        <Link to="/account/keys/new" className={buttonClass()}>
          <Plus size={16} aria-hidden="true" />
          {words.add}
        </Link>
      }
      empty={all.length === 0 ? <NoKeys /> : undefined}
      detail={
        <Chosen
          words={words}
          query={query}
          chosen={chosen}
          back={
            <Link to="/account/keys" search={search}>
              {words.back}
            </Link>
          }
        >
          {(apiKey) => <OwnKey key={apiKey.id} apiKey={apiKey} />}
        </Chosen>
      }
    />
  )
}

function OwnKey({ apiKey }: { apiKey: ApiKey }) {
  const [isRevoking, setRevoking] = useState(false)
  const path = `/api/v1/auth/api-keys/${apiKey.id}/revoke`
  return (
    <div className="space-y-4">
      <KeyDetail apiKey={apiKey} />
      <div className="flex flex-wrap gap-3">
        {stateOfKey(apiKey) !== 'revoked' && (
          <Button icon={Trash2} onClick={() => setRevoking(true)}>
            {words.revoke}
          </Button>
        )}
        <CopyAction value={makeCurl({ path, needsKey: true, needsSession: true, method: 'POST' })}>
          {words.copyRevoke}
        </CopyAction>
      </div>
      <RevokeDialog
        words={words}
        revoke={() => revokeApiKey(apiKey.id)}
        listKey={apiKeysQuery.queryKey}
        isOpen={isRevoking}
        onClose={() => setRevoking(false)}
      >
        <DataText value={apiKey.name} plain fold={120} />
      </RevokeDialog>
    </div>
  )
}

function NoKeys() {
  return (
    <div className="max-w-[80ch] p-4">
      <h2 className="text-16 font-semibold">{words.emptyTitle}</h2>
      <p className="mt-1 mb-3 text-muted">{words.emptyBody}</p>
      <Link to="/account/keys/new" className={buttonClass()}>
        {words.add}
      </Link>
    </div>
  )
}
