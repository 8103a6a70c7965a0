import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../../lib/hash.ts'
import { newId } from '../../lib/ids.ts'
import type { RecordingStore } from './record-replay.ts'

/** `record` keeps every answer of a model; `replay` answers from what was kept and reaches nobody. */
export type Recordings = { mode: 'record' | 'replay'; store: RecordingStore }

/** Answers of models as files of a folder. They hold prompts and answers in the clear. */
export function openRecordingFolder(folder: string): RecordingStore {
  const fileOf = (key: string) => join(folder, `${sha256(key).toString('hex')}.json`)
  return {
    async get(key) {
      try {
        return await readFile(fileOf(key), 'utf8')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
    async set(key, value) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      // Written aside and moved: a process that ends meanwhile leaves no half answer.
      const aside = join(folder, newId('writing'))
      await writeFile(aside, value, { mode: 0o600 })
      await rename(aside, fileOf(key))
    },
  }
}
