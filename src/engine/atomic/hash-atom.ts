import { payloadHash } from '../../lib/hash.ts'
import type { Atom } from './schema.ts'

/**
 * SHA-256 over the canonical form (RFC 8785) of an atom without `hash` and `signature`; the hash of the atom before is
 * part of it. Building and verifying both call this, so that they cannot drift apart.
 *
 * @throws TypeError when the atom has no canonical form.
 */
export function hashAtom(atom: Omit<Atom, 'hash'> & { hash?: unknown }): string {
  const { hash: _hash, signature: _signature, ...hashed } = atom
  return payloadHash(hashed)
}
