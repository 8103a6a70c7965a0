import type { IncomingMessage, ServerResponse } from 'node:http'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyPluginOptions,
  FastifySchemaCompiler,
  RawServerDefault,
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import type { ValidationVocabulary } from '../lib/validation.ts'
import type { HttpContext } from './http-context.ts'
import { InvalidInput } from './invalid-input.ts'
import { ErrorEnvelope } from './schema.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How this route names the faults of its input. */
    vocabulary?: ValidationVocabulary
  }
}

/** The server as routes see it: handlers are typed by their zod schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** A group of routes. */
export type Routes = (app: App, http: HttpContext, options?: FastifyPluginOptions) => void

/** Validates with the zod schema, so that a handler only sees what fits. The error funnel puts faults into the route's words. */
export const validateWithZod: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data) => {
    const result = schema.safeParse(data)
    return result.success ? { value: result.data } : { error: new InvalidInput(result.error.issues, data) }
  }

/** Documents the error answers of a route. */
export const errors = (...statuses: number[]): Record<number, typeof ErrorEnvelope> =>
  Object.fromEntries(statuses.map((status) => [status, ErrorEnvelope]))

/** Workflows, runs, tools and agents answer at the root and under the version that everything else of theirs has. */
export const UNDER_BOTH_ROOTS = ['', '/api/v1'] as const
