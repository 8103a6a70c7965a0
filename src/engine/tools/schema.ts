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

/** Side effects that only read: a tool that declares others, or a high risk, is not called in draft mode. */
export const READING_SIDE_EFFECTS = ['database_read', 'memory_read', 'network_read'] as const

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
