import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { startOfProcess } from '../../lib/process-start.ts'
import { findFree } from './spawn-anvil.ts'
import { keepState } from './state-file.ts'

const Living = z.object({ pid: z.number().int().positive(), started: z.string() })
const Record = z.object({ anvil: Living, owner: Living, url: z.string() })
type Record = z.infer<typeof Record>

const PATIENCE_MS = 2_000

const pathOf = (folder: string) => join(folder, 'process.json')

const isAlive = ({ pid, started }: z.infer<typeof Living>) => startOfProcess(pid) === started

const livingOf = (pid: number) => ({ pid, started: startOfProcess(pid) ?? '' })

/** Notes which process is the devnet of this folder and whose it is. */
export function noteProcess(folder: string, pid: number, url: string): void {
  const record: Record = { anvil: livingOf(pid), owner: livingOf(process.pid), url }
  writeFileSync(pathOf(folder), JSON.stringify(record), { mode: 0o600 })
}

export const forgetProcess = (folder: string): void => rmSync(pathOf(folder), { force: true })

/**
 * What an earlier start of this folder left. A devnet whose server lives is shared: its address is returned. One whose
 * server was killed is ended, after its state was kept.
 */
export async function takeOver(folder: string): Promise<string | null> {
  const record = readRecord(folder)
  if (!record || !isAlive(record.anvil)) return null
  if (isAlive(record.owner)) return record.url
  // Without an answer there is the state that was kept last.
  await keepState(record.url, folder).catch(() => {})
  try {
    process.kill(record.anvil.pid, 'SIGKILL')
  } catch {
    // It went by itself meanwhile.
  }
  // Its threads may hold the port for a moment longer than the process is there.
  const port = Number(new URL(record.url).port)
  const deadline = Date.now() + PATIENCE_MS
  while (isAlive(record.anvil) || ((await findFree(port)) === null && Date.now() < deadline)) await pause(5)
  return null
}

function readRecord(folder: string): Record | null {
  try {
    return Record.parse(JSON.parse(readFileSync(pathOf(folder), 'utf8')))
  } catch {
    return null
  }
}
