import type { Kernel } from './kernel/context.ts'
import type { LedgerEvent } from './kernel/ledger/seal-event.ts'
import { sequenceEvents } from './kernel/ledger/sequence-events.ts'
import { pauseFor } from './lib/pause-for.ts'
import { checkDueAlerts } from './ops/alerts/check-alerts.ts'
import { deliverDueAlerts } from './ops/alerts/deliver-alerts.ts'
import type { Operations } from './ops/operations.ts'

const CHECKPOINT_INTERVAL_MS = 10_000
const CHECKPOINT_EVERY_EVENTS = 1000
const ALERT_INTERVAL_MS = 5_000
/** News that keep coming are taken together: a busy log is signed in pieces of this length, which cost the same however long. */
const NEWS_REST_MS = 1_000

/** Does something again and again until told to stop; a failure is logged and tried again next time. */
export async function repeat(
  kernel: Kernel,
  stop: AbortSignal,
  intervalMs: number,
  work: () => Promise<unknown>,
): Promise<void> {
  while (!stop.aborted) {
    await pause(intervalMs, stop)
    if (stop.aborted) return
    await work().catch((error) =>
      kernel.log.warn({ error: (error as Error).message }, 'background work failed; it is tried again'),
    )
  }
}

/** The same, and within a second where something was written that shall not wait for its turn. */
async function repeatOnNews(
  kernel: Kernel,
  stop: AbortSignal,
  intervalMs: number,
  isNews: (events: LedgerEvent[]) => boolean,
  work: () => Promise<unknown>,
): Promise<void> {
  let wake = new AbortController()
  const unsubscribe = kernel.ledger.subscribe((events) => {
    if (isNews(events) && !wake.signal.aborted) wake.abort()
  })
  await repeat(kernel, stop, NEWS_REST_MS, async () => {
    await pause(intervalMs - NEWS_REST_MS, AbortSignal.any([stop, wake.signal]))
    if (stop.aborted) return
    wake = new AbortController()
    await work()
  })
  unsubscribe()
}

/** A signed checkpoint every ten seconds, or once a second while a thousand events are waiting for one. */
export function signCheckpoints(kernel: Kernel, stop: AbortSignal): Promise<void> {
  let waiting = 0
  const isMany = (events: LedgerEvent[]) => {
    waiting += events.length
    return waiting >= CHECKPOINT_EVERY_EVENTS
  }
  return repeatOnNews(kernel, stop, CHECKPOINT_INTERVAL_MS, isMany, () => {
    waiting = 0
    return sequenceEvents(kernel)
  })
}

/** Looks at alerts that are due and sends what is; at once where a refresh token came back that was spent. */
export function watchAlerts(operations: Operations, stop: AbortSignal): Promise<void> {
  let isReused = false
  const isReuse = (events: LedgerEvent[]) => {
    const found = events.some(
      ({ kind, payload }) => kind === 'audit_recorded' && payload.action === 'token_reused',
    )
    isReused ||= found
    return found
  }
  return repeatOnNews(operations.kernel, stop, ALERT_INTERVAL_MS, isReuse, async () => {
    // What another server wrote, or what cannot be taken in now, is noticed some seconds later with everything else.
    if (isReused) {
      isReused = false
      await operations.catchUp(null)
    }
    await checkDueAlerts(operations)
    await deliverDueAlerts(operations)
  })
}

/** Ends early, and without a fault, where there is no more to wait for. */
const pause = (ms: number, until: AbortSignal) => pauseFor(ms, until).catch(() => {})
