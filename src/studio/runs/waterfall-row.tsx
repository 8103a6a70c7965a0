import type { RunStep } from '../../engine/runs/schema.ts'
import { STEP_LOOK, sayType, stateOfStep, TYPE_ICON } from '../graph/node-state.ts'
import { text } from '../text.ts'
import { DataLine } from '../ui/data-text.tsx'
import { formatLength } from '../ui/format-time.ts'
import { Mark } from '../ui/note.tsx'
import { ROW_LOOK } from '../ui/row-look.ts'
import type { TimeScale } from './time-scale.ts'

/** One line; where the list is narrow the bar stands below the name. */
export const WATERFALL_GRID =
  'grid items-center content-center gap-x-3 px-4 grid-cols-[minmax(8rem,3fr)_minmax(0,5fr)_4.5rem_6.5rem] @max-lg:grid-cols-[minmax(0,1fr)_6.5rem]'

const BAR = {
  ok: 'bg-ok',
  wait: 'bg-wait',
  stop: 'bg-stop',
  doubt: 'bg-doubt',
  muted: 'bg-muted',
} as const

type WaterfallRowProps = {
  step: RunStep
  scale: TimeScale
  /** Until when a step lasts that has not ended. */
  end: number
  isSelected: boolean
  onSelect: () => void
}

export function WaterfallRow({ step, scale, end, isSelected, onSelect }: WaterfallRowProps) {
  const state = stateOfStep(step)
  const { tone, icon, word } = STEP_LOOK[state]
  const TypeIcon = TYPE_ICON[step.type]
  const from = Date.parse(step.started_at)
  const to = step.finished_at === null ? end : Date.parse(step.finished_at)
  return (
    <button
      type="button"
      onClick={onSelect}
      aria-current={isSelected ? 'true' : undefined}
      data-current={isSelected}
      className={`${WATERFALL_GRID} ${ROW_LOOK} ${state === 'doubt' ? 'bg-doubt/10' : ''}`}
    >
      <span className="flex min-w-0 items-center gap-2">
        {TypeIcon && <TypeIcon size={14} aria-label={sayType(step.type)} className="shrink-0 text-muted" />}
        <span className="truncate">
          <DataLine value={step.node_id} />
        </span>
        {step.attempt > 1 && (
          <span className="shrink-0 text-12 text-muted">{text.step.attempt(step.attempt)}</span>
        )}
      </span>
      <Bar
        tone={tone}
        from={scale.at(from)}
        to={scale.at(to)}
        isReused={step.reused}
        isWaiting={state === 'pending'}
      />
      <span className="text-right text-13 text-muted @max-lg:order-4">
        {!step.reused && formatLength(to - from)}
      </span>
      <span className="text-13 @max-lg:order-2 @max-lg:justify-self-end">
        <Mark tone={tone} icon={icon}>
          {step.reused ? text.step.reused : word}
        </Mark>
      </span>
    </button>
  )
}

type BarProps = { tone: keyof typeof BAR; from: number; to: number; isReused: boolean; isWaiting: boolean }

/** What was taken over took no time here: it is marked by an outline. What waits is drawn thin, as no work is done. */
function Bar({ tone, from, to, isReused, isWaiting }: BarProps) {
  const look = isReused ? 'border border-ok' : BAR[tone]
  return (
    <span aria-hidden="true" className="relative block h-3 @max-lg:order-3">
      <span className="absolute inset-x-0 top-1/2 border-t border-line" />
      <span
        className={`absolute top-1/2 min-w-1 -translate-y-1/2 rounded-[2px] ${isWaiting ? 'h-1' : 'h-3'} ${look}`}
        style={{ left: `${from * 100}%`, width: `${Math.max(0, to - from) * 100}%` }}
      />
    </span>
  )
}
