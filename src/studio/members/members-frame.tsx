import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { LocalAccount } from '../account/local-account.tsx'
import { installationQuery } from '../api/queries.ts'
import { text } from '../text.ts'
import { LINK_TAB, LinkTabs } from '../ui/link-tabs.tsx'
import { SkeletonCard } from '../ui/skeleton.tsx'

const TABS = [
  { to: '/members', says: text.members.people, part: 'people' },
  { to: '/members/invitations', says: text.members.invitations, part: 'invitations' },
  { to: '/members/keys', says: text.members.keys, part: 'keys' },
] as const

/** The people of the tenant, who may join them, and what acts for them. */
export function MembersFrame() {
  const principal = useQuery(installationQuery).data?.principal
  const part = useLocation({ select: ({ pathname }) => pathname.split('/')[2] ?? 'people' })
  if (!principal) return <SkeletonCard />
  if (principal.kind === 'local') return <LocalAccount title={text.members.title} />
  return (
    <div className="flex h-full flex-col">
      <div className="shrink-0 border-b border-line px-4">
        <LinkTabs label={text.members.views}>
          {TABS.map(({ to, says, part: each }) => (
            <Link
              key={to}
              to={to}
              activeOptions={{ exact: true }}
              aria-current={part === each ? 'page' : undefined}
              className={LINK_TAB}
            >
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
