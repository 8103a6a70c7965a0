import { CircleCheck, CircleX, Info, TimerOff, Vote } from 'lucide-react'
import { text } from '../text.ts'
import { Mark } from '../ui/note.tsx'
import { type Outcome, sayOutcome } from './outcome.ts'

const LOOK = {
  approved: { tone: 'ok', icon: CircleCheck },
  rejected: { tone: 'stop', icon: CircleX },
  vote: { tone: 'ok', icon: Vote },
  duplicate: { tone: 'wait', icon: Info },
} as const

export function OutcomeMark({ outcome }: { outcome: Outcome }) {
  return <Mark {...LOOK[outcome.type]}>{sayOutcome(outcome)}</Mark>
}

const STATUS_LOOK = {
  approved: { tone: 'ok', icon: CircleCheck },
  rejected: { tone: 'stop', icon: CircleX },
  expired: { tone: 'stop', icon: TimerOff },
  pending: { tone: 'wait', icon: Info },
} as const

export function StatusMark({ status }: { status: keyof typeof STATUS_LOOK }) {
  return <Mark {...STATUS_LOOK[status]}>{text.outcome[status]}</Mark>
}
