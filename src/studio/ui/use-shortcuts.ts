import { useEffect, useRef } from 'react'
import { useStored } from './use-stored.ts'

export function useShortcutSetting(): [boolean, (isOn: boolean) => void] {
  const [stored, store] = useStored('countersign.shortcuts')
  return [stored !== 'off', (isOn) => store(isOn ? null : 'off')]
}

/** Single keys that act while nobody types, no dialog is open and the person has not switched them off. */
export function useShortcuts(actions: Record<string, () => void>): void {
  const [isOn] = useShortcutSetting()
  const latest = useRef(actions)
  useEffect(() => {
    latest.current = actions
  })
  useEffect(() => {
    if (!isOn) return
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing)
        return
      if (isTyping(event.target) || document.querySelector('dialog[open]')) return
      const action = latest.current[event.key.length === 1 ? event.key.toLowerCase() : event.key]
      if (!action) return
      event.preventDefault()
      action()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [isOn])
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  )
}
