import { CircleCheck, CircleSlash, Hourglass } from 'lucide-react'
import type { ApiKey } from '../../identity/schema.ts'
import { serverNow } from '../api/server-clock.ts'
import { text } from '../text.ts'
import { Mark } from '../ui/note.tsx'

export type KeyState = keyof typeof LOOK

const LOOK = {
  live: { tone: 'ok', icon: CircleCheck },
  revoked: { tone: 'muted', icon: CircleSlash },
  expired: { tone: 'muted', icon: Hourglass },
} as const

export function stateOfKey({ revoked_at: revokedAt, expires_at: expiresAt }: ApiKey): KeyState {
  if (revokedAt) return 'revoked'
  return expiresAt && Date.parse(expiresAt) <= serverNow() ? 'expired' : 'live'
}

export function KeyStateMark({ state }: { state: KeyState }) {
  return <Mark {...LOOK[state]}>{text.keys.state[state]}</Mark>
}

/** For the choice in the head of a list of keys. */
export const KEY_STATES = [
  { value: '', says: text.keys.all },
  ...Object.entries(text.keys.state).map(([value, says]) => ({ value, says })),
]
