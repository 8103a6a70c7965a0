import { decodeBase64, encodeBase64 } from './base64.ts'
import { HASH_BYTES } from './merkle.ts'
import { NoteError } from './signed-note.ts'

/** The text of a C2SP tlog-checkpoint: which log, how many leaves, which root. */
export type Checkpoint = { origin: string; size: number; root: Uint8Array; extensions: string[] }

const SIZE = /^(0|[1-9][0-9]*)$/

/**
 * The name of a tenant's log, and of the key that signs it: the tenant is its last segment, escaped because a key name
 * has neither spaces nor plus.
 */
export function formatOrigin(logName: string, tenant: string): string {
  return `${logName}/${encodeURIComponent(tenant)}`
}

/** Whether a log's name ends in this tenant. */
export function originNamesTenant(origin: string, tenant: string): boolean {
  return tenant.isWellFormed() && origin.endsWith(`/${encodeURIComponent(tenant)}`)
}

/** The note text of a checkpoint; sign it with `signNote` under a key whose name is the origin. */
export function formatCheckpoint(
  checkpoint: Omit<Checkpoint, 'extensions'> & { extensions?: string[] },
): string {
  const { origin, size, root, extensions = [] } = checkpoint
  const text = `${[origin, size, encodeBase64(root), ...extensions].join('\n')}\n`
  parseCheckpoint(text)
  return text
}

/** @throws NoteError when the text is not a checkpoint over SHA-256. */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split('\n')
  if (lines.pop() !== '' || lines.length < 3 || lines.includes('')) {
    throw new NoteError(
      'expected the lines origin, tree size and root hash, none empty, each ended by a newline',
    )
  }
  const [origin, sizeText, rootText, ...extensions] = lines as [string, string, string, ...string[]]
  const size = Number(sizeText)
  if (!SIZE.test(sizeText) || !Number.isSafeInteger(size)) {
    throw new NoteError('expected the tree size as a decimal number up to 2^53-1 without leading zeros')
  }
  const root = decodeBase64(rootText)
  if (root?.length !== HASH_BYTES) throw new NoteError('expected the root hash as base64 of 32 bytes')
  return { origin, size, root, extensions }
}
