import type { Agent } from '../../engine/agents/schema.ts'
import type { Run, RunEvent, RunState, RunStep } from '../../engine/runs/schema.ts'
import type { Tool } from '../../engine/tools/schema.ts'
import type { DefinedVersion, Workflow, WorkflowVersion } from '../../engine/workflows/schema.ts'
import { pathOf, requestJson } from './request.ts'

/** Workflows, their runs, tools and agents: one entry per capability. */

type Signal = { signal?: AbortSignal }
export type Page<T> = { data: T[]; total: number; page: number; limit: number }
type Json = Run['input']

export type WorkflowRunFilter = {
  workflow_id?: string | undefined
  app_id?: string | undefined
  app_action_id?: string | undefined
  status?: string | undefined
}

export function listWorkflowRuns(
  query: WorkflowRunFilter & { page: number; limit: number },
  { signal }: Signal = {},
): Promise<Page<Run>> {
  return requestJson('/api/v1/runs', { signal, query })
}

export function readWorkflowRun(runId: string, { signal }: Signal = {}): Promise<Run> {
  return requestJson(pathOf`/api/v1/runs/${runId}`, { signal })
}

export function readRunSteps(runId: string, { signal }: Signal = {}): Promise<RunStep[]> {
  return requestJson(pathOf`/api/v1/runs/${runId}/steps`, { signal })
}

/** The events with all they carry, where the journal tells them in words. */
export function readWorkflowRunEvents(runId: string, { signal }: Signal = {}): Promise<RunEvent[]> {
  return requestJson(pathOf`/api/v1/runs/${runId}/events`, { signal })
}

/** Starting, trying again and forking answer when the run waits or has ended, which the server lets take a while. */
const RUN_LIMIT_MS = 60_000

export type StartRunInput = {
  input: Json
  mode: Run['mode']
  cost_limit_cents?: number
  llm_calls_limit?: number
  latency_slo_ms?: number
}

export function startRun(workflowId: string, body: StartRunInput): Promise<Run> {
  return requestJson(pathOf`/api/v1/workflows/${workflowId}/runs`, {
    method: 'POST',
    body,
    limitMs: RUN_LIMIT_MS,
  })
}

export function forkRun(runId: string, body: { from_step: string; input?: Json }): Promise<Run> {
  return requestJson(pathOf`/api/v1/runs/${runId}/fork`, { method: 'POST', body, limitMs: RUN_LIMIT_MS })
}

export function cancelRun(runId: string, body: { reason?: string }): Promise<Run> {
  return requestJson(pathOf`/api/v1/runs/${runId}/cancel`, { method: 'POST', body })
}

export function retryRun(runId: string): Promise<Run> {
  return requestJson(pathOf`/api/v1/runs/${runId}/retry`, { method: 'POST', body: {}, limitMs: RUN_LIMIT_MS })
}

export function listWorkflows(
  query: { page: number; limit: number },
  { signal }: Signal = {},
): Promise<Page<Workflow>> {
  return requestJson('/api/v1/workflows', { signal, query })
}

export function readWorkflow(workflowId: string, { signal }: Signal = {}): Promise<Workflow> {
  return requestJson(pathOf`/api/v1/workflows/${workflowId}`, { signal })
}

export function listWorkflowVersions(
  workflowId: string,
  query: { page: number; limit: number },
  { signal }: Signal = {},
): Promise<Page<WorkflowVersion>> {
  return requestJson(pathOf`/api/v1/workflows/${workflowId}/versions`, { signal, query })
}

/** A definition as it was, by its version or its hash. */
export function readWorkflowVersion(
  workflowId: string,
  version: string,
  { signal }: Signal = {},
): Promise<DefinedVersion> {
  return requestJson(pathOf`/api/v1/workflows/${workflowId}/versions/${version}`, { signal })
}

export async function listTools({ signal }: Signal = {}): Promise<Tool[]> {
  return (await requestJson<{ data: Tool[] }>('/api/v1/tools', { signal })).data
}

export async function listAgents({ signal }: Signal = {}): Promise<Agent[]> {
  return (await requestJson<{ data: Agent[] }>('/api/v1/agents', { signal })).data
}

/** The states a run can be listed by. */
export const RUN_STATES: readonly RunState[] = ['running', 'paused', 'completed', 'failed', 'cancelled']
