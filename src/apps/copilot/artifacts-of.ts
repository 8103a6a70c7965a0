import type { FunctionCall, FunctionResult } from '../../engine/runs/perform-function.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { Artifacts, type TimelineEntry } from './schema.ts'

/** What a step of the pipeline answers: what it adds, and with null takes away, and one line for the timeline. */
export type StepAnswer = {
  /** `ask`, `stop`, `repair`, `ready` and `needs_input` lead elsewhere than on. */
  outcome?: string
  artifacts: { [Name in keyof Artifacts]?: Artifacts[Name] | null }
  /** What a human is to approve. */
  proposal?: Record<string, unknown>
  timeline?: Pick<TimelineEntry, 'title' | 'summary'> & { status?: string }
}

/** The artifacts of a run: what its steps left, one after the other. Each was parsed when its step answered. */
export function artifactsOf(outputs: FunctionCall['outputs'], stepNames: Record<string, string>): Artifacts {
  const all: Record<string, unknown> = {}
  const timeline: TimelineEntry[] = []
  for (const { nodeId, output } of outputs) {
    const step = stepNames[nodeId]
    if (step === undefined) continue
    const { artifacts, timeline: entry } = output as unknown as StepAnswer
    for (const [name, value] of Object.entries(artifacts)) {
      if (value === null) delete all[name]
      else all[name] = value
    }
    if (entry) {
      const { attempt } = all as { attempt?: number }
      timeline.push({ step, status: 'DONE', ...entry, ...(attempt !== undefined && { attempt }) })
    }
  }
  return { ...all, timeline } as Artifacts
}

export const toFunctionResult = ({ outcome, artifacts, proposal, timeline }: StepAnswer): FunctionResult => ({
  ...(outcome !== undefined && { outcome }),
  artifacts: plain({ ...artifacts, ...Artifacts.parse(withoutNulls(artifacts)) }),
  ...(proposal && { proposal: plain(proposal) }),
  ...(timeline && { timeline: { ...timeline } }),
})

const plain = (value: object): Json => JSON.parse(JSON.stringify(value))
const withoutNulls = (artifacts: StepAnswer['artifacts']) =>
  Object.fromEntries(Object.entries(artifacts).filter(([, value]) => value !== null))
