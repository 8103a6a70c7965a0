import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import type { App } from './route.ts'

/** The OpenAPI 3.1 document, from the same schemas that validate, at `/openapi.json`; readable at `/docs`. */
export async function documentApi(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Countersign',
        version,
        description: 'Agents act. Humans countersign. Receipts prove it.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'an access token or an API key' },
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        },
      },
      security: [{ bearer: [] }, { apiKey: [] }],
    },
    transform: (document) => {
      const { schema, url } = jsonSchemaTransform(document)
      return { schema: openUnplacedReferences(schema), url }
    },
  })
  await app.register(swaggerUi, { routePrefix: '/docs' })
  app.get('/openapi.json', { schema: { hide: true }, config: { public: true } }, () => app.swagger())
}

/** The converter points from `z.json()`, which holds itself, to a component that it never writes: that is any value. */
function openUnplacedReferences<T>(schema: T): T {
  return JSON.parse(JSON.stringify(schema), (_key, value) =>
    /^#\/components\/schemas\/schema\d+$/.test(value?.$ref) ? { description: 'any JSON value' } : value,
  )
}
