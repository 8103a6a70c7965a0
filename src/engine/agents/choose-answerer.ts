import { chooseModel, type ModelChoice } from '../models/choose-model.ts'
import type { Segment } from '../runs/segment.ts'
import type { ModelProfile } from './schema.ts'

/** Who answers for an agent: a model, one whose answers are kept, or what was kept of one. */
export function chooseAnswerer({ engine, recording }: Segment, profile: ModelProfile): ModelChoice {
  if (engine.recordings?.mode === 'replay' && recording) {
    const provider = profile.provider ?? 'recorded'
    const modelId = profile.model ?? 'recorded'
    return {
      model: recording.replay({ provider, modelId }),
      provider,
      modelId,
      requested: { provider: profile.provider ?? null, model: profile.model ?? null },
      substituted: false,
    }
  }
  const choice = chooseModel(engine.models, profile)
  return recording ? { ...choice, model: recording.record(choice.model) } : choice
}
