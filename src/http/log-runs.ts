import type { FastifyReply, FastifyRequest } from 'fastify'
import { readTraceParent, traceIdOf } from '../lib/trace-id.ts'
import type { App } from './route.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The run that the lines about this request name. */
    loggedRun: string | null
  }
}

/** From here on every line about a request says which run it is about. */
export function logRun(request: FastifyRequest, reply: FastifyReply, runId: string): void {
  if (request.loggedRun !== null) return
  request.loggedRun = runId.slice(0, 256)
  request.log = reply.log = request.log.child({
    run_id: request.loggedRun,
    trace_id: traceIdOf(request.loggedRun),
  })
}

/** Names the run that the path or `X-Run-Id` names, else the one that the answer does. */
export function logRuns(app: App): void {
  app.decorateRequest('loggedRun', null)
  app.addHook('onRequest', async (request, reply) => {
    const runId = (request.params as { run_id?: string } | undefined)?.run_id ?? request.headers['x-run-id']
    if (typeof runId === 'string') logRun(request, reply, runId)
  })
  app.addHook('preSerialization', async (request, reply, answer) => {
    const { run_id: runId } = (answer ?? {}) as { run_id?: unknown }
    if (typeof runId === 'string') logRun(request, reply, runId)
    return answer
  })
}

/** The trace that a caller says its request belongs to (W3C Trace Context), as it was sent. */
export function traceParentOf({ headers: { traceparent } }: FastifyRequest): string | null {
  return typeof traceparent === 'string' && readTraceParent(traceparent) ? traceparent : null
}
