import { useMemo } from 'react'
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

/** From here on a label in the middle of a cut would run out of its column. */
const NEAR_THE_END = 0.8

/** Names of the columns, and over the bars how long all took and what was cut. */
function Axis({ scale, whole }: { scale: TimeScale; whole: Interval }) {
  const lastCut = scale.cuts.at(-1)
  return (
    <div className={WATERFALL_GRID}>
      <span>{text.step.label}</span>
      <span className="relative flex h-full items-center justify-between">
        <span>0</span>
        {(lastCut?.end ?? 0) < NEAR_THE_END && <span>{formatLength(whole.to - whole.from)}</span>}
        {scale.cuts.map(({ from, to, start, end }) => (
          <span
            key={from}
            className={`absolute whitespace-nowrap text-wait ${end < NEAR_THE_END ? '-translate-x-1/2' : 'right-0'}`}
            style={end < NEAR_THE_END ? { left: `${((start + end) / 2) * 100}%` } : undefined}
          >
            {text.step.cut(formatLength(to - from))}
          </span>
        ))}
      </span>
      <span className="text-right">{text.workflowRun.duration}</span>
      <span>{text.workflowRuns.status}</span>
    </div>
  )
}
