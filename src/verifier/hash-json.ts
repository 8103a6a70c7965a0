import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { canonicalJson } from '../lib/canonical-json.ts'

/**
 * Hex SHA-256 of a value's canonical JSON (RFC 8785): the hash of a payload and the name of a policy version.
 *
 * @throws TypeError when the value has no canonical form.
 */
export function hashJson(value: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(value))))
}
