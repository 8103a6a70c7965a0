import { text } from '../text.ts'
import { formatAbsolute, formatDuration } from './format-time.ts'
import { useNow } from './use-now.ts'

type RelativeTimeProps = {
  iso: string
  /** `age`: 3 min. `ago`: 3 min ago, or in 3 min. */
  form?: 'age' | 'ago'
  pace?: 'slow' | 'fast'
}

/** A time by its distance from now; the absolute one, with its zone, in the title. */
export function RelativeTime({ iso, form = 'ago', pace = 'slow' }: RelativeTimeProps) {
  const now = useNow(pace)
  const at = Date.parse(iso)
  if (Number.isNaN(at)) return <span>{text.common.unknownTime}</span>
  return (
    <time dateTime={iso} title={formatAbsolute(iso)} className="whitespace-nowrap">
      {form === 'age' ? formatDuration(now - at) : sayDistance(now - at, TOLERANCE_MS[pace])}
    </time>
  )
}

/** Now is as old as the last tick: what came after it is no time to come. */
const TOLERANCE_MS = { slow: 6_000, fast: 1_000 }

function sayDistance(ms: number, tolerance: number): string {
  if (ms < -tolerance) return text.common.soon(formatDuration(ms))
  if (ms < 10_000) return text.common.justNow
  return text.common.ago(formatDuration(ms))
}
