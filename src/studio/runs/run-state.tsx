import {
  CircleCheck,
  CircleHelp,
  CircleSlash,
  CircleX,
  FlaskConical,
  Hourglass,
  Play,
  Zap,
} from 'lucide-react'
import type { Run, RunState } from '../../engine/runs/schema.ts'
import { text } from '../text.ts'
import { Mark } from '../ui/note.tsx'

/** How the run of a workflow stands. */
export const RUN_STATE_LOOK = {
  running: { tone: 'muted', icon: Play },
  paused: { tone: 'wait', icon: Hourglass },
  completed: { tone: 'ok', icon: CircleCheck },
  failed: { tone: 'stop', icon: CircleX },
  cancelled: { tone: 'muted', icon: CircleSlash },
} as const

/** A run that waits because nobody knows what a call did: neither failed nor done. */
export const DOUBT_LOOK = { tone: 'doubt', icon: CircleHelp } as const

export function RunStateMark({ status }: { status: RunState }) {
  return <Mark {...RUN_STATE_LOOK[status]}>{text.runState[status]}</Mark>
}

/** Whether the run tries out or acts, with what that means in the title. */
export function ModeMark({ mode }: { mode: Run['mode'] }) {
  const Icon = mode === 'draft' ? FlaskConical : Zap
  return (
    <span
      className="flex w-fit items-center gap-1.5 whitespace-nowrap text-muted"
      title={mode === 'draft' ? text.mode.draftHint : text.mode.autoHint}
    >
      <Icon size={13} aria-hidden="true" className="shrink-0" />
      {text.mode[mode]}
    </span>
  )
}
