import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { CircleAlert, LogIn } from 'lucide-react'
import type { FormEvent } from 'react'
import type { OidcFault } from '../../identity/schema.ts'
import { isSignedOut } from '../api/api-error.ts'
import { loginUser } from '../api/people-client.ts'
import { installationQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { TextField } from '../ui/field.tsx'
import { Note } from '../ui/note.tsx'
import { useTitle } from '../ui/use-title.ts'
import { ENTRANCE_CARD, Entrance } from './entrance.tsx'
import { checkedReturnPage } from './return-page.ts'

const words = text.signIn

export function SignInPage() {
  useTitle(words.title)
  const { next, fault } = useSearch({ from: '/sign-in' })
  const installation = useQuery(installationQuery).data
  const login = useMutation({
    mutationFn: loginUser,
    // Loaded anew, so that nothing read for another principal stays in memory.
    onSuccess: () => location.assign(checkedReturnPage(next)),
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    login.mutate({ email: String(form.get('email')).trim(), password: String(form.get('password')) })
  }
  return (
    <Entrance>
      <h1 className="sr-only">{words.title}</h1>
      {fault && <ProviderFault fault={fault} />}
      <form onSubmit={submit} className={ENTRANCE_CARD} aria-label={words.title}>
        <TextField label={words.email} name="email" type="email" autoComplete="username" required />
        <TextField
          label={words.password}
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        {login.isError &&
          (isSignedOut(login.error) ? (
            <p role="alert" className="text-14 text-stop">
              {words.wrong}
            </p>
          ) : (
            <ErrorNote error={login.error} />
          ))}
        <Button type="submit" tone="accent" disabled={login.isPending} className="w-full">
          {login.isPending ? words.busy : words.submit}
        </Button>
        {installation?.oidc_provider && <ProviderLink provider={installation.oidc_provider} />}
      </form>
      <section>
        <h2 className="text-14 font-medium">{words.firstTitle}</h2>
        <p className="mb-2 text-13 text-muted">
          {installation?.has_accounts === false ? words.firstBody : words.laterBody}
        </p>
        <Link to="/register" className={buttonClass()}>
          {words.register}
        </Link>
      </section>
    </Entrance>
  )
}

/** A page of another site: the browser goes there and is sent back. */
function ProviderLink({ provider }: { provider: string }) {
  return (
    <a
      href="/api/v1/auth/oidc/start"
      className={`${buttonClass()} h-auto! min-h-9 w-full whitespace-normal!`}
    >
      <LogIn size={16} aria-hidden="true" className="shrink-0" />
      <span className="min-w-0">
        {words.withProvider} <DataText value={provider} />
      </span>
    </a>
  )
}

/** Only faults that are known here: the address may be anybody's, and must not put words on this page. */
function ProviderFault({ fault }: { fault: string }) {
  const says = Object.hasOwn(words.fault, fault) ? words.fault[fault as OidcFault] : words.otherFault
  return (
    <div role="alert">
      <Note tone="stop" icon={CircleAlert}>
        <p className="font-medium">{words.faultTitle}</p>
        <p>{says}</p>
      </Note>
    </div>
  )
}
