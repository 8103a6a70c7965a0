import {
  Ban,
  CircleCheck,
  CircleHelp,
  CircleMinus,
  CirclePause,
  CircleX,
  Hourglass,
  type LucideIcon,
  Play,
  SendHorizontal,
  ThumbsUp,
  Undo2,
} from 'lucide-react'
import type { CopilotStatus } from '../../apps/copilot/runs/schema.ts'
import { copilotText } from '../text-copilot.ts'
import { Mark, type Tone } from '../ui/note.tsx'

const LOOK: Record<CopilotStatus, { tone: Tone; icon: LucideIcon }> = {
  CREATED: { tone: 'muted', icon: Play },
  RUNNING: { tone: 'muted', icon: Play },
  PAUSED: { tone: 'wait', icon: CirclePause },
  NEEDS_INPUT: { tone: 'wait', icon: CircleHelp },
  AWAITING_APPROVAL: { tone: 'wait', icon: Hourglass },
  APPROVED_READY: { tone: 'ok', icon: ThumbsUp },
  SUBMITTED: { tone: 'wait', icon: SendHorizontal },
  CONFIRMED: { tone: 'ok', icon: CircleCheck },
  REVERTED: { tone: 'stop', icon: Undo2 },
  FAILED: { tone: 'stop', icon: CircleX },
  REJECTED: { tone: 'stop', icon: Ban },
  BLOCKED: { tone: 'stop', icon: Ban },
  NOOP: { tone: 'muted', icon: CircleMinus },
}

export function CopilotStatusMark({ status }: { status: CopilotStatus }) {
  return <Mark {...LOOK[status]}>{copilotText.copilotStatus[status]}</Mark>
}
