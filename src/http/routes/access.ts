import { z } from 'zod'
import {
  type AccessEvaluation,
  evaluateAccess,
  evaluateAccessBatch,
} from '../../engine/access/evaluate-access.ts'
import { AccessEvaluationInput, AccessEvaluationsInput } from '../../engine/access/schema.ts'
import { askGate, contextFor } from '../authenticate.ts'
import { errors, type Routes } from '../route.ts'

const Evaluation = z.object({ decision: z.boolean(), context: z.record(z.string(), z.json()).optional() })
const Endpoints = z.object({
  policy_decision_point: z.string(),
  access_evaluation_endpoint: z.string(),
  access_evaluations_endpoint: z.string(),
})
const tags = ['gate']

/** OpenID AuthZEN Authorization API 1.0. */
export const accessRoutes: Routes = (app, http) => {
  app.post(
    '/access/v1/evaluation',
    {
      config: { asksGate: true },
      schema: {
        tags,
        summary: 'May this subject do this action on this resource? (AuthZEN 1.0)',
        body: AccessEvaluationInput,
        response: { 200: Evaluation, ...errors(413, 422, 500) },
      },
    },
    async (request) =>
      present(await askGate(request, http, (context) => evaluateAccess(context, request.body))),
  )

  app.post(
    '/access/v1/evaluations',
    {
      schema: {
        tags,
        summary: 'Several evaluations at once (AuthZEN 1.0)',
        body: AccessEvaluationsInput,
        response: {
          200: z.object({ evaluations: z.array(Evaluation) }).or(Evaluation),
          ...errors(413, 422, 500),
        },
      },
    },
    async (request) => {
      const evaluations = await evaluateAccessBatch(contextFor(request, http), request.body)
      return Array.isArray(evaluations) ? { evaluations: evaluations.map(present) } : present(evaluations)
    },
  )

  app.get(
    '/.well-known/authzen-configuration',
    {
      config: { public: true },
      schema: { tags, summary: 'Where the AuthZEN endpoints are', response: { 200: Endpoints } },
    },
    (request) => {
      const base = http.publicUrl ?? `${request.protocol}://${request.host}`
      return {
        policy_decision_point: base,
        access_evaluation_endpoint: `${base}/access/v1/evaluation`,
        access_evaluations_endpoint: `${base}/access/v1/evaluations`,
      }
    },
  )
}

function present(evaluation: AccessEvaluation) {
  return { decision: evaluation.decision, context: evaluation.context }
}
