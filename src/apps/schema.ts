import { z } from 'zod'
import { Run, RunMode } from '../engine/runs/schema.ts'
import { ToolId } from '../engine/tools/schema.ts'

const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), {
      message: 'expected Unicode text without lone surrogates and NUL',
    })
const Id = text(128).regex(/^[A-Za-z0-9][A-Za-z0-9._:-]*$/, 'expected letters, digits and . _ : -')
const optional = (max: number) =>
  text(max)
    .nullish()
    .transform((value) => value ?? null)

/** Whose memory a run may use; `*` for all there is. */
const MemoryScope = z.enum(['user', 'tenant', 'app', 'agent', 'run', '*'])

/** A host as addresses spell it: with its port where that is not the one of the scheme; `*.` for those below a name. */
const ExternalScope = text(260).regex(
  /^(\*\.)?([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?$/,
  'expected a host in small letters such as api.example.com, api.example.com:8443 or *.example.com',
)

export const VIEW_TYPES = ['chat', 'table', 'trace', 'dashboard', 'form'] as const
const COLUMNS = [
  'id',
  'app_action_id',
  'status',
  'mode',
  'created_at',
  'duration',
  'llm_calls',
  'cost_cents',
  'user_id',
] as const

export const AppView = z.strictObject({
  id: Id,
  type: z.enum(VIEW_TYPES),
  title: text(200),
  description: text(1000).optional(),
  /** form and chat: the action they run; of the others: show its runs only. */
  action_id: Id.optional(),
  /** table: what stands in a row. */
  columns: z.array(z.enum(COLUMNS)).min(1).max(COLUMNS.length).optional(),
})
export type AppView = z.infer<typeof AppView>

const ManifestWorkflow = z.strictObject({
  id: Id,
  workflow_ref: text(255),
  label: text(200),
  default_mode: RunMode.default('draft'),
})
const ManifestAction = z.strictObject({
  id: Id,
  label: text(200),
  workflow_id: Id.describe('the id of a workflow of this manifest'),
  input_mapping: z
    .record(text(128), z.json())
    .default({})
    .describe('what the run is given; `$event.a.b` and `$context.a.b` are replaced by what was sent'),
})

const Visibility = z.enum(['private', 'org', 'public'])

/** What declares an app. */
export const Manifest = z.strictObject({
  version: text(64).regex(
    /^1\.\d{1,6}\.\d{1,6}$/,
    'expected a version 1.x.y: this program reads manifests of version 1',
  ),
  app: z.strictObject({
    id: Id.optional().describe('made up where it is left out; the same id again replaces the app'),
    name: text(255),
    icon: optional(64),
    description: optional(5000),
    owner: optional(255),
    visibility: Visibility.default('private'),
    scopes: z
      .strictObject({
        tools: z.array(ToolId).max(500).default([]),
        memory: z.array(MemoryScope).max(10).default([]),
        external: z.array(ExternalScope).max(200).default([]),
      })
      .prefault({}),
    workflows: z.array(ManifestWorkflow).max(100).default([]),
    actions: z.array(ManifestAction).max(500).default([]),
    views: z.array(AppView).max(50).default([]),
    default_view_id: Id.optional(),
  }),
})
export type Manifest = z.infer<typeof Manifest>

/** An app as lists show it. */
export const AppSummary = z.object({
  id: z.string(),
  version: z.string(),
  name: z.string(),
  icon: z.string().nullable(),
  description: z.string().nullable(),
  owner: z.string().nullable().describe('as the manifest names it'),
  visibility: Visibility,
  default_view_id: z.string().nullable(),
  imported_by: z.string().describe('whoever imported it last; a private app is theirs'),
  created_at: z.string(),
  updated_at: z.string(),
})
export type AppSummary = z.infer<typeof AppSummary>

export const AppScope = z.object({
  scope_type: z.enum(['tool', 'memory', 'external']),
  scope_value: z.string(),
})
export type AppScope = z.infer<typeof AppScope>

export const AppWorkflow = z.object({
  alias: z.string(),
  workflow_id: z.string(),
  label: z.string(),
  default_mode: RunMode,
})
export type AppWorkflow = z.infer<typeof AppWorkflow>

export const AppAction = z.object({
  action_id: z.string(),
  label: z.string(),
  workflow_alias: z.string(),
  workflow_id: z.string(),
  default_mode: RunMode,
  input_mapping: z.record(z.string(), z.json()),
})
export type AppAction = z.infer<typeof AppAction>

const JsonSchema = z.record(z.string(), z.json())

/** An action with what has to be sent to it, so that it can be asked for. */
export const DescribedAction = AppAction.extend({
  event_schema: JsonSchema.describe('JSON Schema of what the action reads from `event`'),
  context_schema: JsonSchema.describe('the same of `context`, without what the credential says'),
})
export type DescribedAction = z.infer<typeof DescribedAction>

export const App = AppSummary.extend({
  scopes: z.array(AppScope),
  workflows: z.array(AppWorkflow),
  actions: z.array(AppAction),
  views: z.array(AppView),
})
export type App = z.infer<typeof App>

/** What a user interface sends to run an action. */
export const ActionRequest = z.strictObject({
  event: z.record(z.string(), z.json()).default({}),
  context: z
    .object({ mode: RunMode.nullish() })
    .catchall(z.json())
    .default({})
    .describe('who asks is known from the credential, whatever stands here'),
  strict: z
    .boolean()
    .default(false)
    .describe('refuse to run where something that the mapping reads was not sent'),
})
export type ActionRequest = z.infer<typeof ActionRequest>

/** The run that an action started. */
export const ActionRun = Run.extend({
  run_id: z.string(),
  warnings: z.array(z.object({ path: z.string(), message: z.string() })),
})

/** The runs of an app in numbers. */
export const AppFigures = z.object({
  runs: z.number(),
  by_status: z.record(z.string(), z.number()),
  by_action: z.array(z.object({ action_id: z.string(), runs: z.number(), failed: z.number() })),
  llm_calls: z.number(),
  cost_cents: z.number().nullable().describe('null when the price of some call is not known'),
  median_seconds: z.number().nullable().describe('from start to end, of runs that completed'),
  last_run_at: z.string().nullable(),
  complete: z.boolean().describe('false: only the newest 10,000 runs of the app were looked at'),
})
export type AppFigures = z.infer<typeof AppFigures>
