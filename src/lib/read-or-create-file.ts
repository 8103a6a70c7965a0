import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** The content of a file that only its owner may read; made at first use. Two makers agree on the first one's. */
export function readOrCreateFile(path: string, make: () => string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  createFileOnce(path, make())
  return readFileSync(path, 'utf8').trim()
}

/**
 * Makes a file that only its owner may read, unless there is one. It is written beside and linked into place: nobody ever
 * reads a part of it, and of several makers exactly one makes it.
 */
export function createFileOnce(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const beside = `${path}.${randomUUID()}`
  try {
    writeFileSync(beside, content, { mode: 0o600, flush: true })
    linkSync(beside, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(beside, { force: true })
  }
}
