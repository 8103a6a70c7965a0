import { z } from 'zod'
import { ToolId } from '../tools/schema.ts'

const JsonObject = z.record(z.string(), z.json())

export const AgentId = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]*$/, 'expected letters, digits and . _ : / -')

export const ModelProfile = z.strictObject({
  provider: z.string().max(100).optional(),
  model: z.string().max(200).optional(),
  temperature: z.number().min(0).max(2).optional(),
  max_tokens: z.int().min(1).max(1_000_000).optional(),
})
export type ModelProfile = z.infer<typeof ModelProfile>

/** What creates or replaces an agent. */
export const AgentInput = z.strictObject({
  id: AgentId.optional(),
  name: z.string().trim().min(1).max(255),
  description: z.string().max(5000).nullable().default(null),
  instructions: z.string().trim().min(1).max(100_000),
  model_profile: ModelProfile.default({}),
  allowed_tools: z.array(ToolId).max(200).default([]),
  /** Policies of scope `agent` that hold for this agent as if they named it. */
  default_policies: z.array(z.string().min(1).max(256)).max(100).default([]),
  /** JSON Schema that its answers must fit. */
  output_schema: JsonObject.nullable().default(null),
})
export type AgentInput = z.infer<typeof AgentInput>

/** An agent as it is stored and shown. */
export const Agent = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  instructions: z.string(),
  model_profile: ModelProfile,
  allowed_tools: z.array(z.string()),
  default_policies: z.array(z.string()),
  output_schema: JsonObject.nullable(),
  logline_id: z.string().nullable(),
  active_contract_id: z.string().nullable(),
  total_runs: z.number(),
  successful_runs: z.number(),
  failed_runs: z.number(),
  avg_cost_per_run_cents: z.number().nullable().describe('null while no run with a known price was made'),
  created_at: z.string(),
  updated_at: z.string(),
})
export type Agent = z.infer<typeof Agent>
