import { useQuery } from '@tanstack/react-query'
import type { Run } from '../../engine/runs/schema.ts'
import type { Workflow } from '../../engine/workflows/schema.ts'
import { workflowQuery } from '../api/workflow-queries.ts'

export type RunDefinition = {
  /** `changed`: the workflow has another definition by now, and the one of the run is not at hand. */
  state: 'reading' | 'here' | 'changed' | 'gone'
  definition: Workflow['definition'] | null
  inputSchema: unknown
}

/** The definition a run is pinned to, which is the workflow's as long as their hashes are equal. */
export function useRunDefinition(run: Run): RunDefinition {
  const query = useQuery(workflowQuery(run.workflow_id))
  const none = { definition: null, inputSchema: undefined }
  if (query.isPending) return { state: 'reading', ...none }
  if (!query.data) return { state: 'gone', ...none }
  if (query.data.definition_sha256 !== run.definition_sha256) return { state: 'changed', ...none }
  const { definition } = query.data
  const isObject = typeof definition === 'object' && definition !== null && !Array.isArray(definition)
  return { state: 'here', definition, inputSchema: isObject ? definition.input_schema : undefined }
}
