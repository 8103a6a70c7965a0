import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import {
  listAgents,
  listTools,
  listWorkflowRuns,
  listWorkflows,
  listWorkflowVersions,
  type Page,
  readRunSteps,
  readWorkflow,
  readWorkflowRun,
  readWorkflowRunEvents,
  readWorkflowVersion,
  type WorkflowRunFilter,
} from './workflow-client.ts'

/** The most that the server hands out at once. */
const PER_PAGE = 200

const nextPage = ({ page, limit, total }: Page<unknown>) => (page * limit < total ? page + 1 : undefined)

/** Under `runs`, which every tick of the ledger makes stale. */
export const workflowRunsQuery = (filter: WorkflowRunFilter) =>
  infiniteQueryOptions({
    queryKey: ['runs', 'of-workflows', filter],
    queryFn: ({ signal, pageParam }) =>
      listWorkflowRuns({ ...filter, page: pageParam, limit: PER_PAGE }, { signal }),
    initialPageParam: 1,
    getNextPageParam: nextPage,
  })

export const workflowRunQuery = (runId: string) =>
  queryOptions({
    queryKey: ['run', runId, 'of-workflow'],
    queryFn: ({ signal }) => readWorkflowRun(runId, { signal }),
  })

export const runStepsQuery = (runId: string) =>
  queryOptions({
    queryKey: ['run', runId, 'steps'],
    queryFn: ({ signal }) => readRunSteps(runId, { signal }),
  })

export const workflowRunEventsQuery = (runId: string) =>
  queryOptions({
    queryKey: ['run', runId, 'events-of-workflow'],
    queryFn: ({ signal }) => readWorkflowRunEvents(runId, { signal }),
  })

export const workflowsQuery = infiniteQueryOptions({
  queryKey: ['workflows', 'list'],
  queryFn: ({ signal, pageParam }) => listWorkflows({ page: pageParam, limit: PER_PAGE }, { signal }),
  initialPageParam: 1,
  getNextPageParam: nextPage,
})

export const workflowQuery = (workflowId: string) =>
  queryOptions({
    queryKey: ['workflows', 'one', workflowId],
    queryFn: ({ signal }) => readWorkflow(workflowId, { signal }),
  })

export const workflowVersionsQuery = (workflowId: string) =>
  infiniteQueryOptions({
    queryKey: ['workflows', 'versions', workflowId],
    queryFn: ({ signal, pageParam }) =>
      listWorkflowVersions(workflowId, { page: pageParam, limit: PER_PAGE }, { signal }),
    initialPageParam: 1,
    getNextPageParam: nextPage,
  })

/** By its hash a definition never changes. */
export const definitionQuery = (workflowId: string, definitionSha256: string) =>
  queryOptions({
    queryKey: ['definition', workflowId, definitionSha256],
    queryFn: ({ signal }) => readWorkflowVersion(workflowId, definitionSha256, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })

export const toolsQuery = queryOptions({
  queryKey: ['tools'],
  queryFn: ({ signal }) => listTools({ signal }),
})

export const agentsQuery = queryOptions({
  queryKey: ['agents'],
  queryFn: ({ signal }) => listAgents({ signal }),
})
