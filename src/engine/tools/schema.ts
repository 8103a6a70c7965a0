import { z } from 'zod'

export const RISK_LEVELS = ['low', 'medium', 'high'] as const
export const HANDLER_TYPES = ['builtin', 'http', 'code', 'remote', 'mcp'] as const

/**
 * What is done after a crash about a call that was begun and has no result. `retry_with_key`: the tool honours the
 * idempotency key, so it is called again; `query`: it is asked what became of the key; `ask_human`: a person says.
 */
export const RECOVERIES = ['retry_with_key', 'query', 'ask_human'] as const

const JsonObject = z.record(z.string(), z.json())

/** Names that the seeds spell with a leading `tool.`; both spellings mean the same tool. */
export const ToolId = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]*$/, 'expected letters, digits and . _ : / -')
  .transform((id) => id.replace(/^tool\./, ''))

/** Side effects that only read. */
export const READING_SIDE_EFFECTS = ['database_read', 'network_read', 'file_read', 'memory_read'] as const

/** A tool as it is stored and shown. */
export const Tool = z.object({
  id: ToolId,
  name: z.string(),
  description: z.string().nullable(),
  /** JSON Schema, draft 2020-12. */
  input_schema: JsonObject,
  output_schema: JsonObject.nullable(),
  handler_type: z.enum(HANDLER_TYPES),
  handler_config: JsonObject,
  risk_level: z.enum(RISK_LEVELS),
  side_effects: z.array(z.string()),
  recovery: z.enum(RECOVERIES),
  timeout_ms: z.number().int(),
  created_at: z.string(),
  updated_at: z.string(),
})
export type Tool = z.infer<typeof Tool>

/** What creates or replaces a tool. */
export const ToolInput = z.strictObject({
  id: ToolId,
  name: z.string().trim().min(1).max(255),
  description: z.string().max(5000).nullable().default(null),
  input_schema: JsonObject.default({ type: 'object' }),
  output_schema: JsonObject.nullable().default(null),
  handler_type: z.enum(HANDLER_TYPES).default('builtin'),
  handler_config: JsonObject.nullish().transform((config) => config ?? {}),
  risk_level: z.enum(RISK_LEVELS).default('low'),
  side_effects: z.array(z.string().min(1).max(100)).max(50).default([]),
  /** Without it a human is asked after a crash: nothing is repeated that might have happened. */
  recovery: z.enum(RECOVERIES).default('ask_human'),
  timeout_ms: z.int().min(1).max(3_600_000).default(30_000),
})
export type ToolInput = z.infer<typeof ToolInput>
