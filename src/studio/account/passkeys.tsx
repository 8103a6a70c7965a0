import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { Passkey } from '../../identity/passkeys/schema.ts'
import { deletePasskey, isGoodHere, passkeysQuery, renamePasskey } from '../api/passkey-client.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { TextField } from '../ui/field.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { AddPasskey } from './add-passkey.tsx'

const words = text.passkeys

type Open = { does: 'add' } | { does: 'rename' | 'remove'; passkey: Passkey }

/** The passkeys of the person who is signed in: adding, naming and removing them. */
export function Passkeys() {
  const query = useQuery(passkeysQuery)
  const [open, setOpen] = useState<Open | null>(null)
  const close = () => setOpen(null)
  return (
    <div className="space-y-3">
      <p className="max-w-[80ch] text-13 text-muted">{words.body}</p>
      {query.isError && <ErrorNote error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.length === 0 && <p className="text-14">{words.none}</p>}
      {query.data && query.data.length > 0 && (
        <ul aria-label={words.list} className="divide-y divide-line">
          {query.data.map((passkey) => (
            <PasskeyRow key={passkey.id} passkey={passkey} onOpen={(does) => setOpen({ does, passkey })} />
          ))}
        </ul>
      )}
      <Button icon={KeyRound} onClick={() => setOpen({ does: 'add' })}>
        {words.add}
      </Button>
      <Dialog isOpen={open?.does === 'add'} title={words.addTitle} onClose={close}>
        {open?.does === 'add' && <AddPasskey onClose={close} />}
      </Dialog>
      <Dialog isOpen={open?.does === 'rename'} title={words.renameTitle} onClose={close}>
        {open?.does === 'rename' && <RenamePasskey passkey={open.passkey} onClose={close} />}
      </Dialog>
      <Dialog isOpen={open?.does === 'remove'} title={words.removeTitle} onClose={close}>
        {open?.does === 'remove' && <RemovePasskey passkey={open.passkey} onClose={close} />}
      </Dialog>
    </div>
  )
}

const ROW_ACTION = 'inline-flex min-h-8 items-center text-13 text-accent underline underline-offset-2'

function PasskeyRow({ passkey, onOpen }: { passkey: Passkey; onOpen: (does: 'rename' | 'remove') => void }) {
  const { name, created_at, last_used_at, relying_party_id } = passkey
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2 text-14">
      <span className="min-w-0 flex-1 wrap-anywhere">
        <DataText value={name} plain fold={120} />
        <span className="block text-12 text-muted">
          {words.added} <RelativeTime iso={created_at} />
          {' · '}
          {last_used_at ? (
            <>
              {words.used} <RelativeTime iso={last_used_at} />
            </>
          ) : (
            words.neverUsed
          )}
          {!isGoodHere(passkey) && ` · ${words.otherHost(relying_party_id)}`}
        </span>
      </span>
      <button
        type="button"
        className={ROW_ACTION}
        aria-label={words.renameWhat(name)}
        onClick={() => onOpen('rename')}
      >
        {words.rename}
      </button>
      <button
        type="button"
        className={ROW_ACTION}
        aria-label={words.removeWhat(name)}
        onClick={() => onOpen('remove')}
      >
        {words.remove}
      </button>
    </li>
  )
}

type PartProps = { passkey: Passkey; onClose: () => void }

function RenamePasskey({ passkey, onClose }: PartProps) {
  const client = useQueryClient()
  const rename = useMutation({
    mutationFn: renamePasskey,
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: passkeysQuery.queryKey }),
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    rename.mutate({ id: passkey.id, name: String(new FormData(event.currentTarget).get('name')) })
  }
  return (
    <form onSubmit={submit} className="space-y-3">
      <TextField
        label={words.name}
        name="name"
        defaultValue={passkey.name}
        maxLength={200}
        required
        autoComplete="off"
      />
      {rename.isError && (
        <ActionFailed
          error={rename.error}
          refused={words.nothingChanged}
          unanswered={text.account.noAnswer}
        />
      )}
      <div className="flex flex-wrap gap-3">
        <Button type="submit" disabled={rename.isPending}>
          {words.renameDo}
        </Button>
        <Button onClick={onClose}>{text.common.cancel}</Button>
      </div>
    </form>
  )
}

function RemovePasskey({ passkey, onClose }: PartProps) {
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: deletePasskey,
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: passkeysQuery.queryKey }),
  })
  return (
    <div className="space-y-3">
      <p className="font-medium">
        <DataText value={passkey.name} plain />
      </p>
      <p className="max-w-[80ch]">{words.removeBody}</p>
      {remove.isError && (
        <ActionFailed
          error={remove.error}
          refused={words.nothingChanged}
          unanswered={text.account.noAnswer}
        />
      )}
      <div className="flex flex-wrap gap-3">
        <Button tone="stop" disabled={remove.isPending} onClick={() => remove.mutate(passkey.id)}>
          {words.removeDo}
        </Button>
        <Button onClick={onClose}>{text.common.cancel}</Button>
      </div>
    </div>
  )
}
