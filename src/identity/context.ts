import type { Ledger } from '../kernel/ledger/ledger.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Database } from '../store/database.ts'
import type { VerifiedTokens } from './access-token.ts'
import { type CredentialReaders, createCredentialReaders } from './credential-readers.ts'
import { createPasswordHashing, type PasswordHashing } from './password-hashing.ts'

/** What the identity functions are handed. Built once; nothing is global. */
export type Identity = {
  database: Database
  /** Where changes are entered in the audit log. */
  ledger: Ledger
  clock: Clock
  passwords: PasswordHashing
  credentials: CredentialReaders
  verifiedTokens: VerifiedTokens
  settings: IdentitySettings
}

export type IdentitySettings = {
  /** The HS256 key of access tokens, at least 32 bytes (RFC 7518 §3.2). */
  authSecret: Uint8Array
  /** The key of the checksums in LogLine IDs. */
  loglinePepper: string
  /** The name of this installation in access tokens (`iss`). */
  issuer: string
  accessTokenTtlSeconds: number
  /** Counted from sign-in: refreshing does not extend it. */
  sessionTtlSeconds: number
}

const MIN_SECRET_BYTES = 32
const DEFAULTS = { accessTokenTtlSeconds: 900, sessionTtlSeconds: 7 * 24 * 3600 }

type GivenSettings = Pick<IdentitySettings, 'authSecret' | 'issuer' | 'loglinePepper'> &
  Partial<typeof DEFAULTS>

export function createIdentity(
  { database, ledger, clock }: Pick<Identity, 'database' | 'ledger' | 'clock'>,
  settings: GivenSettings,
  passwords: PasswordHashing = createPasswordHashing(),
): Identity {
  if (settings.authSecret.byteLength < MIN_SECRET_BYTES) {
    throw new AppError({
      code: 'AUTH_SECRET_TOO_SHORT',
      status: 500,
      message: `expected an authentication secret of at least ${MIN_SECRET_BYTES} bytes, got ${settings.authSecret.byteLength}: give 32 random bytes or more`,
    })
  }
  return {
    database,
    ledger,
    clock,
    passwords,
    credentials: createCredentialReaders(database),
    verifiedTokens: new Map(),
    settings: { ...DEFAULTS, ...settings },
  }
}
