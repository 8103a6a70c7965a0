import { SignalHigh, SignalLow, SignalMedium, SignalZero } from 'lucide-react'
import { text } from '../text.ts'
import { Mark } from './note.tsx'

const LOOK = {
  low: { tone: 'muted', icon: SignalLow },
  medium: { tone: 'wait', icon: SignalMedium },
  high: { tone: 'stop', icon: SignalHigh },
  none: { tone: 'muted', icon: SignalZero },
} as const

export function RiskMark({ level, short = false }: { level: string | null; short?: boolean }) {
  const known = level === 'low' || level === 'medium' || level === 'high' ? level : 'none'
  return <Mark {...LOOK[known]}>{short ? text.riskShort[known] : text.risk[known]}</Mark>
}
