import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { resolveAndContinue } from '../../engine/demo/resolve-and-continue.ts'
import {
  presentApproval,
  presentPending,
  presentRegistered,
  presentResolved,
} from '../../engine/present-approval.ts'
import { registerApproval } from '../../engine/purchase/register-approval.ts'
import { FreshAuthenticationInput } from '../../identity/passkeys/schema.ts'
import type { GateTarget } from '../../kernel/approvals/find-gate.ts'
import { listPendingApprovals } from '../../kernel/approvals/list-pending-approvals.ts'
import { readApproval } from '../../kernel/approvals/read-approval.ts'
import { ApprovalRequest, ApprovalResolution } from '../../kernel/approvals/schema.ts'
import { APPROVAL_VOCABULARY } from '../../kernel/approvals/vocabulary.ts'
import { contextFor } from '../authenticate.ts'
import { authenticateFreshly } from '../authenticate-freshly.ts'
import { errors, type Routes } from '../route.ts'
import { ApprovalDecision, ApprovalRegistered, ApprovalResolved, PendingApprovals } from '../schema.ts'

const DecisionParams = z.object({ decision_id: z.string().min(1) })
const EventParams = z.object({ event_id: z.string().min(1) })
/** What both resolving routes take. */
const ApprovalAnswer = ApprovalResolution.extend({
  fresh_authentication: FreshAuthenticationInput.nullish().describe('where the approval asks for it'),
})
const PendingQuery = z.strictObject({ on_inconsistent: z.enum(['fail', 'report']).default('fail') })
const config = { vocabulary: APPROVAL_VOCABULARY }
const tags = ['approvals']

export const approvalRoutes: Routes = (app, http) => {
  const answer = async (
    request: FastifyRequest & { body: z.output<typeof ApprovalAnswer> },
    target: GateTarget,
  ) => {
    const { fresh_authentication: _secret, ...resolution } = request.body
    const fresh = await authenticateFreshly(request, http, target, request.body)
    return resolveAndContinue(contextFor(request, http), target, resolution, fresh)
  }

  app.get(
    '/v1/approvals/pending',
    {
      schema: {
        tags,
        summary: 'Every approval that waits, oldest first',
        description:
          'One inconsistent run makes the list fail; on_inconsistent=report names such runs instead.',
        querystring: PendingQuery,
        response: { 200: PendingApprovals, ...errors(409, 500) },
      },
    },
    async (request) => {
      const mode = request.query.on_inconsistent
      const { approvals, inconsistentRuns } = await listPendingApprovals(contextFor(request, http), mode)
      return {
        pending_count: approvals.length,
        approvals: approvals.map(presentPending),
        ...(mode === 'report' && {
          inconsistent_runs: inconsistentRuns.map(({ runId, code, message }) => ({
            run_id: runId,
            code,
            message,
          })),
        }),
      }
    },
  )

  app.post(
    '/v1/approvals/requests',
    {
      config,
      schema: {
        tags,
        summary: 'Ask a human about a decision',
        body: ApprovalRequest,
        response: { 200: ApprovalRegistered, ...errors(409, 422, 500) },
      },
    },
    async (request) => presentRegistered(await registerApproval(contextFor(request, http), request.body)),
  )

  app.get(
    '/v1/approvals/decisions/:decision_id',
    {
      schema: {
        tags,
        summary: 'The life of one approval',
        params: DecisionParams,
        response: { 200: ApprovalDecision, ...errors(404, 409, 500) },
      },
    },
    async (request) =>
      presentApproval(await readApproval(contextFor(request, http), request.params.decision_id)),
  )

  app.post(
    '/v1/approvals/decisions/:decision_id',
    {
      config,
      schema: {
        tags,
        summary: 'Approve or reject, by decision',
        params: DecisionParams,
        body: ApprovalAnswer,
        response: { 200: ApprovalResolved, ...errors(403, 404, 409, 422, 429, 500) },
      },
    },
    async (request) => {
      const decisionId = request.params.decision_id
      return presentResolved(await answer(request, { decisionId }), request.body.decision, decisionId)
    },
  )

  app.post(
    '/v1/approvals/:event_id',
    {
      config,
      schema: {
        tags,
        summary: 'Approve or reject, by the event that asked',
        params: EventParams,
        body: ApprovalAnswer,
        response: { 200: ApprovalResolved, ...errors(403, 404, 409, 422, 429, 500) },
      },
    },
    async (request) =>
      presentResolved(await answer(request, { eventId: request.params.event_id }), request.body.decision),
  )
}
