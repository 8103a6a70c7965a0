import { useMutation, useQueryClient } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { type FormEvent, useEffect } from 'react'
import { loadWebAuthn, PasskeyError, passkeysQuery, registerPasskey } from '../api/passkey-client.ts'
import { ActionFailed } from '../runs/action-failed.tsx'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { Note } from '../ui/note.tsx'

const words = text.passkeys

/** Asks for a name and the password, and then lets the browser make the passkey. */
export function AddPasskey({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  useEffect(() => void loadWebAuthn(), [])
  const add = useMutation({
    mutationFn: registerPasskey,
    // What was typed is not kept in memory.
    gcTime: 0,
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: passkeysQuery.queryKey }),
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    add.mutate({ name: String(form.get('name')), password: String(form.get('password')) })
  }
  return (
    <form onSubmit={submit} className="space-y-3">
      <TextField
        label={words.name}
        hint={words.nameHint}
        name="name"
        defaultValue="Passkey"
        maxLength={200}
        required
        autoComplete="off"
      />
      <TextField
        label={words.password}
        hint={words.passwordHint}
        name="password"
        type="password"
        autoComplete="current-password"
        required
      />
      {add.isError && <PasskeyFailed error={add.error} />}
      <div className="flex flex-wrap gap-3">
        <Button type="submit" disabled={add.isPending}>
          {add.isPending ? words.adding : words.addDo}
        </Button>
        <Button onClick={onClose}>{text.common.cancel}</Button>
      </div>
    </form>
  )
}

function PasskeyFailed({ error }: { error: unknown }) {
  if (!(error instanceof PasskeyError)) {
    return <ActionFailed error={error} refused={words.nothingChanged} unanswered={text.account.noAnswer} />
  }
  return (
    <div role="alert">
      <Note tone="stop" icon={KeyRound}>
        <p>{error.message}</p>
        <p>{words.nothingChanged}</p>
      </Note>
    </div>
  )
}
