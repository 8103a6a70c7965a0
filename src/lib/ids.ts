import { randomBytes } from 'node:crypto'

/** A fresh id with its kind in front, e.g. `evt_1f0c…`: 128 random bits as hex. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(16).toString('hex')}`
}
