import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import type { Run } from '../../engine/runs/schema.ts'
import type { DefinedVersion } from '../../engine/workflows/schema.ts'
import { definitionQuery } from '../api/workflow-queries.ts'

export type RunDefinition = UseQueryResult<DefinedVersion>

/** The definition a run is pinned to, whatever became of its workflow since. */
export const useRunDefinition = (run: Run): RunDefinition =>
  useQuery(definitionQuery(run.workflow_id, run.definition_sha256))
