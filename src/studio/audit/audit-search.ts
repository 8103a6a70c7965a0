import type { AuditFilters } from '../api/ops-client.ts'

/** What stands in the address of the page. */
export type AuditSearch = {
  view?: string
  who?: string
  action?: string
  type?: string
  resource?: string
  from?: string
  until?: string
  entry?: string
}

export const AUDIT_FILTERS = ['who', 'action', 'type', 'resource', 'from', 'until'] as const
export type AuditFilterName = (typeof AUDIT_FILTERS)[number]

/** The filters of the address by the names of the server. */
export function filtersOf({ who, action, type, resource, from, until }: AuditSearch): AuditFilters {
  return {
    user_id: who,
    action,
    resource_type: type,
    resource_id: resource,
    start_date: from,
    end_date: until,
  }
}

/** The same as a query string, without what is not filtered by. */
export function queryOf(search: AuditSearch, more: Record<string, string> = {}): string {
  const given = Object.entries({ ...filtersOf(search), ...more }).filter(([, value]) => value)
  return given.length === 0 ? '' : `?${new URLSearchParams(given as [string, string][])}`
}
