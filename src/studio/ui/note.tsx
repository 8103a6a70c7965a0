import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

export type Tone = 'ok' | 'wait' | 'stop' | 'doubt' | 'muted'

export const TONE_TEXT: Record<Tone, string> = {
  ok: 'text-ok',
  wait: 'text-wait',
  stop: 'text-stop',
  doubt: 'text-doubt',
  muted: 'text-muted',
}

const TONE_BORDER: Record<Tone, string> = {
  ok: 'border-ok/50',
  wait: 'border-wait/50',
  stop: 'border-stop/50',
  doubt: 'border-doubt/50',
  muted: 'border-line',
}

/** Something to know before deciding. */
export function Note({ tone, icon: Icon, children }: { tone: Tone; icon: LucideIcon; children: ReactNode }) {
  return (
    <div className={`flex gap-2 rounded-md border bg-panel px-3 py-2 text-13 ${TONE_BORDER[tone]}`}>
      <Icon size={16} aria-hidden="true" className={`mt-0.5 shrink-0 ${TONE_TEXT[tone]}`} />
      <div className="min-w-0">{children}</div>
    </div>
  )
}

/** A state: its icon, its word and its colour, always together. */
export function Mark({ tone, icon: Icon, children }: { tone: Tone; icon: LucideIcon; children: ReactNode }) {
  return (
    <span className={`flex w-fit items-center gap-1.5 whitespace-nowrap ${TONE_TEXT[tone]}`}>
      <Icon size={15} aria-hidden="true" className="shrink-0" />
      {children}
    </span>
  )
}
