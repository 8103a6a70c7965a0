import type { RunHead } from './seal-event.ts'

export type HeadCache = ReturnType<typeof createHeadCache>

/** The heads used last, oldest out first. A head that another process moved is found out by compare-and-append. */
export function createHeadCache(limit: number) {
  const heads = new Map<string, RunHead>()
  const keyOf = (tenantId: string, runId: string) => `${tenantId}\n${runId}`
  return {
    get(tenantId: string, runId: string): RunHead | undefined {
      return heads.get(keyOf(tenantId, runId))
    },
    set(tenantId: string, head: RunHead): void {
      const key = keyOf(tenantId, head.runId)
      // Two writers of this process may be told of their commits in the other order.
      if ((heads.get(key)?.seq ?? 0) > head.seq) return
      heads.delete(key)
      heads.set(key, head)
      if (heads.size > limit) heads.delete(heads.keys().next().value!)
    },
    drop(tenantId: string, runId: string): void {
      heads.delete(keyOf(tenantId, runId))
    },
  }
}
