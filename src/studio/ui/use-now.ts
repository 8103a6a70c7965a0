import { useSyncExternalStore } from 'react'
import { serverNow } from '../api/server-clock.ts'

/** One timer per pace for the whole page, running only while somebody looks at a time. */
function createTicker(everyMs: number) {
  const listeners = new Set<() => void>()
  let now = serverNow()
  let timer: ReturnType<typeof setInterval> | undefined
  return {
    subscribe(listener: () => void) {
      listeners.add(listener)
      timer ??= setInterval(() => {
        now = serverNow()
        for (const notify of listeners) notify()
      }, everyMs)
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        clearInterval(timer)
        timer = undefined
      }
    },
    // A reading is kept until the next tick, else React would see a new value at every look.
    read() {
      if (timer === undefined) now = serverNow()
      return timer === undefined ? Math.floor(now / everyMs) * everyMs : now
    },
  }
}

const slow = createTicker(5_000)
const fast = createTicker(1_000)

/** Whether a time, in milliseconds, is past by the server's clock. */
export function useIsPast(at: number | null): boolean {
  const now = useNow('fast')
  return at !== null && at <= now
}

/** Now by the server's clock; every five seconds, or every second where a deadline is near. */
export function useNow(pace: 'slow' | 'fast' = 'slow'): number {
  const ticker = pace === 'fast' ? fast : slow
  return useSyncExternalStore(ticker.subscribe, ticker.read)
}
