import type { App, AppFigures, DescribedAction } from '../../src/apps/schema.ts'
import type { Run } from '../../src/engine/runs/schema.ts'
import { type Answer, type Call, refuse } from './fake-server.ts'
import { ago } from './fixtures.ts'
import { makeWorkflowRun, WORKFLOW } from './workflow-fixtures.ts'

/** Apps as the fake server knows them. */
export type FakeApps = {
  apps: App[]
  actions: DescribedAction[]
  figures: AppFigures
  /** The run that the next action starts, and what was not sent to it. */
  started: { run: Run; warnings: { path: string; message: string }[] } | null
}

export const NO_FIGURES: AppFigures = {
  runs: 0,
  by_status: {},
  by_action: [],
  llm_calls: 0,
  cost_cents: 0,
  median_seconds: null,
  last_run_at: null,
  complete: true,
}

export const noApps = (): FakeApps => ({ apps: [], actions: [], figures: NO_FIGURES, started: null })

/** Undefined for what is none of its business. */
export function answerApps(state: FakeApps, runs: Run[], { method, path }: Call): Answer | undefined {
  const [, id, view, actionId] = /^\/api\/v1\/apps(?:\/([^/]+))?(?:\/(\w+))?(?:\/([^/]+))?$/.exec(path) ?? []
  if (!path.startsWith('/api/v1/apps')) return undefined
  const ok = (body: unknown): Answer => ({ status: 200, body })
  if (id === undefined) return ok({ data: state.apps, total: state.apps.length, page: 1, limit: 200 })
  const app = state.apps.find((each) => each.id === decodeURIComponent(id))
  if (!app) return refuse(404, 'APP_NOT_FOUND', 'App not found', `no app '${id}'`)
  if (method === 'POST' && actionId !== undefined) {
    if (!state.started) return refuse(500, 'INTERNAL', 'no run was made for this')
    const { run, warnings } = state.started
    runs.unshift(run)
    return { status: 201, body: { run_id: run.id, ...run, warnings } }
  }
  if (view === 'actions') return ok(state.actions)
  if (view === 'figures') return ok(state.figures)
  return ok(app)
}

const text = { type: 'string' }

export const ACTIONS: DescribedAction[] = [
  {
    action_id: 'triage_ticket',
    label: 'Triage ticket',
    workflow_alias: 'flow',
    workflow_id: WORKFLOW.id,
    default_mode: 'draft',
    input_mapping: { hotel_id: '$context.hotel_id', note: '$event.note' },
    event_schema: { type: 'object', properties: { note: { ...text, title: 'Note' } }, required: [] },
    context_schema: {
      type: 'object',
      properties: { hotel_id: { ...text, title: 'Hotel', examples: ['VV-LISBON'] } },
      required: ['hotel_id'],
    },
  },
  {
    action_id: 'ask_desk',
    label: 'Ask the desk',
    workflow_alias: 'flow',
    workflow_id: WORKFLOW.id,
    default_mode: 'auto',
    input_mapping: { question: '$event.message' },
    event_schema: { type: 'object', properties: { message: text }, required: ['message'] },
    context_schema: { type: 'object', properties: {}, required: [] },
  },
]

export const APP: App = {
  id: 'guest_support_console',
  version: '1.0.0',
  name: 'Guest Support Console',
  icon: null,
  description: 'Triage and resolve guest issues.',
  owner: 'org:voulezvous',
  visibility: 'org',
  default_view_id: 'today',
  imported_by: 'local',
  created_at: ago(60),
  updated_at: ago(30),
  scopes: [{ scope_type: 'tool', scope_value: 'ticketing.list_open' }],
  workflows: [{ alias: 'flow', workflow_id: WORKFLOW.id, label: 'Flow', default_mode: 'draft' }],
  actions: ACTIONS.map(({ event_schema: _, context_schema: __, ...action }) => action),
  views: [
    { id: 'today', type: 'dashboard', title: 'Today', description: 'How the desk is doing.' },
    { id: 'triage', type: 'form', title: 'Triage', action_id: 'triage_ticket' },
    { id: 'desk', type: 'chat', title: 'Desk', action_id: 'ask_desk' },
    { id: 'runs', type: 'table', title: 'Runs' },
    { id: 'trace', type: 'trace', title: 'Last triage', action_id: 'triage_ticket' },
  ],
}

/** An app that declares nothing to be shown. */
export const BARE_APP: App = { ...APP, id: 'bare', name: 'Bare app', views: [], default_view_id: null }

export const makeAppRun = (id: string, action: string, changes: Partial<Run> = {}): Run =>
  makeWorkflowRun(id, { app_id: APP.id, app_action_id: action, ...changes })

export const FIGURES: AppFigures = {
  runs: 3,
  by_status: { completed: 2, failed: 1 },
  by_action: [
    { action_id: 'triage_ticket', runs: 2, failed: 1 },
    { action_id: 'gone', runs: 1, failed: 0 },
  ],
  llm_calls: 4,
  cost_cents: null,
  median_seconds: 1.25,
  last_run_at: ago(5),
  complete: true,
}
