import { z } from 'zod'
import { describeResource, RESOURCE_METADATA } from '../oauth-resource.ts'
import type { Routes } from '../route.ts'

const ResourceMetadata = z.object({
  resource: z.url(),
  resource_name: z.string(),
  authorization_servers: z.array(z.url()).optional(),
  bearer_methods_supported: z.array(z.string()),
  scopes_supported: z.array(z.string()),
})

/** Where MCP clients learn how to get a token (RFC 9728); under the shorter name too, which some ask first. */
export const oauthResourceRoutes: Routes = (app, http) => {
  for (const path of [RESOURCE_METADATA, '/.well-known/oauth-protected-resource']) {
    app.get(
      path,
      {
        config: { public: true },
        schema: {
          tags: ['mcp'],
          summary: 'What the MCP endpoint is, and who gives tokens for it',
          response: { 200: ResourceMetadata },
        },
      },
      (request) => describeResource(request, http),
    )
  }
}
