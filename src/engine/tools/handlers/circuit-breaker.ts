/**
 * Whether something that may be down is asked at all, as a pure state machine: after so many failures in a row nothing is
 * asked for a while, then one call tries it. Other calls wait for what becomes of that one.
 */
export type Breaker =
  | { type: 'closed'; failures: number }
  | { type: 'open'; until: number }
  | { type: 'trying' }

/** How a call came out, as far as it tells of the other side. `unknown`: it ended before it told anything. */
export type BreakerOutcome = 'answered' | 'failed' | 'unknown'

const FAILURES = 5
const REST_MS = 60_000

export const CLOSED: Breaker = { type: 'closed', failures: 0 }

/** The state in which a call may be made now; null when it may not. */
export function admit(breaker: Breaker, now: number): Breaker | null {
  switch (breaker.type) {
    case 'closed':
      return breaker
    case 'open':
      return now >= breaker.until ? { type: 'trying' } : null
    case 'trying':
      return null
  }
}

/** The state after a call. One that was begun before the breaker opened tells as much as any other. */
export function conclude(breaker: Breaker, outcome: BreakerOutcome, now: number): Breaker {
  if (outcome === 'answered') return CLOSED
  switch (breaker.type) {
    case 'closed': {
      if (outcome === 'unknown') return breaker
      const failures = breaker.failures + 1
      return failures >= FAILURES ? { type: 'open', until: now + REST_MS } : { type: 'closed', failures }
    }
    case 'open':
      return breaker
    case 'trying':
      // Nothing was learned, so the next call tries.
      return { type: 'open', until: outcome === 'failed' ? now + REST_MS : now }
  }
}
