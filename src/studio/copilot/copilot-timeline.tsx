import type { TimelineEntry } from '../../apps/copilot/schema.ts'
import { copilotText } from '../text-copilot.ts'
import { WordsText } from './words-text.tsx'

/** The steps of the pipeline in words. What each read and wrote stands on the page of the run. */
export function CopilotTimeline({ entries }: { entries: TimelineEntry[] }) {
  if (entries.length === 0) return null
  return (
    <section aria-labelledby="timeline-title">
      <h2 id="timeline-title" className="mb-2 text-13 font-semibold">
        {copilotText.copilotRun.timeline}
      </h2>
      <ol className="space-y-2 border-l border-line pl-3">
        {entries.map(({ step, title, summary, attempt = 1 }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: entries only come after others
          <li key={index} className="text-13">
            <p className="font-medium">
              {title}{' '}
              {attempt > 1 && (
                <span className="font-normal text-muted">{copilotText.copilotRun.attempt(attempt)}</span>
              )}
            </p>
            {/* What it says at the end stands above. */}
            {step !== 'FINALIZE' && (
              <p className="text-muted">
                <WordsText value={summary} fold={300} />
              </p>
            )}
            <p className="data text-12 text-muted">{step}</p>
          </li>
        ))}
      </ol>
    </section>
  )
}
