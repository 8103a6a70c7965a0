import { useCallback, useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
/** Stands in where storage is blocked, so that a choice holds at least for this page. */
const memory = new Map<string, string>()

/** What this browser remembers under a key, kept equal in all its tabs. */
export function useStored(key: string): [string | null, (value: string | null) => void] {
  const value = useSyncExternalStore(subscribe, () => readStored(key))
  const write = useCallback((next: string | null) => writeStored(key, next), [key])
  return [value, write]
}

export function readStored(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return memory.get(key) ?? null
  }
}

export function writeStored(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    if (value === null) memory.delete(key)
    else memory.set(key, value)
  }
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  window.addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('storage', listener)
  }
}
