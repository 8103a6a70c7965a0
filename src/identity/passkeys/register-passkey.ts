import { randomUUID } from 'node:crypto'
import { passkeyRunOf } from '../../kernel/audit/audit-run.ts'
import { appendAudit } from '../../kernel/audit/record-audit.ts'
import type { Context } from '../../kernel/context.ts'
import { AppError, stateConflict } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { timestampAfter } from '../../lib/timestamp.ts'
import { requireUser } from '../authorize-access.ts'
import { ALGORITHMS } from './begin-registration.ts'
import { PASSKEY_COLUMNS, type PasskeyRow, presentPasskey } from './passkey-row.ts'
import type { RelyingParty } from './relying-party.ts'
import type { Passkey, PasskeyRegistration } from './schema.ts'

/**
 * Takes in a passkey that the browser made, and tells the ledger whose it is: that is what signatures of it are held
 * against. Trying spends the challenge, whatever comes of it.
 *
 * @throws AppError 409 PASSKEY_CHALLENGE_OVER, PASSKEY_TAKEN; 403 PASSKEY_REFUSED
 */
export async function registerPasskey(
  context: Context,
  party: RelyingParty,
  { name, credential: sent }: PasskeyRegistration,
): Promise<Passkey> {
  const { ledger, clock, principal } = context
  const { tenantId } = principal
  const userId = requireUser(principal)
  const challenge = await spendChallenge(context, userId)
  const { credential } = await verifyRegistration(party, challenge, sent)
  return ledger.transaction(tenantId, async (transaction) => {
    const now = clock.now()
    const [row] = await transaction.query<PasskeyRow>(
      `INSERT INTO webauthn_credentials (tenant_id, id, user_id, credential_id, public_key, counter, transports,
         relying_party_id, name, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT (tenant_id, credential_id) DO NOTHING RETURNING ${PASSKEY_COLUMNS}`,
      [
        tenantId,
        randomUUID(),
        userId,
        credential.id,
        Buffer.from(credential.publicKey),
        credential.counter,
        sent.response.transports ?? [],
        party.id,
        name,
        new Date(now).toISOString(),
      ],
    )
    if (!row)
      throw stateConflict('PASSKEY_TAKEN', 'this passkey is registered already', { path: 'credential' })
    await transaction.append(passkeyRunOf(credential.id), (head) => [
      {
        kind: 'passkey_registered',
        eventId: newId('evt'),
        occurredAt: timestampAfter(now, head.newestNs).iso,
        actor: principal.id,
        payload: {
          credential_id: credential.id,
          public_key: Buffer.from(credential.publicKey).toString('base64url'),
          owner: principal.id,
          relying_party_id: party.id,
          name,
        },
      },
    ])
    await appendAudit(transaction, context, {
      action: 'create',
      resourceType: 'passkey',
      resourceId: row.id,
      changes: { name, relying_party_id: party.id },
    })
    return presentPasskey(row)
  })
}

async function spendChallenge({ database, clock, principal }: Context, userId: string): Promise<string> {
  const [row] = await database.transaction(principal.tenantId, (transaction) =>
    transaction.query<{ challenge: string; expires_at: Date }>(
      'DELETE FROM webauthn_challenges WHERE tenant_id = $1 AND user_id = $2 RETURNING challenge, expires_at',
      [principal.tenantId, userId],
    ),
  )
  if (row && row.expires_at.getTime() > clock.now()) return row.challenge
  const message = 'expected a registration that was begun in the last five minutes: begin it again'
  throw stateConflict('PASSKEY_CHALLENGE_OVER', message, { path: 'credential' })
}

async function verifyRegistration(
  party: RelyingParty,
  challenge: string,
  response: PasskeyRegistration['credential'],
) {
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  try {
    await refuseAttestation(response.response.attestationObject)
    const { registrationInfo } = await verifyRegistrationResponse({
      response: response as Parameters<typeof verifyRegistrationResponse>[0]['response'],
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    })
    if (!registrationInfo) throw new Error('its attestation does not hold')
    return registrationInfo
  } catch (error) {
    const message = `expected a passkey made here for ${party.id}, with a PIN, a fingerprint or the like: ${(error as Error).message.slice(0, 300)}`
    const code = 'PASSKEY_REFUSED'
    throw new AppError({
      code,
      status: 403,
      message,
      details: [{ path: 'credential', message, type: 'forbidden', code }],
      cause: error,
    })
  }
}

/**
 * None was asked for. One with certificates would have their revocation looked up at an address that the certificates
 * name, and so at any address that the caller likes.
 */
async function refuseAttestation(attestationObject: string): Promise<void> {
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers')
  const decoded = decodeAttestationObject(Uint8Array.from(Buffer.from(attestationObject, 'base64url')))
  const isBare = decoded.get('fmt') === 'packed' && decoded.get('attStmt').get('x5c') === undefined
  if (decoded.get('fmt') !== 'none' && !isBare) throw new Error('it came with an attestation')
}
