import { useMutation, useQueryClient } from '@tanstack/react-query'
import { CircleCheck } from 'lucide-react'
import { type FormEvent, useRef } from 'react'
import { faultAt } from '../api/api-error.ts'
import { passkeysQuery } from '../api/passkey-client.ts'
import { updateUser } from '../api/people-client.ts'
import { sessionsQuery } from '../api/people-queries.ts'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { TextField } from '../ui/field.tsx'
import { Mark } from '../ui/note.tsx'

const words = text.profile

export function PasswordForm({ email }: { email: string }) {
  const client = useQueryClient()
  const element = useRef<HTMLFormElement>(null)
  const change = useMutation({
    mutationFn: updateUser,
    // What was typed is not kept in memory.
    gcTime: 0,
    onSuccess: async () => {
      element.current?.reset()
      // Who changes a password for fear of somebody else looks through what that one may have left.
      await Promise.all(
        [sessionsQuery, passkeysQuery].map(({ queryKey }) => client.invalidateQueries({ queryKey })),
      )
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    change.mutate({
      current_password: String(form.get('current_password')),
      new_password: String(form.get('new_password')),
    })
  }
  const current = faultAt(change.error, 'current_password')
  const next = faultAt(change.error, 'new_password')
  return (
    <form ref={element} onSubmit={submit} aria-label={words.passwordTitle} className="max-w-104 space-y-4">
      <p className="text-13 text-muted">{words.passwordBody}</p>
      {/* For the browser's own memory of passwords, which asks whose it is. */}
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      <TextField
        label={words.current}
        name="current_password"
        type="password"
        autoComplete="current-password"
        fault={current}
        required
      />
      <TextField
        label={words.next}
        name="new_password"
        type="password"
        autoComplete="new-password"
        minLength={8}
        maxLength={256}
        hint={text.register.passwordHint}
        fault={next}
        required
      />
      {change.isError && !current && !next && (
        <ErrorNote error={change.error}>
          <p>{words.unchanged}</p>
        </ErrorNote>
      )}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" disabled={change.isPending}>
          {change.isPending ? words.saving : words.change}
        </Button>
        <span aria-live="polite" className="text-13">
          {change.isSuccess && (
            <Mark tone="ok" icon={CircleCheck}>
              {words.changed}
            </Mark>
          )}
        </span>
      </div>
    </form>
  )
}
