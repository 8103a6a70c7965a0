import { type CSSProperties, useMemo } from 'react'
import type { RunStep } from '../../engine/runs/schema.ts'
import { text } from '../text.ts'
import { formatLength } from '../ui/format-time.ts'
import { useNow } from '../ui/use-now.ts'
import { VirtualList } from '../ui/virtual-list.tsx'
import { findRests, type Interval, makeTimeScale, type TimeScale } from './time-scale.ts'
import type { TimelineItem } from './timeline-item.ts'
import { WATERFALL_GRID, WaterfallRow } from './waterfall-row.tsx'

type StepsWaterfallProps = {
  steps: RunStep[]
  items: TimelineItem[]
  /** When the run ended; null while it has not. */
  finishedAt: string | null
  selectedStep: string | undefined
  onSelect: (stepId: string) => void
}

/** The steps of a run over time. Rests are cut short, so that work is seen beside hours of waiting. */
export function StepsWaterfall({ steps, items, finishedAt, selectedStep, onSelect }: StepsWaterfallProps) {
  const isUnderWay = finishedAt === null
  const ticking = useNow(isUnderWay ? 'fast' : 'slow')
  const end = isUnderWay ? ticking : Date.parse(finishedAt)
  const { scale, whole } = useMemo(() => measure(steps, items, end), [steps, items, end])
  if (steps.length === 0) return <p className="p-6 text-muted">{text.workflowRun.noSteps}</p>
  return (
    <VirtualList
      items={steps}
      keyOf={(step) => step.id}
      label={text.step.list}
      currentIndex={steps.findIndex(({ id }) => id === selectedStep)}
      className="h-full"
      head={<Axis scale={scale} whole={whole} />}
      renderItem={(step) => (
        <WaterfallRow
          step={step}
          scale={scale}
          end={end}
          isSelected={step.id === selectedStep}
          onSelect={() => onSelect(step.id)}
        />
      )}
    />
  )
}

function measure(steps: RunStep[], items: TimelineItem[], end: number) {
  const ends = steps.map(({ finished_at }) => (finished_at === null ? end : Date.parse(finished_at)))
  const whole: Interval = {
    from: Math.min(...steps.map(({ started_at }) => Date.parse(started_at))),
    to: Math.max(...ends),
  }
  return { whole, scale: makeTimeScale(whole, findRests(items, end)) }
}

/** Nearer to an end than this, a label in the middle of a cut would run out of its column. */
const NEAR = 0.25
/** More labels would run into each other: then they are told in one. */
const MAX_LABELS = 2

/** Names of the columns, and over the bars how long all took and what was cut. */
function Axis({ scale, whole }: { scale: TimeScale; whole: Interval }) {
  const labels = labelsOf(scale)
  return (
    <div className={WATERFALL_GRID}>
      <span>{text.step.label}</span>
      <span className="relative flex h-full items-center justify-between">
        <span>{labels.every(({ middle }) => middle > NEAR) && '0'}</span>
        <span>{labels.every(({ middle }) => middle < 1 - NEAR) && formatLength(whole.to - whole.from)}</span>
        {labels.map(({ says, middle }) => (
          <span key={middle} className="absolute whitespace-nowrap text-wait" style={placeOf(middle)}>
            {says}
          </span>
        ))}
      </span>
      <span className="text-right">{text.workflowRun.duration}</span>
      <span>{text.workflowRuns.status}</span>
    </div>
  )
}

function labelsOf({ cuts }: TimeScale): { says: string; middle: number }[] {
  if (cuts.length > MAX_LABELS) {
    const rested = cuts.reduce((sum, { from, to }) => sum + to - from, 0)
    return [{ says: text.step.cuts(formatLength(rested), cuts.length), middle: 0.5 }]
  }
  return cuts.map(({ from, to, start, end }) => ({
    says: text.step.cut(formatLength(to - from)),
    middle: (start + end) / 2,
  }))
}

function placeOf(middle: number): CSSProperties {
  if (middle <= NEAR) return { left: 0 }
  if (middle >= 1 - NEAR) return { right: 0 }
  return { left: `${middle * 100}%`, transform: 'translateX(-50%)' }
}
