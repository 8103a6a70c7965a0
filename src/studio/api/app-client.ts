import type { z } from 'zod'
import type { ActionRun, App, AppFigures, AppSummary, DescribedAction } from '../../apps/schema.ts'
import { pathOf, requestJson } from './request.ts'
import type { Page } from './workflow-client.ts'

/** Apps, their actions and figures: one entry per capability. */

type Signal = { signal?: AbortSignal }
type Members = DescribedAction['input_mapping']
export type StartedAction = z.infer<typeof ActionRun>

export function listApps(
  query: { page: number; limit: number },
  { signal }: Signal = {},
): Promise<Page<AppSummary>> {
  return requestJson('/api/v1/apps', { signal, query })
}

export function readApp(appId: string, { signal }: Signal = {}): Promise<App> {
  return requestJson(pathOf`/api/v1/apps/${appId}`, { signal })
}

export function readAppActions(appId: string, { signal }: Signal = {}): Promise<DescribedAction[]> {
  return requestJson(pathOf`/api/v1/apps/${appId}/actions`, { signal })
}

export function readAppFigures(
  appId: string,
  query: { action_id: string | undefined },
  { signal }: Signal = {},
): Promise<AppFigures> {
  return requestJson(pathOf`/api/v1/apps/${appId}/figures`, { signal, query })
}

/** Answers when the run waits or has ended, which the server lets take a while. */
export function runAction(
  appId: string,
  actionId: string,
  body: { event: Members; context: Members },
): Promise<StartedAction> {
  return requestJson(pathOf`/api/v1/apps/${appId}/actions/${actionId}`, {
    method: 'POST',
    body,
    limitMs: 60_000,
  })
}
