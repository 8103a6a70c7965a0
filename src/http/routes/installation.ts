import { hasUsers } from '../../identity/insert-user.ts'
import type { Routes } from '../route.ts'
import { Installation } from '../schema.ts'

export const installationRoutes: Routes = (app, { kernel, localPrincipal, oidc, version }) => {
  // Once there is one there always is, so the database is asked only until then.
  let hasAccounts = false
  app.get(
    '/api/v1/installation',
    {
      config: { public: true },
      schema: {
        tags: ['operation'],
        summary: 'What this server is, and who is asking',
        response: { 200: Installation },
      },
    },
    async (request) => {
      hasAccounts ||= await hasUsers(kernel.database.statement)
      return {
        name: 'countersign' as const,
        version,
        installation: kernel.settings.installation,
        mode: localPrincipal ? ('local' as const) : ('authenticated' as const),
        database: kernel.database.kind,
        principal: request.principal,
        checkpoint_key: request.principal && kernel.checkpointSigner.verifierKey(request.principal.tenantId),
        has_accounts: hasAccounts,
        oidc_provider: oidc && new URL(oidc.settings.issuer).host,
      }
    },
  )
}
