import {
  CircleAlert,
  CircleCheck,
  CircleHelp,
  CircleX,
  Eye,
  Flag,
  Hourglass,
  KeyRound,
  type LucideIcon,
  Play,
  Scale,
  Target,
  TimerOff,
  Vote,
  Wrench,
} from 'lucide-react'
import { text } from '../text.ts'
import type { Tone } from '../ui/note.tsx'
import type { TimelineItem } from './timeline-item.ts'

export type KindLook = { icon: LucideIcon; tone: Tone; word: string }

const LOOK: Record<string, { icon: LucideIcon; tone: Tone }> = {
  decision_recorded: { icon: Scale, tone: 'muted' },
  approval_requested: { icon: Hourglass, tone: 'wait' },
  approval_vote_cast: { icon: Vote, tone: 'ok' },
  approval_resolved: { icon: CircleCheck, tone: 'ok' },
  approval_expired: { icon: TimerOff, tone: 'stop' },
  execution_token_minted: { icon: KeyRound, tone: 'muted' },
  effect_intended: { icon: Play, tone: 'muted' },
  effect_completed: { icon: CircleCheck, tone: 'ok' },
  effect_failed: { icon: CircleX, tone: 'stop' },
  effect_in_doubt: { icon: CircleHelp, tone: 'doubt' },
  intent: { icon: Target, tone: 'muted' },
  action: { icon: Wrench, tone: 'muted' },
  observation: { icon: Eye, tone: 'muted' },
  decision: { icon: Scale, tone: 'muted' },
  error: { icon: CircleAlert, tone: 'stop' },
  summary: { icon: Flag, tone: 'ok' },
}

/** How one kind of event is shown: what Countersign recorded by its kind, a receipt from outside by its type. */
export function lookOf({ kind, type, approval }: TimelineItem): KindLook {
  const name = kind in LOOK ? kind : type
  const look = LOOK[name] ?? { icon: Eye, tone: 'muted' as const }
  const word = name in text.kind ? text.kind[name as keyof typeof text.kind] : name
  if (name === 'approval_resolved' && approval.status === 'rejected') {
    return { icon: CircleX, tone: 'stop', word }
  }
  return { ...look, word }
}
