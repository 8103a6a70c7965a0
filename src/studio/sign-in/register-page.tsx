import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Info, TriangleAlert } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { ApiError, faultAt } from '../api/api-error.ts'
import { registerUser } from '../api/people-client.ts'
import { installationQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { CopyLink } from '../ui/copy-button.tsx'
import { DataLine } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { TextField } from '../ui/field.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { Note } from '../ui/note.tsx'
import { useTitle } from '../ui/use-title.ts'
import { ENTRANCE_CARD, Entrance } from './entrance.tsx'
import { readInvitation } from './invitation-link.ts'

const words = text.register
const FIELDS = ['email', 'name', 'password']

/** Making an account: the first one, one by invitation, or one with a tenant of its own. */
export function RegisterPage() {
  const [invitation] = useState(() => readInvitation(location.hash))
  const title = invitation ? words.joinTitle : words.title
  useTitle(title)
  const { data: installation } = useQuery(installationQuery)
  const register = useMutation({
    mutationFn: registerUser,
    // Loaded anew as the new account; the address with the invitation is not kept in the history.
    onSuccess: () => location.replace(invitation ? '/studio/' : '/studio/account'),
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const [email, name, password] = FIELDS.map((field) => String(form.get(field)))
    register.mutate({
      email: email!.trim(),
      name: name!.trim(),
      password: password!,
      ...(invitation && { invitation_token: invitation.token }),
    })
  }
  const fault = (path: string) => faultAt(register.error, path)
  const isToldAtFields =
    register.error instanceof ApiError &&
    register.error.details.length > 0 &&
    register.error.details.every(({ path }) => FIELDS.includes(path))
  const person = installation?.principal?.kind === 'user' ? installation.principal : null
  return (
    <Entrance>
      <div className="space-y-3">
        <h1 className="text-16 font-semibold">{title}</h1>
        <p>{sayWhatOneBecomes(!!invitation, installation?.has_accounts)}</p>
        {person && (
          <Note tone="wait" icon={TriangleAlert}>
            <p>
              {words.signedInAs} <DataLine value={person.name} />. {words.signedInBody}
            </p>
          </Note>
        )}
      </div>
      <form onSubmit={submit} className={ENTRANCE_CARD} aria-label={title}>
        <TextField
          label={text.signIn.email}
          name="email"
          type="email"
          autoComplete="username"
          defaultValue={invitation?.email}
          hint={invitation ? words.emailInvited : undefined}
          fault={fault('email')}
          required
        />
        <TextField
          label={words.name}
          name="name"
          autoComplete="name"
          maxLength={200}
          hint={words.nameHint}
          fault={fault('name')}
          required
        />
        <TextField
          label={text.signIn.password}
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={8}
          maxLength={256}
          hint={words.passwordHint}
          fault={fault('password')}
          required
        />
        {register.isError && !isToldAtFields && (
          <ErrorNote error={register.error}>
            <p>{words.nothingMade}</p>
          </ErrorNote>
        )}
        <Button type="submit" tone="accent" disabled={register.isPending} className="w-full">
          {register.isPending ? words.busy : invitation ? words.join : words.submit}
        </Button>
        <CopyLink value={() => makeRegisterCurl(invitation?.token)}>{text.run.copyCurl}</CopyLink>
      </form>
      <p className="flex items-start gap-2 text-13 text-muted">
        <Info size={16} aria-hidden="true" className="mt-0.5 shrink-0" />
        <span>
          {words.hasAccount}{' '}
          <Link to="/sign-in" className="text-accent underline underline-offset-2">
            {text.signIn.title}
          </Link>
        </span>
      </p>
    </Entrance>
  )
}

/** In words, before anything is typed. */
function sayWhatOneBecomes(isInvited: boolean, hasAccounts: boolean | undefined): string {
  if (isInvited) return words.becomesMember
  return hasAccounts === false ? words.becomesFirst : words.becomesOwner
}

function makeRegisterCurl(token: string | undefined): string {
  const body = { email: 'you@example.com', name: 'Your name', password: '…' }
  return makeCurl({
    path: '/api/v1/auth/register',
    needsKey: false,
    body: token ? { ...body, invitation_token: token } : body,
  })
}
