import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { callRpc } from './call-rpc.ts'

const UNFINISHED = /^state\.dump\.[0-9a-f-]{36}$/

const pathOf = (folder: string) => join(folder, 'state.dump')

/** The state that was kept last, or null where none was. */
export function readState(folder: string): string | null {
  try {
    return readFileSync(pathOf(folder), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Keeps the state of the chain. Written beside and moved into place, so that it is the old one or the new one. */
export async function keepState(url: string, folder: string): Promise<void> {
  const state = await callRpc<string>(url, 'anvil_dumpState')
  const beside = `${pathOf(folder)}.${randomUUID()}`
  try {
    await writeFile(beside, state, { mode: 0o600, flush: true })
    renameSync(beside, pathOf(folder))
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
}

/** Takes away what a process that was killed had begun to write. */
export function clearUnfinished(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (UNFINISHED.test(name)) rmSync(join(folder, name), { force: true })
  }
}

/** Puts a state aside that anvil would not take, so that a start finds none. */
export function putAside(folder: string): string {
  const aside = `${pathOf(folder)}.refused`
  renameSync(pathOf(folder), aside)
  return aside
}
