import { useMutation } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { Stamp } from 'lucide-react'
import type { FormEvent } from 'react'
import { isSignedOut } from '../api/api-error.ts'
import { loginUser } from '../api/client.ts'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { CommandBlock } from '../ui/command-block.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { TextField } from '../ui/field.tsx'
import { quoteForShell } from '../ui/shell-quote.ts'
import { useTitle } from '../ui/use-title.ts'
import { checkedReturnPage } from './return-page.ts'

export function SignInPage() {
  useTitle(text.signIn.title)
  const { next } = useSearch({ from: '/sign-in' })
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
    <main className="mx-auto flex min-h-dvh max-w-104 flex-col justify-center gap-6 p-4">
      <h1 className="flex items-center gap-2 text-20 font-semibold">
        <Stamp size={22} aria-hidden="true" className="text-accent" />
        {text.product}
      </h1>
      <form
        onSubmit={submit}
        className="space-y-4 rounded-md border border-line bg-panel p-4 shadow-panel"
        aria-label={text.signIn.title}
      >
        <TextField label={text.signIn.email} name="email" type="email" autoComplete="username" required />
        <TextField
          label={text.signIn.password}
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        {login.isError &&
          (isSignedOut(login.error) ? (
            <p role="alert" className="text-14 text-stop">
              {text.signIn.wrong}
            </p>
          ) : (
            <ErrorNote error={login.error} />
          ))}
        <Button type="submit" tone="accent" disabled={login.isPending} className="w-full">
          {login.isPending ? text.signIn.busy : text.signIn.submit}
        </Button>
      </form>
      <section>
        <h2 className="text-14 font-medium">{text.signIn.firstTitle}</h2>
        <p className="mb-2 text-13 text-muted">{text.signIn.firstBody}</p>
        <CommandBlock command={registerCommand()} what={text.inbox.emptyWhat} />
      </section>
    </main>
  )
}

function registerCommand(): string {
  return `curl -s ${quoteForShell(`${location.origin}/api/v1/auth/register`)} \\
  -H 'content-type: application/json' \\
  -d '{"email":"you@example.com","password":"…"}'`
}
