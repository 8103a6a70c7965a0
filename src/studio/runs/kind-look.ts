import {
  Bot,
  CircleAlert,
  CircleCheck,
  CircleHelp,
  CircleSlash,
  CircleX,
  CornerDownRight,
  Eye,
  Flag,
  Hourglass,
  KeyRound,
  type LucideIcon,
  Mail,
  Play,
  RotateCw,
  Scale,
  Split,
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
  run_started: { icon: Play, tone: 'muted' },
  run_paused: { icon: Hourglass, tone: 'wait' },
  run_resumed: { icon: RotateCw, tone: 'muted' },
  run_completed: { icon: Flag, tone: 'ok' },
  run_failed: { icon: CircleX, tone: 'stop' },
  run_cancelled: { icon: CircleSlash, tone: 'muted' },
  step_started: { icon: Play, tone: 'muted' },
  step_completed: { icon: CircleCheck, tone: 'ok' },
  step_failed: { icon: CircleX, tone: 'stop' },
  tool_call_intended: { icon: Wrench, tone: 'muted' },
  tool_call: { icon: Wrench, tone: 'ok' },
  outside_read: { icon: Eye, tone: 'muted' },
  llm_call_intended: { icon: Bot, tone: 'muted' },
  llm_call: { icon: Bot, tone: 'ok' },
  route_chosen: { icon: Split, tone: 'muted' },
  child_run_started: { icon: CornerDownRight, tone: 'muted' },
  child_run_spent: { icon: CornerDownRight, tone: 'muted' },
  child_run_ended: { icon: CornerDownRight, tone: 'muted' },
  event_received: { icon: Mail, tone: 'muted' },
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
  // A call that went wrong says so under the same kind.
  if (type === 'error' && kind in LOOK) return { icon: look.icon, tone: 'stop', word }
  return { ...look, word }
}
