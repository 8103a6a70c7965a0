import type { Kernel } from './kernel/context.ts'
import { sequenceEvents } from './kernel/ledger/sequence-events.ts'

const CHECKPOINT_INTERVAL_MS = 10_000
const CHECKPOINT_EVERY_EVENTS = 1000
/** A busy log is signed in pieces of this length: each costs the same few statements, however much it covers. */
const CHECKPOINT_REST_MS = 1_000

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

/** A signed checkpoint every ten seconds, or once a second while a thousand events are waiting for one. */
export async function signCheckpoints(kernel: Kernel, stop: AbortSignal): Promise<void> {
  let waiting = 0
  let wake = new AbortController()
  const unsubscribe = kernel.ledger.subscribe((events) => {
    waiting += events.length
    if (waiting >= CHECKPOINT_EVERY_EVENTS) wake.abort()
  })
  while (!stop.aborted) {
    await pause(CHECKPOINT_REST_MS, stop)
    await pause(CHECKPOINT_INTERVAL_MS - CHECKPOINT_REST_MS, AbortSignal.any([stop, wake.signal]))
    if (stop.aborted) break
    wake = new AbortController()
    waiting = 0
    await sequenceEvents(kernel).catch((error) =>
      kernel.log.warn(
        { error: (error as Error).message },
        'a checkpoint could not be signed; it is tried again',
      ),
    )
  }
  unsubscribe()
}

function pause(ms: number, until: AbortSignal): Promise<void> {
  if (until.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    until.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
