import type { Config } from '../config.ts'
import { findLiveOwner } from '../store/data-lock.ts'

/** The server that has the data folder open, as a command of the same folder reaches it. */
export type LocalServer = { address: string; headers: Record<string, string> }

/** Null when nobody has the folder open, or the data is not in a folder at all. */
export function findLocalServer(config: Config): LocalServer | null {
  if (config.databaseUrl) return null
  const owner = findLiveOwner(config.dataDir)
  if (!owner?.address) return null
  return { address: owner.address, headers: { 'x-countersign-local': owner.secret } }
}
