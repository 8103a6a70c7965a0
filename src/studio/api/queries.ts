import {
  infiniteQueryOptions,
  MutationCache,
  QueryCache,
  QueryClient,
  queryOptions,
} from '@tanstack/react-query'
import { ApiError, hasCode, isSignedOut } from './api-error.ts'
import {
  listPendingApprovals,
  listRuns,
  readApprovalDecision,
  readInstallation,
  readRunEvents,
  readRunJournal,
  readRunStatus,
} from './client.ts'
import { refreshSessionOnce } from './session.ts'

const RUNS_PER_PAGE = 100

export const installationQuery = queryOptions({
  queryKey: ['installation'],
  queryFn: async ({ signal }) => {
    const sentAt = Date.now()
    const installation = await readInstallation({ signal })
    // This call is open to everyone: an expired session shows as nobody instead of as a refusal.
    const isNobody = installation.mode === 'authenticated' && installation.principal === null
    return isNobody && (await refreshSessionOnce(sentAt)) ? await readInstallation({ signal }) : installation
  },
  staleTime: 60_000,
})

export const pendingApprovalsQuery = queryOptions({
  queryKey: ['approvals', 'pending'],
  queryFn: ({ signal }) => listPendingApprovals({ signal }),
})

export const approvalDecisionQuery = (decisionId: string) =>
  queryOptions({
    queryKey: ['approvals', 'decision', decisionId],
    queryFn: ({ signal }) => readApprovalDecision(decisionId, { signal }),
  })

export const runsQuery = (filter: { status: string | undefined; search: string | undefined }) =>
  infiniteQueryOptions({
    queryKey: ['runs', filter],
    queryFn: ({ signal, pageParam }) =>
      listRuns({ ...filter, cursor: pageParam, limit: RUNS_PER_PAGE }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  })

export const runJournalQuery = (runId: string) =>
  queryOptions({
    queryKey: ['run', runId, 'journal'],
    queryFn: ({ signal }) => readRunJournal(runId, { signal }),
  })

export const runStatusQuery = (runId: string) =>
  queryOptions({
    queryKey: ['run', runId, 'status'],
    queryFn: ({ signal }) => readRunStatus(runId, { signal }),
  })

export const runEventsQuery = (runId: string) =>
  queryOptions({
    queryKey: ['run', runId, 'events'],
    queryFn: ({ signal }) => readRunEvents(runId, { signal }),
  })

/** An answer of the server below 500 will be the same next time. */
const isWorthAnotherTry = (error: unknown) => !(error instanceof ApiError) || error.status >= 500

export function createQueryClient(onSignedOut: () => void): QueryClient {
  const onError = (error: unknown) => {
    if (isSignedOut(error)) onSignedOut()
  }
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        // The server is often this machine: without a network it still answers.
        networkMode: 'always',
        staleTime: 15_000,
        retry: (failures, error) =>
          failures < 2 && isWorthAnotherTry(error) && !hasCode(error, 'STORAGE_READ_ERROR'),
        retryDelay: (failures) => 300 * 2 ** failures,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  })
}
