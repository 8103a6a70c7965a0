import type { Json } from '../../lib/canonical-json.ts'
import type { Segment } from './segment.ts'

type JsonObject = Record<string, Json>

/** What policies may look at about a run, and what the call adds. */
export function factsOf(segment: Segment, more: Record<string, JsonObject> = {}): Record<string, JsonObject> {
  const { workflow_id: workflowId, app_id: appId, input } = segment.progress.started!
  return {
    run: { id: segment.runId, mode: segment.execution().mode, input },
    workflow: { id: workflowId },
    ...(appId && { app: { id: appId } }),
    ...more,
  }
}
