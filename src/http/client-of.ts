import type { FastifyRequest } from 'fastify'
import type { Client } from '../kernel/context.ts'

/** Where a request comes from. */
export const clientOf = (request: FastifyRequest): Client => ({
  ip: request.ip,
  userAgent: request.headers['user-agent']?.slice(0, 500) ?? null,
})
