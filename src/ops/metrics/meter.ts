import type { Kernel } from '../../kernel/context.ts'
import { addToMetrics, type TimedIncrement } from './metric-rows.ts'

/** Counts what no event tells of, such as requests that were turned away. */
export type Meter = {
  count(tenantId: string, name: string): void
  /** Writes down what was counted since the last time. */
  flush(): Promise<void>
}

/** Counts in memory and writes now and then: a flood of requests must not become a flood of writes. A crash loses a few seconds. */
export function createMeter({ database, clock }: Pick<Kernel, 'database' | 'clock'>): Meter {
  let counted = new Map<string, TimedIncrement[]>()
  const add = (tenantId: string, increments: TimedIncrement[]) => {
    const known = counted.get(tenantId) ?? []
    for (const increment of increments) {
      const same = known.find(({ name, at }) => name === increment.name && at === increment.at)
      if (same) same.count += increment.count
      else known.push(increment)
    }
    counted.set(tenantId, known)
  }
  return {
    count(tenantId, name) {
      const now = clock.now()
      add(tenantId, [{ name, label: '', count: 1, sum: 0, at: now - (now % 60_000) }])
    },
    async flush() {
      const written = counted
      counted = new Map()
      const failures: unknown[] = []
      for (const [tenantId, increments] of written) {
        await database
          .transaction(tenantId, (session) => addToMetrics(session, tenantId, increments))
          .catch((error) => {
            add(tenantId, increments)
            failures.push(error)
          })
      }
      // The counts of the others are written, and these are tried again.
      if (failures.length > 0) throw failures[0]
    },
  }
}
