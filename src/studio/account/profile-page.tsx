import { useQuery } from '@tanstack/react-query'
import { LogIn, LogOut } from 'lucide-react'
import type { User } from '../../identity/schema.ts'
import { userQuery } from '../api/people-queries.ts'
import { installationQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { CopyAction } from '../ui/copy-button.tsx'
import { DataText } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { Section } from '../ui/facts.tsx'
import { Initials } from '../ui/initials.tsx'
import { makeCurl } from '../ui/make-curl.ts'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { useTitle } from '../ui/use-title.ts'
import { Passkeys } from './passkeys.tsx'
import { PasswordForm } from './password-form.tsx'
import { ProfileForm } from './profile-form.tsx'
import { signOut } from './sign-out.ts'
import { UserFacts } from './user-facts.tsx'

const words = text.profile

/** Who one is here, what others see of it, and how one signs in. */
export function ProfilePage() {
  useTitle(text.account.title)
  const query = useQuery(userQuery)
  return (
    <div className="h-full overflow-y-auto">
      <div className="max-w-200 p-4">
        <h1 className="sr-only">{text.account.title}</h1>
        {query.isPending && <SkeletonCard />}
        {query.isError && (
          <ErrorNote error={query.error} onRetry={() => void query.refetch()}>
            {query.data && <p>{text.errors.stale}</p>}
          </ErrorNote>
        )}
        {query.data && <Profile user={query.data} />}
      </div>
    </div>
  )
}

function Profile({ user }: { user: User }) {
  const provider = useQuery(installationQuery).data?.oidc_provider
  return (
    <>
      <header className="flex flex-wrap items-center gap-3 pb-4">
        <Initials name={user.name} isLarge />
        <h2 className="min-w-0 flex-1 text-20 font-semibold">
          <DataText value={user.name} plain fold={120} />
        </h2>
        <CopyAction value={makeCurl({ path: '/api/v1/auth/me', needsKey: true })}>
          {text.run.copyCurl}
        </CopyAction>
      </header>
      <Section title={words.facts}>
        <UserFacts user={user} />
      </Section>
      <Section title={words.formTitle}>
        <ProfileForm user={user} />
      </Section>
      <Section title={words.passwordTitle}>
        <PasswordForm email={user.email} />
      </Section>
      <Section title={text.passkeys.title}>
        <Passkeys />
      </Section>
      {provider && (
        <Section title={words.provider}>
          <p className="mb-3 max-w-[80ch] text-13 text-muted">{words.providerBody}</p>
          <a href="/api/v1/auth/oidc/start" className={buttonClass()}>
            <LogIn size={16} aria-hidden="true" />
            <span>
              {words.addProvider} <DataText value={provider} />
            </span>
          </a>
        </Section>
      )}
      <Section title={text.signIn.signOut}>
        <p className="mb-3 text-13 text-muted">{words.signOutBody}</p>
        <Button icon={LogOut} onClick={() => void signOut()}>
          {text.signIn.signOut}
        </Button>
      </Section>
    </>
  )
}
