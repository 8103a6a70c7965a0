import { randomUUID } from 'node:crypto'

/** A fresh id with its kind in front, e.g. `evt_1f0c…`: 122 random bits as hex, from the pool that UUIDs are drawn from. */
export function newId(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`
}
