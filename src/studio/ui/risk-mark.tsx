import { text } from '../text.ts'
import { TONE_TEXT, type Tone } from './note.tsx'

type Level = 'low' | 'medium' | 'high' | 'none'

const BARS: Record<Level, number> = { none: 0, low: 1, medium: 2, high: 3 }
const TONE: Record<Level, Tone> = { none: 'muted', low: 'muted', medium: 'wait', high: 'stop' }

export function RiskMark({ level, short = false }: { level: string | null; short?: boolean }) {
  const known = level === 'low' || level === 'medium' || level === 'high' ? level : 'none'
  return (
    <span className={`flex w-fit items-center gap-1.5 whitespace-nowrap ${TONE_TEXT[TONE[known]]}`}>
      <svg width="13" height="12" viewBox="0 0 13 12" aria-hidden="true" className="shrink-0 fill-current">
        {[1, 2, 3].map((bar) => (
          <rect
            key={bar}
            x={(bar - 1) * 5}
            y={12 - bar * 4}
            width="3"
            height={bar * 4}
            rx="1"
            opacity={bar <= BARS[known] ? 1 : 0.25}
          />
        ))}
      </svg>
      {short ? text.riskShort[known] : text.risk[known]}
    </span>
  )
}
