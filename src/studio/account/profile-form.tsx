import { useMutation, useQueryClient } from '@tanstack/react-query'
import { CircleCheck } from 'lucide-react'
import type { FormEvent } from 'react'
import type { User } from '../../identity/schema.ts'
import { faultAt } from '../api/api-error.ts'
import { updateUser } from '../api/people-client.ts'
import { userQuery } from '../api/people-queries.ts'
import { installationQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { TextField } from '../ui/field.tsx'
import { Mark } from '../ui/note.tsx'

const words = text.profile

export function ProfileForm({ user }: { user: User }) {
  const client = useQueryClient()
  const save = useMutation({
    mutationFn: updateUser,
    onSuccess: async (changed) => {
      client.setQueryData(userQuery.queryKey, changed)
      // The name of who is asking stands there too.
      await client.invalidateQueries({ queryKey: installationQuery.queryKey })
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const avatar = String(form.get('avatar_url')).trim()
    save.mutate({ name: String(form.get('name')).trim(), avatar_url: avatar === '' ? null : avatar })
  }
  const faults = { name: faultAt(save.error, 'name'), avatar: faultAt(save.error, 'avatar_url') }
  return (
    <form onSubmit={submit} noValidate aria-label={words.formTitle} className="max-w-104 space-y-4">
      <TextField
        label={words.name}
        name="name"
        autoComplete="name"
        defaultValue={user.name}
        fault={faults.name}
        required
      />
      <TextField
        label={words.avatar}
        name="avatar_url"
        type="url"
        inputMode="url"
        defaultValue={user.avatar_url ?? ''}
        hint={words.avatarHint}
        fault={faults.avatar}
      />
      {save.isError && !faults.name && !faults.avatar && (
        <ErrorNote error={save.error}>
          <p>{words.unchanged}</p>
        </ErrorNote>
      )}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" disabled={save.isPending}>
          {save.isPending ? words.saving : words.save}
        </Button>
        <span aria-live="polite" className="text-13">
          {save.isSuccess && (
            <Mark tone="ok" icon={CircleCheck}>
              {words.saved}
            </Mark>
          )}
        </span>
      </div>
    </form>
  )
}
