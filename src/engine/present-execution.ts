import type { EffectRow } from '../kernel/effects/effect-rows.ts'
import type { MintedToken } from '../kernel/tokens/mint-token.ts'
import { PURCHASE_ACTION } from './purchase/schema.ts'

/** What executions look like from outside, over HTTP and MCP alike. */
export function presentEffect(effect: EffectRow) {
  return {
    execution_id: effect.effect_id,
    status: effect.status,
    intended_at: effect.intended_at.toISOString(),
    finished_at: effect.finished_at?.toISOString() ?? null,
    result: effect.result,
  }
}

/** The same with what was executed. */
export function presentExecution(effect: EffectRow) {
  return {
    ...presentEffect(effect),
    decision_id: effect.decision_id,
    run_id: effect.run_id,
    action: effect.action,
    connector: effect.connector,
    payload: effect.payload,
    payload_sha256: effect.payload_sha256,
  }
}

export function presentMinted(minted: MintedToken) {
  return {
    decision_id: minted.decisionId,
    action: minted.action,
    execution_token: minted.token,
    expires_at: minted.expiresAt,
    payload_sha256: minted.payloadSha256,
  }
}

/** What the executor answers once it has an outcome, be it that nobody knows. */
export function presentExecuted(effect: EffectRow) {
  const status = effect.status as Exclude<typeof effect.status, 'intended'>
  return {
    status: status === 'completed' ? ('executed' as const) : status,
    action: PURCHASE_ACTION as typeof PURCHASE_ACTION,
    decision_id: effect.decision_id,
    execution_id: effect.effect_id,
    executed_at: effect.finished_at?.toISOString() ?? null,
    run_id: effect.run_id,
    result: effect.result,
  }
}
