import { z } from 'zod'
import {
  presentEffect,
  presentExecuted,
  presentExecution,
  presentMinted,
} from '../../engine/present-execution.ts'
import { bindPurchase } from '../../engine/purchase/bind-purchase.ts'
import { executePurchase } from '../../engine/purchase/execute-purchase.ts'
import { ExecutePurchaseInput, MintInput, PURCHASE_ACTION } from '../../engine/purchase/schema.ts'
import { EXECUTION_VOCABULARY } from '../../engine/purchase/vocabulary.ts'
import { requirePerson } from '../../identity/authorize-access.ts'
import { listEffects } from '../../kernel/effects/effect-rows.ts'
import { finishEffect } from '../../kernel/effects/finish-effect.ts'
import { mintToken } from '../../kernel/tokens/mint-token.ts'
import { contextFor } from '../authenticate.ts'
import { errors, type Routes } from '../route.ts'
import { ExecutionSummary } from '../schema.ts'

const Minted = z.object({
  decision_id: z.string(),
  action: z.string(),
  execution_token: z.string(),
  expires_at: z.string(),
  payload_sha256: z.string(),
})
const Executed = z.object({
  status: z.enum(['executed', 'failed', 'in_doubt']),
  action: z.literal(PURCHASE_ACTION),
  decision_id: z.string(),
  execution_id: z.string(),
  executed_at: z.string().nullable(),
  run_id: z.string(),
  result: z.json(),
})
const Execution = ExecutionSummary.extend({
  decision_id: z.string(),
  run_id: z.string(),
  action: z.string(),
  connector: z.string(),
  payload: z.record(z.string(), z.json()),
  payload_sha256: z.string(),
})
const SettleInput = z.strictObject({
  outcome: z.enum(['completed', 'failed']),
  reason: z.string().trim().min(1).max(2000),
})
const ListQuery = z.strictObject({
  status: z.enum(['intended', 'completed', 'failed', 'in_doubt']).optional(),
})
const tags = ['execution']

export const executionRoutes: Routes = (app, http) => {
  app.post(
    '/v1/approvals/decisions/:decision_id/execution-token',
    {
      config: { vocabulary: EXECUTION_VOCABULARY },
      schema: {
        tags,
        summary: 'Mint a single-use token for a decision that may run',
        params: z.object({ decision_id: z.string().min(1) }),
        body: MintInput.nullish(),
        response: { 200: Minted, ...errors(403, 404, 409, 422, 500) },
      },
    },
    async (request) => {
      const sent = request.body ?? {}
      const minted = await mintToken(contextFor(request, http), request.params.decision_id, (authorized) =>
        bindPurchase(authorized, sent),
      )
      return presentMinted(minted)
    },
  )

  app.post(
    '/v1/executors/purchase.create',
    {
      config: { vocabulary: EXECUTION_VOCABULARY, authorizationIsToken: true },
      schema: {
        tags,
        summary: 'Make the purchase that an execution token binds, once',
        description: '`Authorization: Bearer <execution token>`; the caller identifies by X-API-Key.',
        body: ExecutePurchaseInput,
        response: { 200: Executed, 202: Executed, 502: Executed, ...errors(403, 409, 422, 500) },
      },
    },
    async (request, reply) => {
      const { authorization } = request.headers
      const effect = await executePurchase(
        contextFor(request, http),
        http.purchaseConnector,
        authorization,
        request.body,
      )
      return reply
        .code(effect.status === 'completed' ? 200 : effect.status === 'in_doubt' ? 202 : 502)
        .send(presentExecuted(effect))
    },
  )

  app.get(
    '/v1/executions',
    {
      schema: {
        tags,
        summary: 'Executions, youngest first; status=in_doubt lists those whose outcome is not known',
        querystring: ListQuery,
        response: { 200: z.object({ executions: z.array(Execution) }), ...errors(422) },
      },
    },
    async (request) => {
      const { database, principal } = contextFor(request, http)
      const rows = await database.transaction(principal.tenantId, (session) =>
        listEffects(session, principal.tenantId, request.query.status ?? null),
      )
      return { executions: rows.map(presentExecution) }
    },
  )

  app.post(
    '/v1/executions/:execution_id/settle',
    {
      schema: {
        tags,
        summary: 'Say by hand how an execution in doubt ended, with the reason',
        params: z.object({ execution_id: z.string().min(1) }),
        body: SettleInput,
        response: { 200: ExecutionSummary, ...errors(404, 409, 422) },
      },
    },
    async (request) => {
      const context = contextFor(request, http)
      requirePerson(context.principal)
      const { outcome, reason } = request.body
      const { tenantId, id } = context.principal
      const result =
        outcome === 'completed'
          ? { status: 'completed' as const, result: { settled_by: id } }
          : { status: 'failed' as const, error: reason }
      const effect = await finishEffect(context, tenantId, id, request.params.execution_id, result, reason)
      return presentEffect(effect)
    },
  )
}
