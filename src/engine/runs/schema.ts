import { z } from 'zod'
import { RunMode, Waiting } from '../../kernel/ledger/schema.ts'

export { RunMode }

export const RunState = z.enum(['running', 'paused', 'completed', 'failed', 'cancelled'])
export type RunState = z.infer<typeof RunState>

const limit = z.int().min(0).max(2_147_483_647).nullish()

/** What starts a run. */
export const RunInput = z.strictObject({
  input: z.json().default({}),
  mode: RunMode.default('draft'),
  cost_limit_cents: limit.describe('0 means that nothing may be spent'),
  llm_calls_limit: limit.describe('so many model calls may be made; 0 means none'),
  latency_slo_ms: z
    .int()
    .min(1)
    .max(2_147_483_647)
    .nullish()
    .describe('time at work; waiting for a human does not count'),
})
export type RunInput = z.infer<typeof RunInput>

export const ResumeInput = z.strictObject({
  approval_input: z
    .looseObject({ approved: z.boolean(), reason: z.string().max(5000).optional() })
    // The other members stand in the event of the answer: a password must not get there.
    .refine((input) => !('fresh_authentication' in input), {
      path: ['fresh_authentication'],
      message: 'what needs this is answered at /v1/approvals/decisions/{decision_id}',
    })
    .optional()
    .describe('the answer to the gate; `approved: false` ends the run'),
})

export const ForkInput = z.strictObject({
  from_step: z.string().min(1).max(300).describe('the step that is done anew, by step id or node id'),
  input: z.json().optional(),
})

/** What the program tells its own runs, nobody else can tell them. */
const OWN_EVENTS = 'copilot.'

export const RunEventInput = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(128)
    .regex(/^[A-Za-z0-9_.-]+$/, 'expected letters, digits and _ . -')
    .refine((name) => !name.startsWith(OWN_EVENTS), {
      message: `expected a name that does not begin with '${OWN_EVENTS}': those are the program's own`,
    }),
  payload: z.json().default(null),
})

const timestamp = z.string().describe('ISO 8601 in UTC')

/** A run as it is shown. */
export const Run = z.object({
  id: z.string(),
  workflow_id: z.string(),
  workflow_version: z.string(),
  definition_sha256: z.string(),
  status: RunState,
  mode: RunMode,
  input: z.json(),
  result: z.json().nullable(),
  error: z.object({ error: z.string(), error_type: z.string(), node_id: z.string().nullable() }).nullable(),
  waiting: Waiting.nullable().describe('what a paused run waits for'),
  app_id: z.string().nullable(),
  app_action_id: z.string().nullable(),
  user_id: z.string(),
  tenant_id: z.string(),
  parent_run_id: z.string().nullable(),
  forked_from: z.string().nullable(),
  cost_limit_cents: z.number().nullable(),
  llm_calls_limit: z.number().nullable(),
  latency_slo_ms: z.number().nullable(),
  cost_cents: z.number().nullable().describe('null when the price of some call is not known'),
  llm_calls: z.number(),
  created_at: timestamp,
  updated_at: timestamp,
  finished_at: timestamp.nullable(),
})
export type Run = z.infer<typeof Run>

export const RunStep = z.object({
  id: z.string(),
  run_id: z.string(),
  node_id: z.string(),
  type: z.string().describe('static, tool, agent, router, human_gate, wait or subgraph'),
  status: z.enum(['pending', 'running', 'completed', 'failed', 'skipped']),
  input: z.json().nullable(),
  output: z.json().nullable(),
  error: z.string().nullable(),
  attempt: z.number(),
  reused: z.boolean().describe('taken over from the run this one was forked from'),
  in_doubt: z.boolean().describe('a call was begun and has no result'),
  waiting_for: z.string().nullable(),
  child_run_ids: z.array(z.string()),
  started_at: timestamp,
  finished_at: timestamp.nullable(),
})
export type RunStep = z.infer<typeof RunStep>

/** An event in the vocabulary of runs. */
export const RunEvent = z.object({
  id: z.string(),
  run_id: z.string(),
  step_id: z.string().nullable(),
  node_id: z.string().nullable(),
  kind: z.string(),
  payload: z.record(z.string(), z.json()),
  ts: timestamp,
  seq: z.number(),
  actor: z.string(),
})
export type RunEvent = z.infer<typeof RunEvent>
