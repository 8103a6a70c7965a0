import type { Routes } from '../route.ts'
import { Installation } from '../schema.ts'

export const installationRoutes: Routes = (app, { kernel, localPrincipal, version }) => {
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
    (request) => ({
      name: 'countersign' as const,
      version,
      installation: kernel.settings.installation,
      mode: localPrincipal ? ('local' as const) : ('authenticated' as const),
      database: kernel.database.kind,
      principal: request.principal,
      checkpoint_key: request.principal && kernel.checkpointSigner.verifierKey(request.principal.tenantId),
    }),
  )
}
