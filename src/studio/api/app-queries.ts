import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { listApps, readApp, readAppActions, readAppFigures } from './app-client.ts'

const PER_PAGE = 200

export const appsQuery = infiniteQueryOptions({
  queryKey: ['apps', 'list'],
  queryFn: ({ signal, pageParam }) => listApps({ page: pageParam, limit: PER_PAGE }, { signal }),
  initialPageParam: 1,
  getNextPageParam: ({ page, limit, total }) => (page * limit < total ? page + 1 : undefined),
})

export const appQuery = (appId: string) =>
  queryOptions({ queryKey: ['apps', 'one', appId], queryFn: ({ signal }) => readApp(appId, { signal }) })

export const appActionsQuery = (appId: string) =>
  queryOptions({
    queryKey: ['apps', 'actions', appId],
    queryFn: ({ signal }) => readAppActions(appId, { signal }),
  })

/** Under `runs`, which every tick of the ledger makes stale. */
export const appFiguresQuery = (appId: string, actionId: string | undefined) =>
  queryOptions({
    queryKey: ['runs', 'figures', appId, actionId],
    queryFn: ({ signal }) => readAppFigures(appId, { action_id: actionId }, { signal }),
  })
