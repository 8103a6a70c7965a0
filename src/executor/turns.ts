import { AppError } from '../lib/errors.ts'

export type Turns = {
  /** Does the work when it is its turn. @throws AppError 503 when it does not get one in time */
  take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>
}

/** How many wait at most, and how long: beyond that the caller is told to come back, as nothing was begun. */
const MOST_WAITING = 64
const LONGEST_WAIT_MS = 15_000

/** So many at the same time; more wait for their turn, in the order in which they came. */
export function openTurns(atOnce: number): Turns {
  let busy = 0
  const waiting: (() => void)[] = []
  const wait = async (signal: AbortSignal) => {
    if (waiting.length >= MOST_WAITING) throw tooBusy()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const giveUp = () => {
      const index = waiting.indexOf(resolve)
      if (index < 0) return
      waiting.splice(index, 1)
      reject(tooBusy())
    }
    waiting.push(resolve)
    const timer = setTimeout(giveUp, LONGEST_WAIT_MS)
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      await promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
    }
  }
  return {
    async take(signal, work) {
      // Whoever is woken has the place of who woke it.
      if (busy >= atOnce) await wait(signal)
      else busy++
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next) next()
        else busy--
      }
    },
  }
}

const tooBusy = () =>
  new AppError({
    code: 'EXECUTOR_BUSY',
    status: 503,
    message: 'this executor runs as many programs as it may: try again later; nothing was run',
  })
