import { readFileSync } from 'node:fs'
import { parseCheckpoint } from '../verifier/checkpoint.ts'
import { exitCodeOf, formatReport } from '../verifier/format-report.ts'
import { parseNote } from '../verifier/signed-note.ts'
import { verifyBundle } from '../verifier/verify-bundle.ts'
import { CommandError } from './command-error.ts'

type Options = { key: string[]; checkpoint?: string; json?: boolean }

/** Verifies a bundle with nothing but the file and what the auditor holds. Returns the exit code: 0, 1 or 2. */
export async function verifyFile(path: string, options: Options): Promise<number> {
  const report = await verifyBundle(readText(path), {
    trustedKeys: options.key.map((key) => (key.includes('+') ? key : readText(key).trim())),
    ...(options.checkpoint && { earlierCheckpoint: readCheckpoint(options.checkpoint) }),
  })
  console.log(options.json ? JSON.stringify(report, null, 2) : formatReport(report))
  return exitCodeOf(report.verdict)
}

/** What the auditor kept is checked first: a damaged copy of theirs says nothing against the bundle. */
function readCheckpoint(path: string): string {
  const note = readText(path)
  try {
    parseCheckpoint(parseNote(note).text)
    return note
  } catch (error) {
    throw new CommandError(`${path} is not a checkpoint: ${(error as Error).message}`)
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${(error as Error).message}`)
  }
}
