import type { Database } from '../../store/database.ts'

/** What runs of an app may touch. */
export type AppScopes = {
  tools: ReadonlySet<string>
  /** Whose memory; `*` for all there is. */
  memory: ReadonlySet<string>
  /** Hosts, with their port where it is not the one of the scheme; `*.` stands for all below a name. */
  external: ReadonlySet<string>
}

export const NO_SCOPES: AppScopes = { tools: new Set(), memory: new Set(), external: new Set() }

/** The scopes that apps have at this moment, in one round trip; an app without any, or that is gone, has no entry. */
export async function readAppScopes(
  database: Database,
  tenantId: string,
  appIds: string[],
): Promise<Map<string, AppScopes>> {
  const rows = await database.statement<{
    app_id: string
    scope_type: 'tool' | 'memory' | 'external'
    scope_value: string
  }>('SELECT * FROM read_app_scopes($1, $2)', [tenantId, appIds], 'read_app_scopes')
  const byApp = Map.groupBy(rows, ({ app_id }) => app_id)
  return new Map(
    [...byApp].map(([appId, scopes]) => {
      const valuesOf = (type: string) =>
        new Set(scopes.flatMap(({ scope_type, scope_value }) => (scope_type === type ? [scope_value] : [])))
      return [appId, { tools: valuesOf('tool'), memory: valuesOf('memory'), external: valuesOf('external') }]
    }),
  )
}
