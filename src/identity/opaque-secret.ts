import { randomBytes } from 'node:crypto'
import { sha256 } from '../lib/hash.ts'

/** API key, refresh token, invitation. */
type SecretPrefix = 'csk' | 'csr' | 'csi'

/** A secret of 256 random bits, with its kind in front so that secret scanners and people recognise it. */
export function newOpaqueSecret(prefix: SecretPrefix): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`
}

/** Whether a text has the form of such a secret, which spares the database a look-up of anything else. */
export function isOpaqueSecret(prefix: SecretPrefix, text: string): boolean {
  return text.startsWith(`${prefix}_`) && /^[A-Za-z0-9_-]{43}$/.test(text.slice(prefix.length + 1))
}

/** What is stored of it. 256 random bits cannot be guessed, so a fast hash is as good as a slow one. */
export function hashOpaqueSecret(secret: string): string {
  return sha256(secret).toString('hex')
}
