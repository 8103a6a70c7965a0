import { Check, Copy, X } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { text } from '../text.ts'
import { Button } from './button.tsx'
import { copyText } from './copy-text.ts'

type State = 'idle' | 'copied' | 'failed'

function useCopy(value: string | (() => string)): [State, () => void] {
  const [state, setState] = useState<State>('idle')
  useEffect(() => {
    if (state === 'idle') return
    const timer = setTimeout(() => setState('idle'), 1500)
    return () => clearTimeout(timer)
  }, [state])
  const copy = () => {
    const content = typeof value === 'string' ? value : value()
    void copyText(content).then((done) => setState(done ? 'copied' : 'failed'))
  }
  return [state, copy]
}

/** Copies one value that stands beside it. */
export function CopyButton({ value, what }: { value: string; what: string }) {
  const [state, copy] = useCopy(value)
  const Icon = state === 'copied' ? Check : state === 'failed' ? X : Copy
  const label = state === 'idle' ? text.common.copyWhat(what) : sayState(state)
  return (
    <button
      type="button"
      onClick={copy}
      title={label}
      aria-label={label}
      className="inline-flex size-6 shrink-0 items-center justify-center rounded-md text-muted hover:text-text"
    >
      <Icon size={13} aria-hidden="true" />
    </button>
  )
}

/** Copies something that does not stand on the page, and says so. */
export function CopyAction({ value, children }: { value: string; children: ReactNode }) {
  const [state, copy] = useCopy(value)
  return (
    <Button onClick={copy} icon={state === 'copied' ? Check : Copy}>
      <span aria-live="polite">{state === 'idle' ? children : sayState(state)}</span>
    </Button>
  )
}

/** The same as a word among others; what is made from a form is made when it is asked for. */
export function CopyLink({ value, children }: { value: string | (() => string); children: ReactNode }) {
  const [state, copy] = useCopy(value)
  return (
    <button type="button" onClick={copy} className="text-13 text-accent underline underline-offset-2">
      <span aria-live="polite">{state === 'idle' ? children : sayState(state)}</span>
    </button>
  )
}

const sayState = (state: State) => (state === 'copied' ? text.common.copied : text.common.copyFailed)
