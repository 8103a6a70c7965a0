import { z } from 'zod'
import { validateWhatCanBeRead } from './validate-what-can-be-read.ts'

const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), {
      message: 'expected Unicode text without lone surrogates and NUL',
    })
const JsonObject = z.record(z.string(), z.json())

/** Ids of nodes stand in ids of steps and in expressions. */
export const NodeId = text(128).regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, 'expected letters, digits and _ . -')

export const NODE_TYPES = [
  'static',
  'tool_node',
  'agent_node',
  'router',
  'human_gate',
  'wait',
  'subgraph',
  'function',
] as const
export type NodeType = (typeof NODE_TYPES)[number]

/** How a step is tried again. Only failures that are known to have done nothing are. */
export const RetryPolicy = z.strictObject({
  max_attempts: z.int().min(1).max(20),
  backoff_ms: z.int().min(0).max(3_600_000).default(1000),
  backoff_factor: z.number().min(1).max(10).default(2),
  /** Kinds of error that are tried again; without it every error that may pass by itself. */
  on: z.array(text(100)).max(50).optional(),
})
export type RetryPolicy = z.infer<typeof RetryPolicy>

export const Route = z.strictObject({
  id: text(128),
  /** In plain words; what is judged is the output of the step before. */
  condition: text(2000).optional(),
  target_node: NodeId,
})

export const NodeConfig = z.strictObject({
  /** What the node is given: JSON in which a text such as `$input.x` or `$steps.fetch.output.tickets` is replaced. */
  input: z.json().optional(),
  output: z.json().optional(),
  value: z.json().optional(),
  tool_id: text(255).optional(),
  agent_id: text(255).optional(),
  router_agent_id: text(255).optional(),
  routes: z.array(Route).min(1).max(50).optional(),
  /** human_gate: the agent that judges whether a human is needed; whatever is not a clear no means yes. */
  judge_agent_id: text(255).optional(),
  title: text(300).optional(),
  details: text(5000).optional(),
  required_approvals: z.int().min(1).max(10).optional(),
  forbid_self_approval: z.boolean().optional(),
  expires_in_seconds: z.int().min(1).max(31_536_000).optional(),
  /** wait: a point in time (RFC 3339 or an expression), a duration, or the name of an event. */
  until: text(300).optional(),
  duration_ms: z.int().min(0).max(31_536_000_000).optional(),
  event: text(128).optional(),
  /** subgraph: the workflow that runs as a child, by id or name. */
  workflow_id: text(255).optional(),
  /** function: code of the program itself. Only workflows that come with it have such nodes. */
  function: text(128).optional(),
  retry: RetryPolicy.optional(),
  timeout_ms: z.int().min(1).max(3_600_000).optional(),
})
export type NodeConfig = z.infer<typeof NodeConfig>

const TYPE_ALIASES: Record<string, NodeType> = {
  tool: 'tool_node',
  agent: 'agent_node',
  timer: 'wait',
  workflow: 'subgraph',
}

export const WorkflowNode = z.strictObject({
  id: NodeId,
  type: z.preprocess(
    (type) => (typeof type === 'string' ? (TYPE_ALIASES[type] ?? type) : type),
    z.enum(NODE_TYPES),
  ),
  name: text(200).optional(),
  config: NodeConfig.default({}),
})
export type WorkflowNode = z.infer<typeof WorkflowNode>

export const WorkflowEdge = z.strictObject({ from: NodeId, to: NodeId, condition: text(2000).optional() })
export type WorkflowEdge = z.infer<typeof WorkflowEdge>

/** A graph of nodes as data. `entryNode` is read as `entry`. */
export const WorkflowDefinition = z.preprocess(
  (sent) => {
    if (typeof sent !== 'object' || sent === null || !('entryNode' in sent) || 'entry' in sent) return sent
    const { entryNode, ...definition } = sent
    return { entry: entryNode, ...definition }
  },
  z.strictObject({
    entry: NodeId,
    nodes: z.array(WorkflowNode).min(1).max(500),
    edges: z.array(WorkflowEdge).max(2000).default([]),
    /** JSON Schema of what a run is given: refused at the start when it does not fit, and a form in the Studio. */
    input_schema: JsonObject.optional(),
    /** A run that starts more steps than this ends with an error. */
    max_steps: z.int().min(1).max(10_000).default(200),
  }),
)
export type WorkflowDefinition = z.infer<typeof WorkflowDefinition>

/** A definition as it was sent: it is checked here, all of it at once, and kept, hashed and shown without the defaults filled in. */
const SentDefinition = z.json().superRefine((sent, context) => {
  const result = WorkflowDefinition.safeParse(sent)
  if (result.success) return
  for (const { path, message, code, ...rest } of result.error.issues) {
    context.addIssue({ ...rest, code: 'custom', path, message, params: { type: code } })
  }
  const rest = validateWhatCanBeRead(sent, {
    node: (node) => WorkflowNode.safeParse(node).data ?? null,
    edge: (edge) => WorkflowEdge.safeParse(edge).data ?? null,
  })
  for (const { path, message } of rest) {
    const members = path.split('.').slice(1)
    context.addIssue({ code: 'custom', path: members, message, params: { type: 'value_error' } })
  }
})

/** `linear` is a chain; `subgraph` is meant to be run by others, and may be started like any other. */
export const WorkflowType = z.enum(['linear', 'graph', 'subgraph'])
export type WorkflowType = z.infer<typeof WorkflowType>

const fields = {
  name: text(255),
  version: text(64),
  type: WorkflowType,
  definition: SentDefinition,
}
export const WorkflowInput = z.strictObject({
  id: text(255)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]*$/, 'expected letters, digits and . _ : -')
    .optional(),
  ...fields,
  version: fields.version.default('1.0.0'),
  type: fields.type.optional().describe('linear where the definition is a chain, else graph'),
})
export type WorkflowInput = z.infer<typeof WorkflowInput>
export const WorkflowPatch = z.strictObject(fields).partial()
export type WorkflowPatch = z.infer<typeof WorkflowPatch>

/** A workflow as it is stored and shown. */
export const Workflow = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  revision: z.number().describe('counts the definitions this workflow has had'),
  type: WorkflowType,
  definition: z.json(),
  definition_sha256: z.string(),
  warnings: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  created_at: z.string(),
  updated_at: z.string(),
})
export type Workflow = z.infer<typeof Workflow>

/** A definition that a workflow has or had. */
export const WorkflowVersion = z.object({
  revision: z.number(),
  version: z.string(),
  definition_sha256: z.string().describe('what runs are pinned by'),
  created_at: z.string(),
  created_by: z.string(),
})
export type WorkflowVersion = z.infer<typeof WorkflowVersion>

/** The same with the definition as it was sent. */
export const DefinedVersion = WorkflowVersion.extend({ workflow_id: z.string(), definition: z.json() })
export type DefinedVersion = z.infer<typeof DefinedVersion>
