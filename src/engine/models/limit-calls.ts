import { setTimeout as sleep } from 'node:timers/promises'
import type { ModelSettings } from './model-settings.ts'

/** Keeps the calls to one provider within bounds. */
export type CallLimit = {
  /** Waits for a turn; what it returns gives the turn back. */
  enter(signal: AbortSignal): Promise<() => void>
  /** Lets nobody begin for a while: the provider asked for it. */
  pause(ms: number): void
}

const DEFAULT_CONCURRENT = 8
const MINUTE = 60_000

/** Limits live as long as the settings they follow from: one set for each installation, none of them global. */
const limits = new WeakMap<ModelSettings, Map<string, CallLimit>>()

export function limitFor(settings: ModelSettings, provider: string): CallLimit {
  const ofSettings = limits.get(settings) ?? new Map<string, CallLimit>()
  limits.set(settings, ofSettings)
  const limit = ofSettings.get(provider) ?? createLimit(settings)
  ofSettings.set(provider, limit)
  return limit
}

function createLimit({ maxConcurrentCalls = DEFAULT_CONCURRENT, callsPerMinute }: ModelSettings): CallLimit {
  let under = 0
  let pausedUntil = 0
  const begun: number[] = []
  const queue: (() => void)[] = []

  const leave = () => {
    under--
    queue.shift()?.()
  }
  const waitMs = () => {
    const now = performance.now()
    while (begun[0] !== undefined && begun[0] <= now - MINUTE) begun.shift()
    const full = callsPerMinute !== undefined && begun.length >= callsPerMinute
    return Math.max(pausedUntil - now, full ? begun[0]! + MINUTE - now : 0)
  }
  const takeTurn = async (signal: AbortSignal) => {
    signal.throwIfAborted()
    if (under < maxConcurrentCalls) {
      under++
      return
    }
    await new Promise<void>((resolve, reject) => {
      const go = () => {
        signal.removeEventListener('abort', giveUp)
        under++
        resolve()
      }
      const giveUp = () => {
        queue.splice(queue.indexOf(go), 1)
        reject(signal.reason)
      }
      queue.push(go)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  return {
    async enter(signal) {
      await takeTurn(signal)
      try {
        for (let wait = waitMs(); wait > 0; wait = waitMs()) await sleep(wait, undefined, { signal })
        signal.throwIfAborted()
      } catch (error) {
        leave()
        throw signal.aborted ? signal.reason : error
      }
      begun.push(performance.now())
      return leave
    },
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, performance.now() + ms)
    },
  }
}
