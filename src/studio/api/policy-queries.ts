import { queryOptions } from '@tanstack/react-query'
import { listPolicies, readPolicyReport, readPolicyVersions, readShadowReport } from './policy-client.ts'

/** A change of any of them makes all of these stale: they are read again by their first member. */
export const policiesQuery = queryOptions({
  queryKey: ['policies', 'list'],
  queryFn: ({ signal }) => listPolicies({ signal }),
})

export const policyReportQuery = queryOptions({
  queryKey: ['policies', 'report'],
  queryFn: ({ signal }) => readPolicyReport({ signal }),
})

export const policyVersionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['policies', 'versions', id],
    queryFn: ({ signal }) => readPolicyVersions(id, { signal }),
  })

export const shadowReportQuery = (id: string) =>
  queryOptions({
    queryKey: ['policies', 'shadow', id],
    queryFn: ({ signal }) => readShadowReport(id, { signal }),
  })
