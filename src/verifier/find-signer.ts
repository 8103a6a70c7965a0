import { formatVerifierKey, type SignedNote, type VerifierKey, verifyNote } from './signed-note.ts'

/** The first of these keys that signed the note; else a key whose signature is there but wrong. */
export async function findSigner(
  note: SignedNote,
  keys: VerifierKey[],
): Promise<{ signer?: VerifierKey; wrong?: VerifierKey }> {
  let wrong: VerifierKey | undefined
  for (const key of keys) {
    const outcome = await verifyNote(note, key)
    if (outcome === 'verified') return { signer: key }
    if (outcome === 'wrong-signature') wrong ??= key
  }
  return wrong ? { wrong } : {}
}

/** Reads something, or says why it cannot be read. */
export function attempt<T extends object>(read: () => T): T | { fault: string } {
  try {
    return read()
  } catch (error) {
    return { fault: (error as Error).message }
  }
}

export function formatKey(key: VerifierKey): string {
  return formatVerifierKey(key.name, key.publicKey)
}

/** Who says to have signed a note, known or not. */
export function nameSigners(note: SignedNote): string {
  return note.signatures.map(({ name, keyId }) => `${name}+${keyId}`).join(', ')
}
