import { CircleCheck, CircleHelp, CircleX, Eye } from 'lucide-react'
import type { RunEvent } from '../../engine/runs/schema.ts'
import { text } from '../text.ts'
import { DataText } from '../ui/data-text.tsx'
import { Fact, Facts, Section } from '../ui/facts.tsx'
import { formatLength } from '../ui/format-time.ts'
import { Mark } from '../ui/note.tsx'
import { ValueView } from '../ui/value-view.tsx'
import { numberIn, textIn } from './read-payload.ts'

const OUTCOME = {
  done: { tone: 'ok', icon: CircleCheck },
  failed: { tone: 'stop', icon: CircleX },
  unknown: { tone: 'doubt', icon: CircleHelp },
  preview: { tone: 'muted', icon: Eye },
} as const

/** A tool is about to be called, or was: with what, and what came of it. */
export function ToolCallBody({ payload }: { payload: RunEvent['payload'] }) {
  const { tool } = text.event
  const outcome = textIn(payload.outcome)
  const error = textIn(payload.error)
  const took = numberIn(payload.duration_ms)
  const attempt = numberIn(payload.attempt)
  const key = textIn(payload.idempotency_key)
  return (
    <>
      <Section title={tool.title}>
        <Facts>
          <Fact term={tool.tool}>
            <DataText value={textIn(payload.tool_id) ?? ''} fold={80} />
          </Fact>
          {outcome !== null && (
            <Fact term={tool.outcome}>
              {outcome in OUTCOME ? (
                <Mark {...OUTCOME[outcome as keyof typeof OUTCOME]}>
                  <span className="whitespace-normal">{tool.outcomes[outcome as keyof typeof OUTCOME]}</span>
                </Mark>
              ) : (
                <DataText value={outcome} fold={80} />
              )}
            </Fact>
          )}
          {error !== null && (
            <Fact term={tool.error}>
              <span className="text-stop">
                <DataText value={error} plain />
              </span>
            </Fact>
          )}
          {took !== null && <Fact term={tool.took}>{formatLength(took)}</Fact>}
          {attempt !== null && <Fact term={tool.attempt}>{attempt}</Fact>}
          {key !== null && (
            <Fact term={tool.key}>
              <DataText value={key} fold={80} />
            </Fact>
          )}
        </Facts>
      </Section>
      {error === null && outcome !== null && (
        <Section title={tool.output}>
          <ValueView value={payload.output} what={tool.output} />
        </Section>
      )}
      <Section title={tool.input}>
        <ValueView value={payload.input} what={tool.input} />
      </Section>
    </>
  )
}
