import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import {
  type AuditFilters,
  listAlertChannels,
  listAlertHistory,
  listAlerts,
  listAuditHolds,
  listAuditLogs,
  readMetrics,
  readMetricsSeries,
} from './ops-client.ts'
import { serverNow } from './server-clock.ts'

const PER_PAGE = 200
/** The server counts no further, and lists no further by pages. */
export const AUDIT_COUNTED = 10_000

/** Each reading is entered in the log, so it is read when somebody asks and not by itself. */
export const auditQuery = (filters: AuditFilters) =>
  infiniteQueryOptions({
    queryKey: ['audit', 'logs', filters],
    queryFn: ({ signal, pageParam }) =>
      listAuditLogs({ ...filters, page: pageParam, limit: PER_PAGE }, { signal }),
    initialPageParam: 1,
    getNextPageParam: ({ page, limit, total }) =>
      page * limit < Math.min(total, AUDIT_COUNTED) ? page + 1 : undefined,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnReconnect: false,
    meta: { isReadOnRequest: true },
  })

export const auditHoldsQuery = queryOptions({
  queryKey: ['audit', 'holds'],
  queryFn: ({ signal }) => listAuditHolds({ signal }),
})

export const metricsQuery = queryOptions({
  queryKey: ['metrics', 'totals'],
  queryFn: ({ signal }) => readMetrics({ signal }),
  refetchInterval: 30_000,
})

/** From so many seconds ago until now. */
export const metricsSeriesQuery = (lengthSeconds: number, step: number) =>
  queryOptions({
    queryKey: ['metrics', 'series', lengthSeconds, step],
    queryFn: ({ signal }) => {
      const from = new Date(serverNow() - lengthSeconds * 1000).toISOString()
      return readMetricsSeries({ from, step }, { signal })
    },
    refetchInterval: 30_000,
  })

export const alertsQuery = queryOptions({
  queryKey: ['alerts', 'rules'],
  queryFn: ({ signal }) => listAlerts({ signal }),
})

export const alertChannelsQuery = queryOptions({
  queryKey: ['alerts', 'channels'],
  queryFn: ({ signal }) => listAlertChannels({ signal }),
  staleTime: 60_000,
})

export const alertHistoryQuery = (filter: {
  open?: string | undefined
  alert_config_id?: string | undefined
}) =>
  infiniteQueryOptions({
    queryKey: ['alerts', 'history', filter],
    queryFn: ({ signal, pageParam }) =>
      listAlertHistory({ ...filter, page: pageParam, limit: PER_PAGE }, { signal }),
    initialPageParam: 1,
    getNextPageParam: ({ page, limit, total }) => (page * limit < total ? page + 1 : undefined),
    refetchInterval: 30_000,
  })
