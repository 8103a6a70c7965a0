import type { Context, Kernel } from '../../kernel/context.ts'
import { beginEffect } from '../../kernel/effects/begin-effect.ts'
import type { EffectRow } from '../../kernel/effects/effect-rows.ts'
import { type EffectOutcome, finishEffect } from '../../kernel/effects/finish-effect.ts'
import { SYSTEM_ACTOR } from '../../kernel/schema.ts'
import { readTokenPayload } from '../../kernel/tokens/read-token-payload.ts'
import { verifyToken } from '../../kernel/tokens/verify-token.ts'
import { crashPoint } from '../../lib/crash-point.ts'
import { payloadHash } from '../../lib/hash.ts'
import { parsePurchase, refuseDifference } from './bind-purchase.ts'
import type { ConnectorAnswer, PurchaseConnector } from './connector.ts'
import { type ExecutePurchaseInput, PURCHASE_ACTION } from './schema.ts'

/**
 * Makes the purchase that an execution token binds, once: the token is spent and the intent recorded before the
 * connector is asked, and what it said afterwards.
 *
 * @param authorization the `Authorization` header, which carries the execution token.
 */
export async function executePurchase(
  context: Context,
  connector: PurchaseConnector,
  authorization: string | undefined,
  input: ExecutePurchaseInput,
): Promise<EffectRow> {
  const { tenantId, id: actor } = context.principal
  const claims = await verifyToken(context, authorization, PURCHASE_ACTION)
  const purchase = parsePurchase(await readTokenPayload(context, claims))
  refuseDifference(purchase, input, { merchantMayBeNamed: false })

  const effect = await beginEffect(context, claims, purchase, payloadHash(purchase), connector.name)
  crashPoint(context.settings, 'effect-intended')
  const answer = await connector.perform({ tenantId, idempotencyKey: effect.effect_id, purchase })
  crashPoint(context.settings, 'effect-performed')
  return finishEffect(context, tenantId, actor, effect.effect_id, outcomeOf(answer))
}

/** What a connector's answer means for the record: what is not known is in doubt. */
export function outcomeOf(answer: ConnectorAnswer): EffectOutcome {
  switch (answer.outcome) {
    case 'done':
      return { status: 'completed', result: answer.result }
    case 'not-done':
      return { status: 'failed', error: answer.error }
    case 'unknown':
      return { status: 'in_doubt', reason: answer.reason }
  }
}

/**
 * Ends the effects that a process began and did not finish, e.g. because it was killed: the connector is asked what it
 * knows, never to do it again.
 *
 * @param before only effects intended before this moment: younger ones may still be at work, here or in another process.
 */
export async function recoverPurchases(
  kernel: Kernel,
  connectors: PurchaseConnector[],
  before: number,
): Promise<number> {
  const open = await kernel.database.statement<{ tenant_id: string; effect_id: string }>(
    'SELECT * FROM find_open_effects($1)',
    [new Date(before)],
  )
  for (const { tenant_id: tenantId, effect_id: effectId } of open) {
    // One that cannot be settled must not keep the others from it, nor the server from starting.
    await recoverPurchase(kernel, connectors, tenantId, effectId).catch((error) =>
      kernel.log.warn(
        { effect_id: effectId, error: (error as Error).message },
        'an open execution could not be settled',
      ),
    )
  }
  return open.length
}

async function recoverPurchase(
  kernel: Kernel,
  connectors: PurchaseConnector[],
  tenantId: string,
  effectId: string,
): Promise<void> {
  const [effect] = await kernel.database.transaction(tenantId, (session) =>
    session.query<Pick<EffectRow, 'connector' | 'payload' | 'status'>>(
      'SELECT connector, payload, status FROM effects WHERE tenant_id = $1 AND effect_id = $2',
      [tenantId, effectId],
    ),
  )
  if (effect?.status !== 'intended') return
  const connector = connectors.find(({ name }) => name === effect.connector)
  const answer: ConnectorAnswer = connector
    ? await connector.query({ tenantId, idempotencyKey: effectId, purchase: parsePurchase(effect.payload) })
    : { outcome: 'unknown', reason: `the connector '${effect.connector}' is not configured any more` }
  await finishEffect(kernel, tenantId, SYSTEM_ACTOR, effectId, outcomeOf(answer))
}
