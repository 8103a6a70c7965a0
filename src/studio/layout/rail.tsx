import { useQuery } from '@tanstack/react-query'
import { Link, useLocation } from '@tanstack/react-router'
import { AppWindow, Bot, Inbox, ScrollText, ShieldCheck, Workflow, Wrench } from 'lucide-react'
import { pendingApprovalsQuery } from '../api/queries.ts'
import { text } from '../text.ts'

const SECTIONS = [
  { to: '/', name: text.nav.inbox, icon: Inbox, section: 'inbox' },
  { to: '/runs', name: text.nav.runs, icon: ScrollText, section: 'runs' },
  { to: '/apps', name: text.nav.apps, icon: AppWindow, section: 'apps' },
  { to: '/workflows', name: text.nav.workflows, icon: Workflow, section: 'workflows' },
  { to: '/agents', name: text.nav.agents, icon: Bot, section: 'agents' },
  { to: '/tools', name: text.nav.tools, icon: Wrench, section: 'tools' },
  { to: '/policies', name: text.nav.policies, icon: ShieldCheck, section: 'policies' },
] as const

type Section = (typeof SECTIONS)[number]['section']

function sectionOf(pathname: string): Section {
  const [, first = ''] = pathname.split('/')
  if (first === 'journals') return 'runs'
  return SECTIONS.find(({ section }) => section === first)?.section ?? 'inbox'
}

export function Rail() {
  const count = useQuery(pendingApprovalsQuery).data?.pending_count ?? 0
  const here = useLocation({ select: ({ pathname }) => sectionOf(pathname) })
  return (
    <nav
      aria-label={text.nav.label}
      className="flex shrink-0 gap-1 overflow-x-auto border-line p-2 max-rail:border-b rail:w-44 rail:flex-col rail:border-r"
    >
      {SECTIONS.map(({ to, name, icon: Icon, section }) => (
        <Link
          key={to}
          to={to}
          aria-current={here === section ? 'page' : undefined}
          className="flex h-9 shrink-0 items-center gap-2.5 rounded-md px-2.5 max-rail:px-2 max-rail:text-13 text-muted hover:text-text aria-[current=page]:bg-panel aria-[current=page]:font-medium aria-[current=page]:text-text"
        >
          <Icon size={16} aria-hidden="true" className="max-rail:hidden" />
          {name}
          {section === 'inbox' && count > 0 && (
            <span className="ml-auto min-w-6 rounded-md bg-wait px-1.5 text-center text-12 font-semibold text-on-accent">
              <span aria-hidden="true">{count}</span>
              <span className="sr-only">{text.inboxCount(count)}</span>
            </span>
          )}
        </Link>
      ))}
    </nav>
  )
}
