import { z } from 'zod'
import { requirePerson, requireRole } from '../../identity/authorize-access.ts'
import { backtestPolicies } from '../../kernel/policy/backtest/backtest-policies.ts'
import { BacktestInput, BacktestResult } from '../../kernel/policy/backtest/schema.ts'
import { POLICY_VOCABULARY } from '../../kernel/policy/vocabulary.ts'
import { readPolicyReport } from '../../ops/policies/read-policy-report.ts'
import { readShadowReport } from '../../ops/policies/read-shadow-report.ts'
import { PolicyReport, ShadowReport } from '../../ops/policies/schema.ts'
import { contextFor } from '../authenticate.ts'
import { errors, type Routes } from '../route.ts'

const config = { credential: true, vocabulary: POLICY_VOCABULARY }
const tags = ['policies']

/** What policies would have done, and what they do. */
export const policyCheckRoutes: Routes = (app, http) => {
  app.post(
    '/api/v1/policies/backtest',
    {
      config,
      schema: {
        tags,
        summary: 'What a candidate would have changed in past decisions (administrators and developers)',
        description:
          'Recorded facts are evaluated under the policies of now and under those with the candidate; nothing is executed or recorded. It stops after a budget of work, and says so.',
        body: BacktestInput,
        response: { 200: BacktestResult, ...errors(401, 403, 404, 422) },
      },
    },
    (request) => {
      requirePerson(request.principal!)
      requireRole(request.principal!, ['admin', 'developer'])
      return backtestPolicies(contextFor(request, http), request.body)
    },
  )

  app.get(
    '/api/v1/policies/:id/shadow-report',
    {
      config,
      schema: {
        tags,
        summary: 'What a policy in shadow would have changed (administrators and developers)',
        description: 'Without a time: since the policy was last changed.',
        params: z.object({ id: z.string().min(1) }),
        querystring: z.strictObject({ since: z.iso.datetime({ offset: true }).optional() }),
        response: { 200: ShadowReport, ...errors(401, 403, 404, 422) },
      },
    },
    async (request) => {
      requirePerson(request.principal!)
      requireRole(request.principal!, ['admin', 'developer'])
      const context = contextFor(request, http)
      await http.operations.catchUp(context.principal.tenantId)
      return readShadowReport(context, request.params.id, request.query.since ?? null)
    },
  )

  app.get(
    '/api/v1/policies/report',
    {
      config,
      schema: {
        tags,
        summary:
          'How often each policy holds, and which never do, never win, or contradict themselves or others (administrators and developers)',
        description:
          'Policies are held against each other up to a budget of work: `inspected` says how many were, `complete` whether all.',
        response: { 200: PolicyReport, ...errors(401, 403) },
      },
    },
    async (request) => {
      requirePerson(request.principal!)
      requireRole(request.principal!, ['admin', 'developer'])
      const context = contextFor(request, http)
      await http.operations.catchUp(context.principal.tenantId)
      return readPolicyReport(context)
    },
  )
}
