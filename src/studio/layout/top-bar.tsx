import { Link } from '@tanstack/react-router'
import { Stamp } from 'lucide-react'
import type { Installation } from '../../http/schema.ts'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { Initials } from '../ui/initials.tsx'
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
          {principal && <Person name={principal.name} />}
        </div>
      </div>
      <LostConnection />
    </header>
  )
}

/** Who is asking, and the way to what is theirs. */
function Person({ name }: { name: string }) {
  return (
    <Link
      to="/account"
      className="flex min-h-8 items-center gap-2 rounded-md text-13 text-muted hover:text-text"
    >
      <Initials name={name} />
      <span className="sr-only">{text.account.yours} </span>
      <span className="max-w-40 truncate max-rail:sr-only">
        <DataLine value={name} />
      </span>
    </Link>
  )
}
