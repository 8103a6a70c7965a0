import type { FastifyRequest } from 'fastify'
import { checkPassword } from '../identity/check-password.ts'
import { relyingPartyOf } from '../identity/passkeys/relying-party.ts'
import type { FreshAuthenticationInput } from '../identity/passkeys/schema.ts'
import { verifyPasskey } from '../identity/passkeys/verify-passkey.ts'
import type { GateTarget } from '../kernel/approvals/find-gate.ts'
import {
  type FreshAuthentication,
  type FreshDemand,
  freshAuthenticationMissing,
  isAsStrong,
  readFreshDemand,
} from '../kernel/approvals/fresh-authentication.ts'
import { contextFor } from './authenticate.ts'
import type { HttpContext } from './http-context.ts'
import { proveAnew } from './prove-anew.ts'

export const partyOf = (request: FastifyRequest, { publicUrl }: HttpContext) =>
  relyingPartyOf(publicUrl, `${request.protocol}://${request.headers.host}`)

type Answer = {
  decision: 'approved' | 'rejected'
  fresh_authentication?: FreshAuthenticationInput | null | undefined
}

/**
 * Checks the proof that came with an answer, where policy asks for one: in this request, before anything is locked. What
 * was wrong is entered in the audit log and nowhere else.
 *
 * @throws AppError 403 WRONG_PASSWORD, PASSKEY_REFUSED; 429 RATE_LIMITED.
 */
export async function authenticateFreshly(
  request: FastifyRequest,
  http: HttpContext,
  target: GateTarget,
  { decision, fresh_authentication: sent }: Answer,
): Promise<FreshAuthentication | null> {
  const context = contextFor(request, http)
  if (!sent || decision !== 'approved' || context.principal.kind !== 'user') return null
  const demand = await readFreshDemand(context, target)
  if (!demand) return null
  if (!isAsStrong(sent.method, demand.method)) throw freshAuthenticationMissing(demand.method, sent.method)
  const about = { resourceType: 'approval', resourceId: demand.decisionId }
  return proveAnew(request, { http, method: sent.method, about }, () =>
    proveWith(request, http, demand, sent),
  )
}

async function proveWith(
  request: FastifyRequest,
  http: HttpContext,
  { decisionId, payloadSha256, challenge }: FreshDemand,
  sent: FreshAuthenticationInput,
): Promise<FreshAuthentication> {
  const { identity, kernel } = http
  const principal = request.principal!
  const at = new Date(kernel.clock.now()).toISOString()
  if (sent.method === 'password') {
    await checkPassword(identity, principal, sent.password, 'fresh_authentication.password')
    const record = { method: 'password' as const, at }
    return { decisionId, payloadSha256, record, spend: async () => {} }
  }
  if (challenge === null) throw new TypeError('policy asks about payloads, and this approval has none')
  const party = partyOf(request, http)
  const { assertion } = sent
  const proof = await verifyPasskey(identity, principal, party, challenge, assertion)
  return {
    decisionId,
    payloadSha256,
    spend: proof.spend,
    record: {
      method: 'passkey',
      at,
      credential_id: proof.credentialId,
      public_key: proof.publicKey,
      client_data_json: assertion.response.clientDataJSON,
      authenticator_data: assertion.response.authenticatorData,
      signature: assertion.response.signature,
      origin: party.origin,
      relying_party_id: party.id,
    },
  }
}
