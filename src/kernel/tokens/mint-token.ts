import { crashPoint } from '../../lib/crash-point.ts'
import { stateConflict } from '../../lib/errors.ts'
import { payloadHash } from '../../lib/hash.ts'
import { newId } from '../../lib/ids.ts'
import { timestampAfter } from '../../lib/timestamp.ts'
import type { Context } from '../context.ts'
import { checkDecision } from './check-decision.ts'
import type { ExecutionClaims } from './schema.ts'
import { audienceOf, TOKEN_TYPE } from './verify-token.ts'

export type MintedToken = {
  decisionId: string
  action: string
  token: string
  expiresAt: string
  payloadSha256: string
}

/**
 * Mints a single-use token for a decision that may run. An approved decision may be minted again while it has not run
 * (its token may have expired unused); one that policy allowed without a human is minted once.
 *
 * @param bindPayload completes the authorized payload with what the caller may still name, or throws when it changes it.
 */
export async function mintToken(
  context: Context,
  decisionId: string,
  bindPayload: (authorized: Record<string, unknown>) => Record<string, unknown>,
): Promise<MintedToken> {
  const { ledger, clock, principal, settings, tokenKeys } = context
  const { tenantId } = principal
  const claims = await ledger.transaction(tenantId, async (transaction) => {
    // One mint of a decision at a time, or two callers would each find no earlier token.
    await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `mint ${tenantId} ${decisionId}`,
    ])
    const policySet = await context.policySets.hold(transaction, tenantId)
    const decision = await checkDecision(context, transaction, policySet, decisionId)
    if (!decision.approved) await refuseSecondMint(transaction, tenantId, decisionId)
    const payload = bindPayload(decision.payload)
    const issued = Math.floor(clock.now() / 1000)
    const minted: ExecutionClaims = {
      iss: settings.installation,
      aud: audienceOf(decision.action),
      jti: newId('jti'),
      iat: issued,
      nbf: issued,
      exp: issued + settings.executionTokenTtlSeconds,
      decision_id: decisionId,
      act: decision.action,
      payload_sha256: payloadHash(payload),
      policy_sha256: decision.policySha256,
      tenant: tenantId,
    }
    const expiresAt = new Date(minted.exp * 1000).toISOString()
    await transaction.query(
      `INSERT INTO execution_tokens (tenant_id, jti, decision_id, run_id, action, payload, payload_sha256, policy_sha256, issued_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        tenantId,
        minted.jti,
        decisionId,
        decision.runId,
        decision.action,
        JSON.stringify(payload),
        minted.payload_sha256,
        minted.policy_sha256,
        new Date(minted.iat * 1000),
        expiresAt,
      ],
    )
    await transaction.append(decision.runId, (head) => [
      {
        kind: 'execution_token_minted',
        eventId: newId('evt'),
        occurredAt: timestampAfter(clock.now(), head.newestNs).iso,
        actor: principal.id,
        payload: {
          decision_id: decisionId,
          jti: minted.jti,
          action: decision.action,
          payload: payload as Record<string, never>,
          payload_sha256: minted.payload_sha256,
          policy_sha256: minted.policy_sha256,
          expires_at: expiresAt,
        },
      },
    ])
    return minted
  })
  crashPoint(settings, 'token-minted')
  return {
    decisionId,
    action: claims.act,
    token: await tokenKeys.sign({ typ: TOKEN_TYPE }, claims),
    expiresAt: new Date(claims.exp * 1000).toISOString().replace('.000Z', 'Z'),
    payloadSha256: claims.payload_sha256,
  }
}

async function refuseSecondMint(
  transaction: { query: (text: string, values: unknown[]) => Promise<unknown[]> },
  tenantId: string,
  decisionId: string,
): Promise<void> {
  const earlier = await transaction.query(
    'SELECT 1 FROM execution_tokens WHERE tenant_id = $1 AND decision_id = $2 LIMIT 1',
    [tenantId, decisionId],
  )
  if (earlier.length === 0) return
  const message = `Decision '${decisionId}' was allowed without an approval and its one token was minted already; use a new request_id`
  throw stateConflict('EXECUTION_TOKEN_ALREADY_MINTED', message, { path: 'decision_id' })
}
