import { z } from 'zod'
import { Principal } from '../schema.ts'
import { JsonValue } from './json-value.ts'
import { RunLimits, RunMode, Waiting } from './schema.ts'

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/)
const cents = z.number().nonnegative()

const step = { step_id: z.string(), node_id: z.string() }

/** Every segment of a run begins with an event that carries the next epoch: who still holds an older one is fenced off. */
const epoch = z.int().min(1)

/** What each kind of event of a workflow's run carries. */
export const RunEventPayload = {
  run_started: z.strictObject({
    workflow_id: z.string(),
    workflow_name: z.string(),
    workflow_version: z.string(),
    definition_sha256: sha256Hex,
    input: JsonValue,
    mode: RunMode,
    limits: RunLimits,
    /** Whom the run acts for, as the credential said; what it may do is asked anew each time. */
    started_by: Principal.omit({ tenantId: true }),
    app_id: z.string().nullable(),
    app_action_id: z.string().nullable(),
    parent: z.strictObject({ run_id: z.string(), step_id: z.string() }).nullable(),
    forked_from: z.strictObject({ run_id: z.string(), from_step: z.string() }).nullable(),
    /** The trace of whoever asked (W3C Trace Context), where it was sent. */
    traceparent: z.string().optional(),
    epoch,
  }),
  run_paused: Waiting,
  run_resumed: z.strictObject({
    cause: z.enum(['approval', 'time', 'event', 'run', 'recovery', 'retry']),
    by: z.string(),
    approval_input: JsonValue.nullable(),
    epoch,
  }),
  /** A policy tightened the run while it was under way: never the other way round. */
  run_modified: z.strictObject({ mode: RunMode, limits: RunLimits, decision_id: z.string() }),
  run_completed: z.strictObject({ result: JsonValue }),
  run_failed: z.strictObject({ error: z.string(), error_type: z.string(), node_id: z.string().nullable() }),
  run_cancelled: z.strictObject({ by: z.string(), reason: z.string().nullable() }),
  step_started: z.strictObject({ ...step, node_type: z.string(), input: JsonValue, attempt: z.int().min(1) }),
  step_completed: z.strictObject({
    ...step,
    output: JsonValue,
    /** When its first attempt began. Absent from events of the time before it was written here, and from what was taken over. */
    started_at: z.string().optional(),
    /** True when the output was taken over from the run this one was forked from. */
    reused: z.boolean(),
    /** What a human had said at it there. */
    approval: JsonValue.optional(),
  }),
  step_failed: z.strictObject({
    ...step,
    attempt: z.int().min(1),
    error: z.string(),
    error_type: z.string(),
    /** When the next attempt begins; null when there is none. */
    retry_at: z.string().nullable(),
  }),
  /** A tool is about to be called: from here on it may have happened. */
  tool_call_intended: z.strictObject({
    ...step,
    call_id: z.string(),
    tool_id: z.string(),
    input: JsonValue,
    input_sha256: sha256Hex,
    idempotency_key: z.string(),
    attempt: z.int().min(1),
    decision_id: z.string(),
    /** What is called, as it was decided about. Absent from intents of the time before it was bound. */
    definition: z
      .strictObject({ handler_type: z.string(), target: z.string(), sha256: sha256Hex })
      .optional(),
  }),
  tool_call: z.strictObject({
    ...step,
    call_id: z.string(),
    tool_id: z.string(),
    input: JsonValue,
    output: JsonValue,
    /** Null when it succeeded. */
    error: z.string().nullable(),
    error_type: z.string().nullable(),
    /** `unknown`: it may or may not have happened. `preview`: draft mode showed what it would do. */
    outcome: z.enum(['done', 'failed', 'unknown', 'preview']),
    /** Whether another attempt may succeed. */
    retryable: z.boolean(),
    duration_ms: z.number(),
    remote: z.boolean(),
  }),
  /** What a function of the program asked outside, and what came back: it changes nothing there. */
  outside_read: z.strictObject({
    ...step,
    name: z.string(),
    request: JsonValue,
    response: JsonValue,
    error: z.string().nullable(),
    started_at: z.string(),
    ended_at: z.string(),
  }),
  /** A model is about to be asked, with the most it may cost set aside. */
  llm_call_intended: z.strictObject({
    ...step,
    call_id: z.string(),
    agent_id: z.string(),
    provider: z.string(),
    model: z.string(),
    reserved_cents: cents,
  }),
  llm_call: z.strictObject({
    ...step,
    call_id: z.string(),
    agent_id: z.string(),
    provider: z.string(),
    model: z.string(),
    requested_model: z.string(),
    /** Absent with LOG_LLM_CONTENT=false, where hash and length stand instead. */
    prompt: JsonValue.optional(),
    response: z.string().optional(),
    prompt_hash: sha256Hex,
    response_length: z.number(),
    tool_calls: z.array(z.strictObject({ id: z.string(), tool_id: z.string(), input: JsonValue })),
    usage: z.strictObject({
      input_tokens: z.number(),
      output_tokens: z.number(),
      /** What of the input the provider had kept from earlier calls, where it says so. */
      cached_input_tokens: z.number().optional(),
    }),
    /** Null when the price of the model is not known, which is not zero. */
    estimated_cost_cents: cents.nullable(),
    finish_reason: z.string(),
    latency_ms: z.number(),
    error: z.string().nullable(),
  }),
  route_chosen: z.strictObject({
    ...step,
    route_id: z.string().nullable(),
    target_node: z.string().nullable(),
    /** `rules`: the conditions were decided by reading the data; `agent`: a model chose. */
    by: z.enum(['rules', 'agent']),
    answer: JsonValue,
  }),
  child_run_started: z.strictObject({ ...step, run_id: z.string(), workflow_id: z.string() }),
  /**
   * What a child that is under way has used of this run's limits or of those above, in all, the worst case of a call it
   * is about to make included. The next one takes its place, and in the end `child_run_ended`.
   */
  child_run_spent: z.strictObject({ run_id: z.string(), llm_calls: z.int(), cost_cents: cents }),
  /** The child has ended; what it used counts against this run's limits. */
  child_run_ended: z.strictObject({
    ...step,
    run_id: z.string(),
    status: z.string(),
    llm_calls: z.int(),
    /** Null when the price of some call is not known. */
    cost_cents: cents.nullable(),
  }),
  /** Something that a waiting run was told from outside. */
  event_received: z.strictObject({ name: z.string(), payload: JsonValue, by: z.string() }),
  error: z.strictObject({
    error: z.string(),
    error_type: z.string(),
    node_id: z.string().nullable(),
    tool_id: z.string().nullable(),
    /** `budget_exceeded: cost`, `budget_exceeded: llm_calls` or `budget_exceeded: latency`, with limit and actual. */
    reason: z.string().nullable(),
    limit: z.number().nullable(),
    actual: z.number().nullable(),
  }),
} as const
