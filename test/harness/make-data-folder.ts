import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { databasesFolder } from './memory-folder.ts'

/** A folder as the program leaves it after its first start, without the seconds that a first start takes. */
export function makeDataFolder(dataDir = newFolder()): string {
  copyDatabase('migrated', join(dataDir, 'database'))
  return dataDir
}

/** A fresh embedded database whose files go when it is closed. */
export async function openEmbedded(state: 'empty' | 'migrated'): Promise<Database> {
  const dataDir = newFolder()
  copyDatabase(state, dataDir)
  const database = await openDatabase({ kind: 'pglite', dataDir })
  return {
    ...database,
    close: () => database.close().finally(() => rmSync(dataDir, { recursive: true, force: true })),
  }
}

const newFolder = () => mkdtempSync(join(databasesFolder(), 'countersign-data-'))

const copyDatabase = (state: 'empty' | 'migrated', to: string) =>
  cpSync(join(inject('embeddedDatabases'), state), to, { recursive: true })
