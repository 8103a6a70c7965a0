import { Link } from '@tanstack/react-router'
import { TriangleAlert } from 'lucide-react'
import type { PendingApprovals } from '../../http/schema.ts'
import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'

const SHOWN = 3

/** Runs whose state cannot be told stand above the list: nobody should work through it unaware of them. */
export function BrokenRuns({ runs }: { runs: NonNullable<PendingApprovals['inconsistent_runs']> }) {
  return (
    <section
      aria-label={text.inbox.brokenTitle(runs.length)}
      className="max-h-[40%] shrink-0 overflow-y-auto border-b border-line px-4 py-2.5 text-13"
    >
      <h2 className="flex items-center gap-2 font-medium text-stop">
        <TriangleAlert size={16} aria-hidden="true" className="shrink-0" />
        {text.inbox.brokenTitle(runs.length)}
      </h2>
      <p className="mt-0.5 text-muted">{text.inbox.brokenHint}</p>
      <ul className="mt-1.5 space-y-1">
        {runs.slice(0, SHOWN).map(({ run_id, code, message }) => (
          <li key={run_id}>
            <Link
              to="/runs/$runId"
              params={{ runId: run_id }}
              className="text-accent underline underline-offset-2"
            >
              <DataText value={run_id} fold={60} />
            </Link>{' '}
            <DataText value={message} plain /> <span className="data text-muted">{code}</span>
          </li>
        ))}
      </ul>
      {runs.length > SHOWN && (
        <Link
          to="/journals"
          search={{ status: 'inconsistent' }}
          className="mt-1 inline-block text-accent underline underline-offset-2"
        >
          {text.inbox.brokenMore(runs.length - SHOWN)}
        </Link>
      )}
    </section>
  )
}
