import type { FastifyRequest } from 'fastify'
import type { EngineContext } from '../engine/runs/engine.ts'
import { contextFor } from './authenticate.ts'
import type { HttpContext } from './http-context.ts'

/** The engine and who asks it. */
export function engineContextFor(request: FastifyRequest, http: HttpContext): EngineContext {
  return { engine: http.engine, principal: contextFor(request, http).principal }
}

/** The tools that come with the program, by id. */
export const knownTools = ({ engine }: HttpContext) => ({
  builtInTools: new Set(engine.builtInTools.keys()),
})
