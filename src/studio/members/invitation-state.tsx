import { CircleCheck, CircleSlash, Clock, Hourglass } from 'lucide-react'
import type { Invitation } from '../../identity/schema.ts'
import { text } from '../text.ts'
import { Mark } from '../ui/note.tsx'

const LOOK = {
  pending: { tone: 'wait', icon: Clock },
  accepted: { tone: 'ok', icon: CircleCheck },
  revoked: { tone: 'muted', icon: CircleSlash },
  expired: { tone: 'muted', icon: Hourglass },
} as const

export function InvitationState({ status }: { status: Invitation['status'] }) {
  return <Mark {...LOOK[status]}>{text.invitations.state[status]}</Mark>
}
