import type { Json } from '../../lib/canonical-json.ts'
import { payloadHash } from '../../lib/hash.ts'
import type { Agent } from './schema.ts'

/** Who will work when an agent is put to work: bound by decision and approval, beside the agent's id and its input. */
export type AgentDefinition = {
  /** Not the instructions themselves: they are part of prompts, which may be kept out of the ledger. */
  instructions_sha256: string
  model_profile: Record<string, Json>
  allowed_tools: string[]
  sha256: string
}

/**
 * The hash covers what decides how an agent works and how it is treated: what it is told, who answers for it, what it may
 * call, which policies hold for it and the form of its answers. Name and description are words for people.
 */
export function describeDefinition(agent: Agent): AgentDefinition {
  const { id, instructions, model_profile, allowed_tools, default_policies, output_schema } = agent
  const bound = { id, instructions, model_profile, allowed_tools, default_policies, output_schema }
  return {
    instructions_sha256: payloadHash(instructions),
    model_profile: model_profile as Record<string, Json>,
    allowed_tools,
    sha256: payloadHash(bound),
  }
}

/** In what two definitions of an agent differ, as far as it can be told. */
export function describeChange(before: AgentDefinition | undefined, now: AgentDefinition): string {
  const differs = (member: 'instructions_sha256' | 'model_profile' | 'allowed_tools') =>
    before !== undefined && payloadHash(before[member]) !== payloadHash(now[member])
  const changed = [
    ...(differs('instructions_sha256') ? ['its instructions'] : []),
    ...(differs('model_profile') ? ['its model profile'] : []),
    ...(differs('allowed_tools') ? [`its tools, now ${now.allowed_tools.join(', ') || 'none'}`] : []),
  ]
  return changed.join(' and ') || 'its output schema or its policies'
}
