import { Link } from '@tanstack/react-router'
import { CircleHelp, Eye, GitFork } from 'lucide-react'
import type { RunEvent, RunStep } from '../../engine/runs/schema.ts'
import { STEP_LOOK, sayType, stateOfStep } from '../graph/node-state.ts'
import { text } from '../text.ts'
import { Button } from '../ui/button.tsx'
import { DataLine, DataText } from '../ui/data-text.tsx'
import { Fact, Facts, Section } from '../ui/facts.tsx'
import { formatAbsolute, formatClock, formatLength } from '../ui/format-time.ts'
import { Mark, Note, TONE_TEXT } from '../ui/note.tsx'
import { ValueView } from '../ui/value-view.tsx'
import { DetailFrame } from './detail-frame.tsx'
import { lookOf } from './kind-look.ts'
import type { TimelineItem } from './timeline-item.ts'

type StepDetailProps = {
  step: RunStep
  /** The events of this step; undefined while they are read. */
  events: RunEvent[] | undefined
  items: TimelineItem[]
  onSelectEvent: (eventId: string) => void
  onFork: () => void
  back: { label: string; onBack: () => void }
}

/** One step: what it was given, what it made of it, and what was recorded meanwhile. */
export function StepDetail({ step, events, items, onSelectEvent, onFork, back }: StepDetailProps) {
  const { facts } = text.step
  const { tone, icon, word } = STEP_LOOK[stateOfStep(step)]
  const ofStep = events?.filter(({ step_id }) => step_id === step.id) ?? []
  const isPreview = ofStep.some(({ payload }) => payload.outcome === 'preview')
  const recorded = new Set(ofStep.map(({ id }) => id))
  const own = items.filter(({ eventId }) => recorded.has(eventId))
  return (
    <DetailFrame label={text.step.label} back={back}>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-13">
        <Mark tone={tone} icon={icon}>
          {word}
        </Mark>
        <span className="text-muted">{sayType(step.type)}</span>
        {step.reused && <span title={text.step.reusedHint}>{text.step.reused}</span>}
      </div>
      <h2 className="mt-1 mb-3 text-16 font-semibold wrap-anywhere">
        <DataText value={step.node_id} plain fold={120} />
      </h2>
      {stateOfStep(step) === 'doubt' && (
        <div className="mb-3">
          <Note tone="doubt" icon={CircleHelp}>
            {text.step.doubtHint}
          </Note>
        </div>
      )}
      <Facts>
        {step.waiting_for !== null && step.finished_at === null && (
          <Fact term={facts.waitsFor}>
            <DataText value={step.waiting_for.replace(/^waits /, '')} plain />
          </Fact>
        )}
        {step.error !== null && (
          <Fact term={facts.error}>
            <span className="text-stop">
              <DataText value={step.error} plain />
            </span>
          </Fact>
        )}
        <Fact term={facts.step}>
          <DataText value={step.id} fold={80} />
        </Fact>
        <Fact term={facts.attempt}>{step.attempt}</Fact>
        <Fact term={facts.began}>{formatAbsolute(step.started_at)}</Fact>
        {step.finished_at !== null && (
          <>
            <Fact term={facts.ended}>{formatAbsolute(step.finished_at)}</Fact>
            <Fact term={facts.duration}>
              {formatLength(Date.parse(step.finished_at) - Date.parse(step.started_at))}
            </Fact>
          </>
        )}
        {step.child_run_ids.length > 0 && (
          <Fact term={facts.children}>
            <RunLinks ids={step.child_run_ids} />
          </Fact>
        )}
      </Facts>
      <div className="my-4">
        <Button icon={GitFork} onClick={onFork}>
          {text.workflowRun.fork}
        </Button>
      </div>
      <Section title={text.step.output}>
        {isPreview && (
          <div className="mb-2">
            <Note tone="wait" icon={Eye}>
              {text.step.preview}
            </Note>
          </div>
        )}
        {step.status === 'completed' ? (
          <ValueView value={step.output} what={text.step.output} />
        ) : (
          <p className="text-muted">{text.step.noOutput}</p>
        )}
      </Section>
      <Section title={text.step.input}>
        <ValueView value={step.input} what={text.step.input} />
      </Section>
      <Section title={text.step.events}>
        {events === undefined ? (
          <p className="text-muted">{text.common.loading}</p>
        ) : own.length === 0 ? (
          <p className="text-muted">{text.step.noEvents}</p>
        ) : (
          <StepEvents items={own} onSelect={onSelectEvent} />
        )}
      </Section>
    </DetailFrame>
  )
}

/** More stand in the journal; a step that loops within itself may have thousands. */
const MAX_EVENTS = 200

function StepEvents({ items, onSelect }: { items: TimelineItem[]; onSelect: (eventId: string) => void }) {
  return (
    <ul className="divide-y divide-line">
      {items.slice(0, MAX_EVENTS).map((item) => {
        const { icon: Icon, tone } = lookOf(item)
        return (
          <li key={item.eventId}>
            <button
              type="button"
              onClick={() => onSelect(item.eventId)}
              className="flex min-h-9 w-full items-center gap-3 text-left text-13 hover:text-accent"
            >
              <span className="data shrink-0 text-12 text-muted">{formatClock(item.time)}</span>
              <Icon size={14} aria-hidden="true" className={`shrink-0 ${TONE_TEXT[tone]}`} />
              <span className="truncate">
                <DataLine value={item.title} />
              </span>
            </button>
          </li>
        )
      })}
    </ul>
  )
}

export function RunLinks({ ids }: { ids: string[] }) {
  return (
    <ul>
      {ids.map((id) => (
        <li key={id}>
          <Link to="/runs/$runId" params={{ runId: id }} className="text-accent underline underline-offset-2">
            <DataText value={id} fold={80} />
          </Link>
        </li>
      ))}
    </ul>
  )
}
