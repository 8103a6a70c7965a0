import { useQuery } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import { installationQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { LINK_TAB, LinkTabs } from '../ui/link-tabs.tsx'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { LocalAccount } from './local-account.tsx'

const TABS = [
  { to: '/account', says: text.account.profile, exact: true },
  { to: '/account/sessions', says: text.account.sessions, exact: false },
  { to: '/account/keys', says: text.account.keys, exact: false },
] as const

/** What belongs to the person who is signed in. */
export function AccountFrame() {
  const principal = useQuery(installationQuery).data?.principal
  if (!principal) return <SkeletonCard />
  if (principal.kind === 'local') return <LocalAccount />
  return (
    <div className="flex h-full flex-col">
      <div className="shrink-0 border-b border-line px-4">
        <LinkTabs label={text.account.views}>
          {TABS.map(({ to, says, exact }) => (
            <Link key={to} to={to} activeOptions={{ exact }} className={LINK_TAB}>
              {says}
            </Link>
          ))}
        </LinkTabs>
      </div>
      <div className="min-h-0 flex-1">
        <Outlet />
      </div>
    </div>
  )
}
