import type { Principal } from '../../kernel/schema.ts'
import { AppError } from '../../lib/errors.ts'
import type { Session } from '../../store/database.ts'
import { requireUser } from '../authorize-access.ts'
import type { Identity } from '../context.ts'
import { PASSKEY_COLUMNS, type PasskeyRow } from './passkey-row.ts'
import type { RelyingParty } from './relying-party.ts'
import type { PasskeyAssertion } from './schema.ts'

export type PasskeyProof = {
  credentialId: string
  /** COSE_Key, base64url. */
  publicKey: string
  /** Moves the counter on, in the transaction of what was signed. Throws when it has moved meanwhile. */
  spend(session: Session): Promise<void>
}

/**
 * That a passkey of the signed-in user signed this challenge, on a page of ours, after a PIN, a fingerprint or the like.
 *
 * @throws AppError 403 PASSKEY_REFUSED, with why.
 */
export async function verifyPasskey(
  identity: Identity,
  principal: Principal,
  party: RelyingParty,
  challenge: string,
  assertion: PasskeyAssertion,
): Promise<PasskeyProof> {
  const { database, clock } = identity
  const { tenantId } = principal
  const userId = requireUser(principal)
  const [row] = await database.transaction(tenantId, (transaction) =>
    transaction.query<PasskeyRow>(
      `SELECT ${PASSKEY_COLUMNS} FROM webauthn_credentials WHERE tenant_id = $1 AND credential_id = $2 AND user_id = $3`,
      [tenantId, assertion.id, userId],
    ),
  )
  if (!row) throw passkeyRefused('no passkey of yours has this id')
  await verify(party, challenge, row, assertion)
  const counter = counterOf(assertion)
  return {
    credentialId: row.credential_id,
    publicKey: row.public_key.toString('base64url'),
    async spend(session) {
      const spent = await session.query(
        `UPDATE webauthn_credentials SET counter = $4, last_used_at = $5
         WHERE tenant_id = $1 AND id = $2 AND counter = $3 RETURNING id`,
        [tenantId, row.id, row.counter, counter, new Date(clock.now()).toISOString()],
      )
      if (spent.length === 0) throw passkeyRefused('it was used or removed at the same moment: try again')
    },
  }
}

async function verify(
  party: RelyingParty,
  challenge: string,
  row: PasskeyRow,
  assertion: PasskeyAssertion,
): Promise<void> {
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  try {
    const { verified } = await verifyAuthenticationResponse({
      response: assertion as Parameters<typeof verifyAuthenticationResponse>[0]['response'],
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      credential: {
        id: row.credential_id,
        publicKey: Uint8Array.from(row.public_key),
        counter: row.counter,
      },
    })
    if (!verified) throw new Error('its signature does not hold')
  } catch (error) {
    throw passkeyRefused((error as Error).message.slice(0, 300), error)
  }
}

/** Four bytes after the hash of the relying party and the flags (WebAuthn §6.1). */
const counterOf = ({ response }: PasskeyAssertion): number =>
  Buffer.from(response.authenticatorData, 'base64url').readUInt32BE(33)

/** Not 401: the session is good, and a client must not take it for over. */
function passkeyRefused(why: string, cause?: unknown): AppError {
  const code = 'PASSKEY_REFUSED'
  const message = `expected a passkey of yours that signs what is approved here: ${why}; nothing was approved`
  return new AppError({
    code,
    status: 403,
    message,
    details: [{ path: 'fresh_authentication.assertion', message, type: 'forbidden', code }],
    cause,
  })
}
