import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'

/** A folder as the program leaves it after its first start, without the seconds that a first start takes. */
export function makeDataFolder(dataDir = mkdtempSync(join(tmpdir(), 'countersign-data-'))): string {
  cpSync(inject('databaseFolder'), join(dataDir, 'database'), { recursive: true })
  return dataDir
}
