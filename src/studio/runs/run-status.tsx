import {
  CircleCheck,
  CircleHelp,
  CircleStop,
  CircleX,
  Hourglass,
  Play,
  TimerOff,
  TriangleAlert,
} from 'lucide-react'
import type { RunList } from '../../http/schema.ts'
import { text } from '../text.ts'
import { Mark } from '../ui/note.tsx'

export type ListedStatus = RunList['runs'][number]['status']

export const STATUS_LOOK = {
  running: { tone: 'muted', icon: Play },
  paused: { tone: 'wait', icon: Hourglass },
  approved: { tone: 'ok', icon: CircleCheck },
  rejected: { tone: 'stop', icon: CircleX },
  stopped: { tone: 'stop', icon: CircleStop },
  expired: { tone: 'stop', icon: TimerOff },
  completed: { tone: 'ok', icon: CircleCheck },
  inconsistent: { tone: 'stop', icon: TriangleAlert },
  inDoubt: { tone: 'doubt', icon: CircleHelp },
} as const

export const STATUSES = Object.keys(text.status) as ListedStatus[]

export function RunStatusMark({ status }: { status: ListedStatus }) {
  return <Mark {...STATUS_LOOK[status]}>{text.status[status]}</Mark>
}
