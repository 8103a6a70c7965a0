/**
 * Lets callers share one read without ever giving anybody an answer older than the question: who comes while a read is
 * under way waits for the next one, which all who came meanwhile share. Alone, a caller waits for nothing.
 */
export function shareReads<K, V>(
  load: (keys: K[]) => Promise<Map<K, V>>,
): (key: K) => Promise<V | undefined> {
  type Waiting = { key: K; resolve: (value: V | undefined) => void; reject: (error: unknown) => void }
  let waiting: Waiting[] = []
  let reading = false

  async function read() {
    reading = true
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        const found = await load([...new Set(batch.map(({ key }) => key))])
        for (const { key, resolve } of batch) resolve(found.get(key))
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    reading = false
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject })
      if (!reading) void read()
    })
}

/** The same for what belongs to tenants: those who come together share one read for each tenant. */
export function shareTenantReads<V>(
  load: (tenantId: string, ids: string[]) => Promise<Map<string, V>>,
): (tenantId: string, id: string) => Promise<V | undefined> {
  const readers = new Map<string, (id: string) => Promise<V | undefined>>()
  return (tenantId, id) => {
    const known = readers.get(tenantId)
    if (known) return known(id)
    const reader = shareReads((ids: string[]) => load(tenantId, ids))
    readers.set(tenantId, reader)
    return reader(id)
  }
}
