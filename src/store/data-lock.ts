import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { startOfProcess } from '../lib/process-start.ts'

const Owner = z.object({
  pid: z.number().int().positive(),
  /** When that process started, so that another one with its number is not taken for it. */
  started: z.string(),
  /** Where it listens, and what a command of the same folder shows it instead of a credential. */
  address: z.string().nullable(),
  secret: z.string(),
})
export type LockOwner = z.infer<typeof Owner>

/** Another process has the folder open. PGlite has no lock of its own, and two openers would corrupt it. */
export class DataFolderInUseError extends Error {
  override readonly name = 'DataFolderInUseError'
  readonly owner: LockOwner

  constructor(dataDir: string, owner: LockOwner) {
    const where = owner.address ? ` and listens on ${owner.address}` : ''
    super(`${dataDir} is in use by process ${owner.pid}${where}; stop it, or set another DATA_DIR`)
    this.owner = owner
  }
}

export type DataLock = {
  /** Tells commands of the same folder where to find the running server. */
  announce(address: string): void
  release(): void
}

const REAPER_PATIENCE_MS = 10_000

/**
 * Takes the lock of a data folder. A lock whose process is gone is removed first.
 *
 * @throws DataFolderInUseError when its process lives.
 */
export function lockDataFolder(dataDir: string, secret: string): DataLock {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const path = lockPath(dataDir)
  const own: LockOwner = { pid: process.pid, started: startOfProcess(process.pid)!, address: null, secret }
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(path, JSON.stringify(own), { flag: 'wx', mode: 0o600 })
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 50) throw error
      const owner = readLockOwner(dataDir)
      if (owner && isAlive(owner)) throw new DataFolderInUseError(dataDir, owner)
      if (!owner && ageOf(path) < REAPER_PATIENCE_MS) waitShortly()
      else removeDeadLock(path, dataDir)
    }
  }
  return {
    announce(address) {
      const temporary = `${path}.${process.pid}.tmp`
      writeFileSync(temporary, JSON.stringify({ ...own, address }), { mode: 0o600 })
      renameSync(temporary, path)
    },
    release() {
      if (readLockOwner(dataDir)?.pid === process.pid) rmSync(path, { force: true })
    },
  }
}

/** Who holds the folder, or null when nobody alive does. */
export function findLiveOwner(dataDir: string): LockOwner | null {
  const owner = readLockOwner(dataDir)
  return owner && isAlive(owner) ? owner : null
}

const lockPath = (dataDir: string) => join(dataDir, 'lock.json')

function readLockOwner(dataDir: string): LockOwner | null {
  try {
    return Owner.parse(JSON.parse(readFileSync(lockPath(dataDir), 'utf8')))
  } catch {
    return null
  }
}

/** One process at a time removes a dead lock: otherwise the second would remove the lock that the first just took. */
function removeDeadLock(path: string, dataDir: string): void {
  const reaping = `${path}.reaping`
  try {
    mkdirSync(reaping)
  } catch {
    if (ageOf(reaping) > REAPER_PATIENCE_MS) rmSync(reaping, { recursive: true, force: true })
    waitShortly()
    return
  }
  try {
    const owner = readLockOwner(dataDir)
    const dead = owner ? !isAlive(owner) : ageOf(path) >= REAPER_PATIENCE_MS
    if (dead) rmSync(path, { force: true })
  } finally {
    rmdirSync(reaping)
  }
}

/** A lock is there before its content is: one that cannot be read but is young is being written just now. */
function ageOf(path: string): number {
  const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs
  return modified === undefined ? 0 : Date.now() - modified
}

function waitShortly(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
}

function isAlive(owner: LockOwner): boolean {
  return startOfProcess(owner.pid) === owner.started
}
