import type { EffectRow } from '../kernel/effects/effect-rows.ts'

export function presentEffect(effect: EffectRow) {
  return {
    execution_id: effect.effect_id,
    status: effect.status,
    intended_at: effect.intended_at.toISOString(),
    finished_at: effect.finished_at?.toISOString() ?? null,
    result: (effect.result ?? null) as never,
  }
}
