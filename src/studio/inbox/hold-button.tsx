import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { text } from '../text.ts'
import { buttonClass } from '../ui/button.tsx'

const HOLD_MS = 1_200

type HoldButtonProps = { onHeld: () => void; disabled: boolean; children: ReactNode }

/** Acts after being held, by pointer or by key; letting go before that does nothing. */
export function HoldButton({ onHeld, disabled, children }: HoldButtonProps) {
  const [isHolding, setHolding] = useState(false)
  const held = useRef(onHeld)
  useEffect(() => {
    held.current = onHeld
  })
  useEffect(() => {
    if (!isHolding) return
    const timer = setTimeout(() => {
      setHolding(false)
      held.current()
    }, HOLD_MS)
    return () => clearTimeout(timer)
  }, [isHolding])
  const letGo = () => setHolding(false)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== ' ' && event.key !== 'Enter') return
    event.preventDefault()
    if (!event.repeat) setHolding(true)
  }
  return (
    <button
      type="button"
      disabled={disabled}
      data-holding={isHolding}
      onPointerDown={(event) => event.button === 0 && setHolding(true)}
      onPointerUp={letGo}
      onPointerLeave={letGo}
      onPointerCancel={letGo}
      onKeyDown={onKeyDown}
      onKeyUp={letGo}
      onBlur={letGo}
      onContextMenu={(event) => event.preventDefault()}
      className={`relative touch-none overflow-hidden select-none ${buttonClass('ok')}`}
    >
      <span aria-hidden="true" className="hold-fill absolute inset-x-0 bottom-0 h-1 bg-on-accent" />
      {isHolding ? text.resolve.holding : children}
    </button>
  )
}
