import { LogOut, Stamp } from 'lucide-react'
import type { Installation } from '../../http/schema.ts'
import { logoutUser } from '../api/client.ts'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { ConnectionState, LostConnection } from './connection-state.tsx'
import { ThemeSwitch } from './theme-switch.tsx'

export function TopBar({ installation }: { installation: Installation | undefined }) {
  const principal = installation?.principal
  return (
    <header className="border-b border-line">
      <div className="flex h-12 items-center gap-4 px-4">
        <p className="flex items-center gap-2 text-14 font-semibold">
          <Stamp size={18} aria-hidden="true" className="text-accent" />
          <span className="max-rail:sr-only">{text.product}</span>
        </p>
        {principal && (
          <p className="flex min-w-0 items-baseline gap-1.5 text-13">
            <span className="text-muted">{text.tenant}</span>
            <span className="truncate">
              <DataLine value={principal.tenantId} plain={false} />
            </span>
          </p>
        )}
        <div className="ml-auto flex items-center gap-4">
          <ConnectionState />
          <ThemeSwitch />
          {installation?.mode === 'authenticated' && principal && <SignOut name={principal.name} />}
        </div>
      </div>
      <LostConnection />
    </header>
  )
}

function SignOut({ name }: { name: string }) {
  const signOut = async () => {
    await logoutUser().catch(() => {})
    location.assign('/studio/sign-in')
  }
  return (
    <div className="flex items-center gap-2">
      <span className="max-w-40 truncate text-13 max-rail:hidden">
        <DataLine value={name} />
      </span>
      <button
        type="button"
        onClick={() => void signOut()}
        aria-label={text.signIn.signOut}
        title={text.signIn.signOut}
        className="inline-flex size-8 items-center justify-center rounded-md text-muted hover:text-text"
      >
        <LogOut size={16} aria-hidden="true" />
      </button>
    </div>
  )
}
