import type { LucideIcon } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'

type Tone = 'plain' | 'quiet' | 'accent' | 'ok' | 'stop'

const TONES: Record<Tone, string> = {
  plain: 'border-muted/50 bg-panel text-text hover:border-text',
  quiet: 'border-transparent text-muted hover:text-text',
  accent: 'border-accent bg-accent text-on-accent',
  ok: 'border-ok bg-ok text-on-accent',
  stop: 'border-stop bg-stop text-on-accent',
}

/** The look of a button, for links that act like one. */
export function buttonClass(tone: Tone = 'plain'): string {
  return `inline-flex h-9 items-center justify-center gap-2 rounded-md border px-3 text-14 font-medium whitespace-nowrap disabled:opacity-50 ${TONES[tone]}`
}

type ButtonProps = ComponentProps<'button'> & {
  tone?: Tone
  icon?: LucideIcon
  /** The key that does the same. */
  hint?: string | undefined
  children: ReactNode
}

export function Button({ tone, icon: Icon, hint, children, className = '', ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} className={`${buttonClass(tone)} ${className}`}>
      {Icon && <Icon size={16} aria-hidden="true" className="shrink-0" />}
      {children}
      {hint && <Key>{hint}</Key>}
    </button>
  )
}

/** A key of the keyboard. Beside a button it is decoration: the button already says what it does. */
export function Key({ children }: { children: string }) {
  return (
    <span
      aria-hidden="true"
      className="hidden min-w-5 rounded-[4px] border border-current/40 px-1 text-center font-mono text-12 pointer-fine:inline-block"
    >
      {children}
    </span>
  )
}
