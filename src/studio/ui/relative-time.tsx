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
      {form === 'age' ? formatDuration(now - at) : sayDistance(now - at)}
    </time>
  )
}

function sayDistance(ms: number): string {
  if (ms < -1000) return text.common.soon(formatDuration(ms))
  if (ms < 10_000) return text.common.justNow
  return text.common.ago(formatDuration(ms))
}
