import { useQuery } from '@tanstack/react-query'
import type { AppFigures } from '../../apps/schema.ts'
import { appFiguresQuery } from '../api/app-queries.ts'
import { RUN_STATES } from '../api/workflow-client.ts'
import { formatCents } from '../runs/run-cost.ts'
import { RunStateMark } from '../runs/run-state.tsx'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { ErrorNote } from '../ui/error-note.tsx'
import { Fact, Facts, Section } from '../ui/facts.tsx'
import { formatLength } from '../ui/format-time.ts'
import { RelativeTime } from '../ui/relative-time.tsx'
import { revealAsString } from '../ui/reveal-text.ts'
import { SkeletonCard } from '../ui/skeleton.tsx'
import { NoRuns, ViewHead, type ViewProps } from './view-parts.tsx'

/** The runs of an app in figures. */
export function DashboardView({ app, view }: ViewProps) {
  const query = useQuery(appFiguresQuery(app.id, view.action_id))
  const labels = new Map(app.actions.map(({ action_id, label }) => [action_id, label]))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section aria-label={revealAsString(view.title)} tabIndex={0} className="h-full overflow-y-auto">
      <div className="px-4 pt-4 pb-3">
        <ViewHead view={view} />
      </div>
      {query.isError && (
        <div className="p-4">
          <ErrorNote error={query.error} onRetry={() => void query.refetch()}>
            {query.data && <p>{text.errors.stale}</p>}
          </ErrorNote>
        </div>
      )}
      {query.isPending && <SkeletonCard />}
      {query.data?.runs === 0 && <NoRuns app={app} view={view} />}
      {query.data && query.data.runs > 0 && <Figures figures={query.data} labels={labels} />}
    </section>
  )
}

function Figures({ figures, labels }: { figures: AppFigures; labels: Map<string, string> }) {
  const words = text.appFigures
  return (
    <div className="max-w-[80ch] px-4 pb-8">
      <ul className="mb-4 flex flex-wrap gap-x-8 gap-y-3">
        {RUN_STATES.map((status) => (
          <li key={status}>
            <span className="block text-28 font-semibold">{figures.by_status[status] ?? 0}</span>
            <span className="text-13">
              <RunStateMark status={status} />
            </span>
          </li>
        ))}
      </ul>
      <Section title={figures.complete ? words.title : words.titleOfNewest}>
        <Facts>
          <Fact term={words.runs}>{figures.runs}</Fact>
          <Fact term={words.last}>
            {figures.last_run_at === null ? words.never : <RelativeTime iso={figures.last_run_at} />}
          </Fact>
          <Fact term={words.median}>
            {figures.median_seconds === null ? words.noMedian : formatLength(figures.median_seconds * 1000)}
          </Fact>
          <Fact term={words.calls}>{figures.llm_calls}</Fact>
          <Fact term={words.cost}>
            {figures.cost_cents === null
              ? text.cost.unknown
              : text.cost.counted(formatCents(figures.cost_cents))}
          </Fact>
        </Facts>
      </Section>
      <Section title={words.byAction}>
        <table className="w-full text-14">
          <thead>
            <tr className="text-left text-12 text-muted">
              <th scope="col" className="font-normal">
                {words.action}
              </th>
              <th scope="col" className="w-20 text-right font-normal">
                {words.actionRuns}
              </th>
              <th scope="col" className="w-20 text-right font-normal">
                {words.actionFailed}
              </th>
            </tr>
          </thead>
          <tbody>
            {figures.by_action.map(({ action_id, runs, failed }) => (
              <tr key={action_id} className="h-9 border-t border-line">
                <td className="max-w-0 truncate">
                  <DataLine value={labels.get(action_id) ?? action_id} />
                </td>
                <td className="text-right">{runs}</td>
                <td className="text-right">{failed}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Section>
    </div>
  )
}
