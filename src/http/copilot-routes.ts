import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { CopilotContext } from '../apps/copilot/copilot.ts'
import type { CopilotSummary } from '../apps/copilot/runs/read-summary.ts'
import { CopilotStatus } from '../apps/copilot/runs/schema.ts'
import { WORKFLOW_VOCABULARY } from '../engine/workflows/vocabulary.ts'
import { engineContextFor } from './engine-context.ts'
import type { HttpContext } from './http-context.ts'
import { errors } from './route.ts'

/** What the routes of a run of the copilot share. */
export const CopilotRunParams = z.object({ run_id: z.string().min(1).max(256) })
export const Moved = z.object({ ok: z.boolean(), runId: z.string(), status: CopilotStatus })
export const tags = ['copilot']
export const config = { vocabulary: WORKFLOW_VOCABULARY }
export const refusals = errors(401, 403, 404, 409, 422)

export const copilotContextOf = (request: FastifyRequest, http: HttpContext): CopilotContext => ({
  ...engineContextFor(request, http),
  copilot: http.copilot,
})

export const presentMoved = ({ row, status }: CopilotSummary) => ({ ok: true, runId: row.run_id, status })
