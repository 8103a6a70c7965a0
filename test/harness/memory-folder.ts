import { chmodSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
const PREFIX = 'countersign-tests-'
/** What the databases of a whole run take at most, with room to spare. */
const ROOM = 4 * 2 ** 30

/**
 * Where databases of tests are: they are made and thrown away by the hundred, so in memory where there is room for it.
 * `COUNTERSIGN_TEST_FOLDER` hands the choice of the first process on to the others.
 */
export const databasesFolder = () => process.env.COUNTERSIGN_TEST_FOLDER ?? tmpdir()

/** Makes the folder for this run, and takes it away with the process; those of runs that were killed go now. */
export function makeDatabasesFolder(): void {
  if (process.env.COUNTERSIGN_TEST_FOLDER || !hasRoom()) return
  for (const name of readdirSync(MEMORY)) {
    const owner = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('-')[0]) : 0
    if (owner && !isAlive(owner)) rmSync(join(MEMORY, name), { recursive: true, force: true })
  }
  const folder = mkdtempSync(join(MEMORY, `${PREFIX}${process.pid}-`))
  // PostgreSQL runs under another account.
  chmodSync(folder, 0o711)
  process.env.COUNTERSIGN_TEST_FOLDER = folder
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize >= ROOM
  } catch {
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
