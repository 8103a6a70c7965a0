import type { Json } from '../../lib/canonical-json.ts'
import { newId } from '../../lib/ids.ts'
import { timestampAfter } from '../../lib/timestamp.ts'
import type { Context } from '../context.ts'
import { checkDecision } from '../tokens/check-decision.ts'
import type { ExecutionClaims } from '../tokens/schema.ts'
import { decisionExecuted, tokenRefused } from '../tokens/token-errors.ts'
import { type EffectRow, insertEffect, readEffectOfDecision } from './effect-rows.ts'

/**
 * Spends a token and records the intent of its effect, in one transaction: from here on the effect may have happened.
 * One conditional UPDATE decides who redeems; a decision has one effect, whatever tokens were minted for it.
 *
 * @throws AppError 403 EXECUTION_TOKEN_INVALID | EXPIRED | REPLAYED, EXECUTION_PAYLOAD_MISMATCH; 409 when the decision
 * has run or may not run any more.
 */
export async function beginEffect(
  context: Context,
  claims: ExecutionClaims,
  payload: Record<string, Json>,
  payloadSha256: string,
  connector: string,
): Promise<EffectRow> {
  const { ledger, clock, principal, settings } = context
  const { tenantId } = principal
  if (payloadSha256 !== claims.payload_sha256) {
    throw tokenRefused(
      'EXECUTION_PAYLOAD_MISMATCH',
      'The payload differs from the one that the execution token was minted for',
    )
  }
  return ledger.transaction(tenantId, async (transaction) => {
    const now = new Date(clock.now())
    const [token] = await transaction.query<{ run_id: string }>(
      `UPDATE execution_tokens SET spent_at = $3
       WHERE tenant_id = $1 AND jti = $2 AND spent_at IS NULL AND expires_at > $3 AND payload_sha256 = $4
       RETURNING run_id`,
      [tenantId, claims.jti, now, payloadSha256],
    )
    if (!token) throw await refusal(transaction, tenantId, claims, now)
    const policySet = await context.policySets.hold(transaction, tenantId)
    await checkDecision(context, transaction, policySet, claims.decision_id)
    const effect: EffectRow = {
      effect_id: newId('exec'),
      decision_id: claims.decision_id,
      jti: claims.jti,
      run_id: token.run_id,
      action: claims.act,
      connector,
      payload,
      payload_sha256: payloadSha256,
      status: 'intended',
      owner: settings.processId,
      result: null,
      intended_at: now,
      finished_at: null,
    }
    if (!(await insertEffect(transaction, tenantId, effect))) {
      const earlier = await readEffectOfDecision(transaction, tenantId, claims.decision_id)
      throw decisionExecuted(claims.decision_id, earlier?.effect_id ?? 'unknown')
    }
    await transaction.append(token.run_id, (head) => [
      {
        kind: 'effect_intended',
        eventId: newId('evt'),
        occurredAt: timestampAfter(clock.now(), head.newestNs).iso,
        actor: principal.id,
        payload: {
          effect_id: effect.effect_id,
          decision_id: effect.decision_id,
          action: effect.action,
          jti: effect.jti,
          connector,
          payload,
          payload_sha256: payloadSha256,
        },
      },
    ])
    return effect
  })
}

type Query = { query<R extends Record<string, unknown>>(text: string, values: unknown[]): Promise<R[]> }

/** Why the conditional UPDATE found nothing. */
async function refusal(transaction: Query, tenantId: string, claims: ExecutionClaims, now: Date) {
  const [row] = await transaction.query<{ spent_at: Date | null; expires_at: Date }>(
    'SELECT spent_at, expires_at FROM execution_tokens WHERE tenant_id = $1 AND jti = $2',
    [tenantId, claims.jti],
  )
  if (!row) return tokenRefused('EXECUTION_TOKEN_INVALID', 'Execution token is invalid')
  if (row.spent_at) return tokenRefused('EXECUTION_TOKEN_REPLAYED', 'Execution token has already been used')
  if (row.expires_at <= now) return tokenRefused('EXECUTION_TOKEN_EXPIRED', 'Execution token is expired')
  return tokenRefused(
    'EXECUTION_PAYLOAD_MISMATCH',
    'The payload differs from the one that the execution token was minted for',
  )
}
