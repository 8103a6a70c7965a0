import { createHash, randomUUID } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder with the files of two embedded databases to copy: `empty` and `migrated`. */
    embeddedDatabases: string
  }
}

const pathOf = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url))
const KEPT = pathOf('node_modules/.cache/databases')
const DAY = 24 * 3600 * 1000

/** Makes the embedded databases that tests copy: once, until what they are made by changes. */
export default async function setup(project: TestProject): Promise<void> {
  const folder = join(KEPT, hashOfMakers())
  if (!existsSync(folder)) await make(folder)
  project.provide('embeddedDatabases', folder)
}

async function make(folder: string): Promise<void> {
  removeOld()
  const unfinished = join(KEPT, `unfinished-${randomUUID()}`)
  mkdirSync(unfinished, { recursive: true })
  const [empty, migrated] = [join(unfinished, 'empty'), join(unfinished, 'migrated')]
  await (await openDatabase({ kind: 'pglite', dataDir: empty })).close()
  cpSync(empty, migrated, { recursive: true })
  const database = await openDatabase({ kind: 'pglite', dataDir: migrated })
  await migrate(database)
  await database.close()
  // At once, so that nobody copies half of it; who was quicker has made the same.
  if (existsSync(folder)) rmSync(unfinished, { recursive: true })
  else renameSync(unfinished, folder)
}

/** Another run may be at work with those of today. */
function removeOld(): void {
  mkdirSync(KEPT, { recursive: true })
  for (const name of readdirSync(KEPT)) {
    const path = join(KEPT, name)
    if (Date.now() - statSync(path).mtimeMs > DAY) rmSync(path, { recursive: true, force: true })
  }
}

function hashOfMakers(): string {
  const hash = createHash('sha256').update(process.version)
  for (const folder of ['migrations', 'src/store']) {
    for (const name of readdirSync(pathOf(folder)).sort())
      hash.update(name).update(readFileSync(join(pathOf(folder), name)))
  }
  hash.update(readFileSync(pathOf('node_modules/@electric-sql/pglite/package.json')))
  return hash.digest('hex').slice(0, 16)
}
