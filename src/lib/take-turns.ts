import { setImmediate } from 'node:timers/promises'

/** Others wait for this long at most, plus one step of the work. */
const SLICE_MS = 15

/** Does long work step by step, as far as it says where it may pause, and lets others have their turn in between. */
export async function takeTurns<T>(work: Generator<void, T>): Promise<T> {
  let sliceEnds = performance.now() + SLICE_MS
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
    if (performance.now() > sliceEnds) {
      await setImmediate()
      sliceEnds = performance.now() + SLICE_MS
    }
  }
}
