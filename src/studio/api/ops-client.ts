import type { AlertChannelState, AlertConfig, AlertHistory } from '../../ops/alerts/schema.ts'
import type { AuditHold, AuditHoldInput, AuditLog } from '../../ops/audit/schema.ts'
import type { Metrics, MetricsSeries } from '../../ops/metrics/schema.ts'
import { pathOf, requestJson } from './request.ts'

/** Audit log, metrics and alerts: one entry per capability. */

type Signal = { signal?: AbortSignal }
type Page<T> = { data: T[]; total: number; page: number; limit: number }

/** As the address of the page has them, by the names of the server. */
export type AuditFilters = {
  user_id?: string | undefined
  action?: string | undefined
  resource_type?: string | undefined
  resource_id?: string | undefined
  start_date?: string | undefined
  end_date?: string | undefined
}

export function listAuditLogs(
  query: AuditFilters & { page: number; limit: number },
  { signal }: Signal = {},
): Promise<Page<AuditLog>> {
  return requestJson('/api/v1/audit/logs', { signal, query })
}

export async function listAuditHolds({ signal }: Signal = {}): Promise<AuditHold[]> {
  const { data } = await requestJson<{ data: AuditHold[] }>('/api/v1/audit/holds', { signal })
  return data
}

export function createAuditHold(body: AuditHoldInput): Promise<AuditHold> {
  return requestJson('/api/v1/audit/holds', { method: 'POST', body })
}

export function releaseAuditHold(id: string): Promise<AuditHold> {
  return requestJson(pathOf`/api/v1/audit/holds/${id}/release`, { method: 'POST' })
}

export function readMetrics({ signal }: Signal = {}): Promise<Metrics> {
  return requestJson('/api/v1/metrics', { signal, query: { scope: 'tenant' } })
}

export function readMetricsSeries(
  query: { from: string; step: number },
  { signal }: Signal = {},
): Promise<MetricsSeries> {
  return requestJson('/api/v1/metrics/series', { signal, query })
}

export async function listAlerts({ signal }: Signal = {}): Promise<AlertConfig[]> {
  const { data } = await requestJson<{ data: AlertConfig[] }>('/api/v1/alerts/configs', { signal })
  return data
}

export async function listAlertChannels({ signal }: Signal = {}): Promise<AlertChannelState[]> {
  const { data } = await requestJson<{ data: AlertChannelState[] }>('/api/v1/alerts/channels', { signal })
  return data
}

/** Adds a rule, or changes members of the one with this id. */
export function saveAlert(id: string | null, body: object): Promise<AlertConfig> {
  return id === null
    ? requestJson('/api/v1/alerts/configs', { method: 'POST', body })
    : requestJson(pathOf`/api/v1/alerts/configs/${id}`, { method: 'PATCH', body })
}

export function deleteAlert(id: string): Promise<undefined> {
  return requestJson(pathOf`/api/v1/alerts/configs/${id}`, { method: 'DELETE' })
}

/** Messages are sent meanwhile: a channel that does not answer takes its time. */
const CHECK_LIMIT_MS = 60_000

export function checkAlerts(): Promise<{ triggered: AlertHistory[] }> {
  return requestJson('/api/v1/alerts/check', { method: 'POST', body: {}, limitMs: CHECK_LIMIT_MS })
}

export function listAlertHistory(
  query: { open?: string | undefined; alert_config_id?: string | undefined; page: number; limit: number },
  { signal }: Signal = {},
): Promise<Page<AlertHistory>> {
  return requestJson('/api/v1/alerts/history', { signal, query })
}

export function resolveAlert(id: string): Promise<AlertHistory> {
  return requestJson(pathOf`/api/v1/alerts/history/${id}/resolve`, { method: 'POST', body: {} })
}
