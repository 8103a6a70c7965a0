import { Link } from '@tanstack/react-router'
import type { ShadowReport } from '../../ops/policies/schema.ts'
import { policyText } from '../text-policies.ts'
import { DataText } from '../ui/data-text.tsx'
import { Fold } from '../ui/facts.tsx'
import { IdText } from '../ui/id-text.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'

const words = policyText.backtest

/** What decisions would have become, each kind of change with its examples and both reasons. */
export function ChangeList({ changes }: { changes: ShadowReport['changes'] }) {
  return (
    <ul className="divide-y divide-line">
      {changes.map(({ before, after, count, examples }) => (
        <li key={`${before} ${after}`} className="py-2">
          <Fold summary={words.change(words.effect[before], words.effect[after], count)}>
            <ul className="space-y-3">
              {examples.map((example) => (
                <li key={`${example.decision_id} ${example.recorded_at}`} className="text-13">
                  <p className="flex flex-wrap items-center gap-x-3">
                    <Link
                      to="/runs/$runId"
                      params={{ runId: example.run_id }}
                      className="text-accent underline underline-offset-2"
                    >
                      <DataText value={example.action} />
                    </Link>
                    <IdText id={example.decision_id} copy={example.decision_id} />
                    <span className="text-muted">
                      <RelativeTime iso={example.recorded_at} />
                    </span>
                  </p>
                  <p>
                    <span className="text-muted">{words.before}: </span>
                    <DataText value={example.before.reason} plain />
                  </p>
                  <p>
                    <span className="text-muted">{words.after}: </span>
                    <DataText value={example.after.reason} plain />
                  </p>
                </li>
              ))}
            </ul>
          </Fold>
        </li>
      ))}
    </ul>
  )
}
