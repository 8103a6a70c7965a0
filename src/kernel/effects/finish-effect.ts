import type { Json } from '../../lib/canonical-json.ts'
import { crashPoint } from '../../lib/crash-point.ts'
import { notFound, stateConflict } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { timestampAfter } from '../../lib/timestamp.ts'
import type { Kernel } from '../context.ts'
import type { NewEvent } from '../ledger/seal-event.ts'
import { type EffectRow, lockEffect, setEffectStatus } from './effect-rows.ts'

/** How an effect ended, as far as anybody knows. */
export type EffectOutcome =
  | { status: 'completed'; result: Record<string, unknown> }
  | { status: 'failed'; error: string }
  | { status: 'in_doubt'; reason: string }

/**
 * Records what became of an effect. An open effect takes any outcome of its connector; one in doubt can still become
 * completed or failed; one that is over stays as it is.
 *
 * @param settledReason given where a person says it, who can say it of what is in doubt alone: what is under way is
 * still the connector's to tell.
 * @throws AppError 404 EFFECT_NOT_FOUND, 409 EFFECT_ALREADY_FINISHED, EFFECT_UNDER_WAY.
 */
export async function finishEffect(
  kernel: Kernel,
  tenantId: string,
  actor: string,
  effectId: string,
  outcome: EffectOutcome,
  settledReason: string | null = null,
): Promise<EffectRow> {
  const { ledger, clock, settings } = kernel
  const finished = await ledger.transaction(tenantId, async (transaction) => {
    const effect = await lockEffect(transaction, tenantId, effectId)
    if (!effect)
      throw notFound(
        'EFFECT_NOT_FOUND',
        'Execution not found',
        'execution_id',
        `Execution '${effectId}' was not found`,
      )
    if (settledReason !== null && effect.status === 'intended') {
      const message = `Execution '${effectId}' is still under way; it can be settled once it is in doubt`
      throw stateConflict('EFFECT_UNDER_WAY', message, { path: 'execution_id' })
    }
    const open =
      effect.status === 'intended' || (effect.status === 'in_doubt' && outcome.status !== 'in_doubt')
    if (!open) {
      const message = `Execution '${effectId}' is ${effect.status} already`
      throw stateConflict('EFFECT_ALREADY_FINISHED', message, { path: 'execution_id' })
    }
    const finishedAt = outcome.status === 'in_doubt' ? null : new Date(clock.now())
    await transaction.append(effect.run_id, (head) => [
      {
        ...outcomeContent(effect, outcome, settledReason),
        eventId: newId('evt'),
        occurredAt: timestampAfter(clock.now(), head.newestNs).iso,
        actor,
      } as NewEvent,
    ])
    const result =
      outcome.status === 'completed'
        ? (outcome.result as Record<string, Json>)
        : outcome.status === 'failed'
          ? { error: outcome.error }
          : { reason: outcome.reason }
    await setEffectStatus(transaction, tenantId, effectId, outcome.status, result, finishedAt)
    return { ...effect, status: outcome.status, result, finished_at: finishedAt }
  })
  crashPoint(settings, 'effect-finished')
  return finished
}

function outcomeContent(effect: EffectRow, outcome: EffectOutcome, settledReason: string | null) {
  const { effect_id, decision_id, action } = effect
  const named = { effect_id, decision_id, action }
  switch (outcome.status) {
    case 'completed':
      return {
        kind: 'effect_completed',
        payload: { ...named, result: outcome.result, settled_reason: settledReason },
      }
    case 'failed':
      return {
        kind: 'effect_failed',
        payload: { ...named, error: outcome.error, settled_reason: settledReason },
      }
    case 'in_doubt':
      return { kind: 'effect_in_doubt', payload: { ...named, reason: outcome.reason } }
  }
}
