import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { text } from '../text.ts'
import { LINK_TAB, LinkTabs } from '../ui/link-tabs.tsx'

type RunsHeadProps = { view: 'of-workflows' | 'journals'; children: ReactNode }

/** Two lists of runs: those of workflows with how they stand, and the record of every run there is. */
export function RunsHead({ view, children }: RunsHeadProps) {
  const current = (here: RunsHeadProps['view']) => (here === view ? 'page' : undefined)
  return (
    <header className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-6 gap-y-2 border-b border-line px-4 py-1.5">
      <h1 className="text-16 font-semibold">{text.runs.title}</h1>
      <LinkTabs label={text.workflowRuns.view}>
        <Link to="/runs" aria-current={current('of-workflows')} className={LINK_TAB}>
          {text.workflowRuns.ofWorkflows}
        </Link>
        <Link to="/journals" aria-current={current('journals')} className={LINK_TAB}>
          {text.workflowRuns.journals}
        </Link>
      </LinkTabs>
      {children}
    </header>
  )
}
