import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { ApiKey } from '../../identity/schema.ts'
import { revokeApiKey } from '../api/people-client.ts'
import { apiKeysQuery } from '../api/people-queries.ts'
import { BackLine, matches, RegistryFrame } from '../registry/registry-frame.tsx'
import { ActionFailed } from '../runs/action-failed.tsx'
import { text } from '../text.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { CopyAction } from '../ui/copy-button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { idOf } from '../ui/paged-list.tsx'
import { ROW_LOOK } from '../ui/row-look.ts'
import { FilterSelect } from '../ui/select-field.tsx'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { useTitle } from '../ui/use-title.ts'
import { KeyDetail } from './key-detail.tsx'
import { KEY_GRID, KeyCells, KeyColumns } from './key-row.tsx'
import { KEY_STATES, stateOfKey } from './key-state.tsx'

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
        <div className="max-w-200 space-y-4 px-4 pt-4 pb-8 panes:px-6">
          <BackLine title={words.title}>
            <Link to="/account/keys" search={search}>
              {words.back}
            </Link>
          </BackLine>
          {query.isPending && <SkeletonCard />}
          {query.data && !chosen && <p>{words.gone}</p>}
          {chosen && <OwnKey key={chosen.id} apiKey={chosen} />}
        </div>
      }
    />
  )
}

function OwnKey({ apiKey }: { apiKey: ApiKey }) {
  const [isRevoking, setRevoking] = useState(false)
  const path = `/api/v1/auth/api-keys/${apiKey.id}/revoke`
  return (
    <>
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
      <RevokeDialog apiKey={apiKey} isOpen={isRevoking} onClose={() => setRevoking(false)} />
    </>
  )
}

type RevokeDialogProps = { apiKey: ApiKey; isOpen: boolean; onClose: () => void }

function RevokeDialog({ apiKey, isOpen, onClose }: RevokeDialogProps) {
  const client = useQueryClient()
  const revoke = useMutation({
    mutationFn: () => revokeApiKey(apiKey.id),
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: apiKeysQuery.queryKey }),
  })
  return (
    <Dialog isOpen={isOpen} title={words.revokeTitle} onClose={onClose}>
      <div className="space-y-3">
        <p className="font-medium">
          <DataText value={apiKey.name} plain fold={120} />
        </p>
        <p>{words.revokeBody}</p>
        {revoke.isError && (
          <ActionFailed error={revoke.error} refused={words.notRevoked} unanswered={text.account.noAnswer} />
        )}
        <div className="flex flex-wrap gap-3">
          <Button tone="stop" disabled={revoke.isPending} onClick={() => revoke.mutate()}>
            {revoke.isPending ? words.revoking : words.revokeDo}
          </Button>
          <Button onClick={onClose}>{text.common.cancel}</Button>
        </div>
      </div>
    </Dialog>
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
