import { useQuery } from '@tanstack/react-query'
import { Link, useLocation } from '@tanstack/react-router'
import {
  AppWindow,
  BellRing,
  Bot,
  ChartColumn,
  CircleUser,
  FileClock,
  Inbox,
  ScrollText,
  ShieldCheck,
  Users,
  Wallet,
  Workflow,
  Wrench,
} from 'lucide-react'
import { useEffect, useRef } from 'react'
import { pendingApprovalsQuery } from '../api/queries.ts'
import { text } from '../text.ts'

/** The way to everything there is; a group without a name stands for itself. */
const GROUPS = [
  {
    name: null,
    sections: [
      { to: '/', name: text.nav.inbox, icon: Inbox, section: 'inbox' },
      { to: '/runs', name: text.nav.runs, icon: ScrollText, section: 'runs' },
      { to: '/copilot', name: text.nav.copilot, icon: Wallet, section: 'copilot' },
      { to: '/apps', name: text.nav.apps, icon: AppWindow, section: 'apps' },
    ],
  },
  {
    name: text.nav.build,
    sections: [
      { to: '/workflows', name: text.nav.workflows, icon: Workflow, section: 'workflows' },
      { to: '/agents', name: text.nav.agents, icon: Bot, section: 'agents' },
      { to: '/tools', name: text.nav.tools, icon: Wrench, section: 'tools' },
    ],
  },
  {
    name: null,
    sections: [{ to: '/policies', name: text.nav.policies, icon: ShieldCheck, section: 'policies' }],
  },
  {
    name: text.nav.operate,
    sections: [
      { to: '/metrics', name: text.nav.metrics, icon: ChartColumn, section: 'metrics' },
      { to: '/alerts', name: text.nav.alerts, icon: BellRing, section: 'alerts' },
      { to: '/audit', name: text.nav.audit, icon: FileClock, section: 'audit' },
    ],
  },
  {
    name: text.nav.settings,
    sections: [
      { to: '/members', name: text.nav.members, icon: Users, section: 'members' },
      { to: '/account', name: text.nav.account, icon: CircleUser, section: 'account' },
    ],
  },
] as const

type Section = (typeof GROUPS)[number]['sections'][number]

/** The first part of the address names the section; approvals stand under a part of their own. */
function sectionOf(pathname: string): Section['section'] | null {
  const [, first = ''] = pathname.split('/')
  if (first === '') return 'inbox'
  if (first === 'journals') return 'runs'
  const sections: readonly Section[] = GROUPS.flatMap((group) => [...group.sections])
  return sections.find(({ section }) => section === first)?.section ?? null
}

export function Rail() {
  const here = useLocation({ select: ({ pathname }) => sectionOf(pathname) })
  const nav = useRef<HTMLElement>(null)
  // On a small screen the sections are one line that is longer than the screen.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever another section is open
  useEffect(() => {
    nav.current?.querySelector('[aria-current=page]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [here])
  return (
    <nav
      ref={nav}
      aria-label={text.nav.label}
      className="flex shrink-0 gap-1 overflow-x-auto border-line p-2 max-rail:border-b rail:w-44 rail:flex-col rail:overflow-y-auto rail:border-r"
    >
      {GROUPS.map(({ name, sections }) => (
        <div key={sections[0].to} className="flex gap-1 rail:flex-col rail:not-first:mt-2">
          {name && (
            <p className="px-2.5 pt-1 text-12 text-muted max-rail:hidden" aria-hidden="true">
              {name}
            </p>
          )}
          {sections.map((section) => (
            <SectionLink key={section.to} {...section} isHere={here === section.section} />
          ))}
        </div>
      ))}
    </nav>
  )
}

function SectionLink({ to, name, icon: Icon, section, isHere }: Section & { isHere: boolean }) {
  return (
    <Link
      to={to}
      aria-current={isHere ? 'page' : undefined}
      className="flex h-9 shrink-0 items-center gap-2.5 rounded-md px-2.5 max-rail:px-2 max-rail:text-13 text-muted hover:text-text aria-[current=page]:bg-panel aria-[current=page]:font-medium aria-[current=page]:text-text"
    >
      <Icon size={16} aria-hidden="true" className="max-rail:hidden" />
      {name}
      {section === 'inbox' && <WaitingCount />}
    </Link>
  )
}

function WaitingCount() {
  const count = useQuery(pendingApprovalsQuery).data?.pending_count ?? 0
  if (count === 0) return null
  return (
    <span className="ml-auto min-w-6 rounded-md bg-wait px-1.5 text-center text-12 font-semibold text-on-accent">
      <span aria-hidden="true">{count}</span>
      <span className="sr-only">{text.inboxCount(count)}</span>
    </span>
  )
}
