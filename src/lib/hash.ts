import { createHash, hash, timingSafeEqual } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'

/** SHA-256 (FIPS 180-4) as 32 bytes. */
export function sha256(...parts: (string | Uint8Array)[]): Buffer {
  if (parts.length === 1) return hash('sha256', parts[0]!, 'buffer')
  const digest = createHash('sha256')
  for (const part of parts) digest.update(part)
  return digest.digest()
}

/** The hash that binds a payload: hex SHA-256 of its canonical JSON (RFC 8785). Shown, approved and executed share it. */
export function payloadHash(payload: unknown): string {
  return sha256(canonicalJson(payload)).toString('hex')
}

/** Compares two secrets in constant time; unequal lengths are unequal. */
export function equalSecrets(left: string, right: string): boolean {
  return timingSafeEqual(sha256(left), sha256(right))
}
