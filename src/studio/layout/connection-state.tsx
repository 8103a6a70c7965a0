import { Radio, RefreshCw, Unplug } from 'lucide-react'
import { useConnection } from '../api/live-updates.tsx'
import { text } from '../text.ts'
import { formatDuration } from '../ui/format-time.ts'
import { Mark } from '../ui/note.tsx'
import { useNow } from '../ui/use-now.ts'

const LOOK = {
  live: { tone: 'ok', icon: Radio },
  connecting: { tone: 'muted', icon: RefreshCw },
  reconnecting: { tone: 'stop', icon: Unplug },
} as const

export function ConnectionState() {
  const { state } = useConnection()
  return (
    <div role="status" className="text-13" title={state === 'live' ? text.connection.liveHint : undefined}>
      <Mark {...LOOK[state]}>{text.connection[state]}</Mark>
    </div>
  )
}

/** A blink of the connection is not worth a line; a lost one is. */
const WORTH_SAYING_MS = 2_000

export function LostConnection() {
  const { state } = useConnection()
  return state === 'reconnecting' ? <LostLine /> : null
}

function LostLine() {
  useNow('fast')
  const lasted = Date.now() - useConnection().since
  if (lasted < WORTH_SAYING_MS) return null
  return (
    <p className="border-t border-line px-4 py-1.5 text-13 text-stop">
      {text.connection.lost(formatDuration(lasted))}
    </p>
  )
}
