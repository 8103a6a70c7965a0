import type { Agent } from '../../src/engine/agents/schema.ts'
import type { Run, RunEvent, RunStep } from '../../src/engine/runs/schema.ts'
import type { Tool } from '../../src/engine/tools/schema.ts'
import type { DefinedVersion, Workflow } from '../../src/engine/workflows/schema.ts'
import { type Answer, type Call, refuse } from './fake-server.ts'

/** Workflows, their runs, tools and agents, as the fake server knows them. */
export type FakeWorkflows = {
  runs: Run[]
  steps: Map<string, RunStep[]>
  events: Map<string, RunEvent[]>
  workflows: Workflow[]
  /** What workflows were before, and those that were removed. */
  olderVersions: DefinedVersion[]
  tools: Tool[]
  agents: Agent[]
}

export const noWorkflows = (): FakeWorkflows => ({
  runs: [],
  steps: new Map(),
  events: new Map(),
  workflows: [],
  olderVersions: [],
  tools: [],
  agents: [],
})

/** Undefined for what is none of its business. */
export function answerWorkflows(
  state: FakeWorkflows,
  call: Call,
  tick: (runId: string) => void,
): Answer | undefined {
  const { method, path, query } = call
  const [, collection, id, view, version] =
    /^\/api\/v1\/(runs|workflows|tools|agents)(?:\/([^/]+))?(?:\/(\w+))?(?:\/(\w+))?$/.exec(path) ?? []
  const key = decodeURIComponent(id ?? '')
  const ok = (body: unknown): Answer => ({ status: 200, body })
  if (method === 'POST') return act(state, { collection, key, view }, call, tick)
  switch (collection) {
    case 'runs':
      return id === undefined ? ok(pageOf(filterRuns(state.runs, query), query)) : readRun(state, key, view)
    case 'workflows': {
      if (id === undefined) return ok(pageOf(state.workflows, query))
      const workflow = state.workflows.find((each) => each.id === key)
      if (view === 'versions') return readVersions(state, workflow, key, version, query)
      if (!workflow) return refuse(404, 'WORKFLOW_NOT_FOUND', 'Workflow not found', `no workflow '${key}'`)
      return ok(workflow)
    }
    case 'tools':
      return ok({ data: state.tools, total: state.tools.length })
    case 'agents':
      return ok({ data: state.agents, total: state.agents.length })
    default:
      return undefined
  }
}

function filterRuns(runs: Run[], query: URLSearchParams): Run[] {
  const status = query.get('status')
  const workflow = query.get('workflow_id')
  const app = query.get('app_id')
  const action = query.get('app_action_id')
  return runs.filter(
    (run) =>
      (!status || run.status === status) &&
      (!workflow || run.workflow_id === workflow) &&
      (!app || run.app_id === app) &&
      (!action || run.app_action_id === action),
  )
}

function pageOf<T>(items: T[], query: URLSearchParams) {
  const page = Number(query.get('page') ?? 1)
  const limit = Number(query.get('limit') ?? 10)
  return { data: items.slice((page - 1) * limit, page * limit), total: items.length, page, limit }
}

function readRun(state: FakeWorkflows, id: string, view: string | undefined): Answer {
  const run = state.runs.find((each) => each.id === id)
  if (!run) return refuse(404, 'RUN_NOT_FOUND', 'Run not found', `no run '${id}'`)
  if (view === 'steps') return { status: 200, body: state.steps.get(id) ?? [] }
  if (view === 'events') return { status: 200, body: state.events.get(id) ?? [] }
  return { status: 200, body: run }
}

/** What is asked for happens at once; that the server does it right is for its own tests. */
function act(
  state: FakeWorkflows,
  { collection, key, view }: { collection: string | undefined; key: string; view: string | undefined },
  { body }: Call,
  tick: (runId: string) => void,
): Answer | undefined {
  if (collection === 'workflows' && view === 'runs') {
    const [latest] = state.runs
    return latest ? { status: 201, body: latest } : refuse(500, 'INTERNAL', 'no run was made for this')
  }
  if (collection !== 'runs') return undefined
  const run = state.runs.find(({ id }) => id === key)
  if (!run) return refuse(404, 'RUN_NOT_FOUND', 'Run not found')
  if (view === 'fork') {
    const { input } = body as { input?: Run['input'] }
    const forked = { ...run, id: `${key}-fork`, forked_from: key, ...(input !== undefined && { input }) }
    state.runs.unshift(forked)
    return { status: 201, body: forked }
  }
  if (view === 'cancel')
    Object.assign(run, { status: 'cancelled', waiting: null, finished_at: run.updated_at })
  if (view === 'retry') Object.assign(run, { status: 'running', error: null, finished_at: null })
  tick(key)
  return { status: 200, body: run }
}

function readVersions(
  { olderVersions }: FakeWorkflows,
  workflow: Workflow | undefined,
  key: string,
  hash: string | undefined,
  query: URLSearchParams,
): Answer {
  const versions = [
    ...(workflow ? [versionOf(workflow)] : []),
    ...olderVersions.filter(({ workflow_id }) => workflow_id === key),
  ]
  if (hash === undefined) return { status: 200, body: pageOf(versions, query) }
  const found = versions.find(({ definition_sha256 }) => definition_sha256 === hash)
  if (!found) return refuse(404, 'VERSION_NOT_FOUND', 'Version not found', `no version '${hash}'`)
  return { status: 200, body: found }
}

function versionOf({
  id,
  revision,
  version,
  definition,
  definition_sha256,
  updated_at,
}: Workflow): DefinedVersion {
  return {
    workflow_id: id,
    revision,
    version,
    definition,
    definition_sha256,
    created_at: updated_at,
    created_by: 'usr_ann',
  }
}
