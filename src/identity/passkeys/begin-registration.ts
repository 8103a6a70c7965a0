import { randomBytes } from 'node:crypto'
import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server'
import type { Principal } from '../../kernel/schema.ts'
import { checkPassword } from '../check-password.ts'
import type { Identity } from '../context.ts'
import { readUser } from '../read-user.ts'
import { listPasskeys } from './list-passkeys.ts'
import type { RelyingParty } from './relying-party.ts'

const CHALLENGE_MS = 5 * 60_000

/** COSE: ES256, EdDSA, RS256, in the order of preference. What the portable verifier can check, and nothing else. */
export const ALGORITHMS = [-7, -8, -257]

/**
 * What the browser needs to make a passkey, for somebody who has just shown their password. The challenge is good for
 * five minutes and one registration, and takes the place of one that was begun before.
 *
 * @throws AppError 403 WRONG_PASSWORD
 */
export async function beginRegistration(
  identity: Identity,
  principal: Principal,
  party: RelyingParty,
  password: string,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { database, clock } = identity
  await checkPassword(identity, principal, password, 'password')
  const user = await readUser(identity, principal)
  const known = await listPasskeys(identity, principal)
  const { generateRegistrationOptions } = await import('@simplewebauthn/server')
  const options = await generateRegistrationOptions({
    rpName: 'Countersign',
    rpID: party.id,
    userID: new TextEncoder().encode(user.id),
    userName: user.email,
    userDisplayName: user.name,
    challenge: Uint8Array.from(randomBytes(32)),
    timeout: CHALLENGE_MS,
    attestationType: 'none',
    excludeCredentials: known.map(({ credential_id, transports }) => ({ id: credential_id, transports })),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
  })
  const expiresAt = new Date(clock.now() + CHALLENGE_MS).toISOString()
  await database.transaction(principal.tenantId, (transaction) =>
    transaction.query(
      `INSERT INTO webauthn_challenges (tenant_id, user_id, challenge, expires_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant_id, user_id) DO UPDATE SET challenge = EXCLUDED.challenge, expires_at = EXCLUDED.expires_at`,
      [principal.tenantId, user.id, options.challenge, expiresAt],
    ),
  )
  return options
}
