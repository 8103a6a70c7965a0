import { z } from 'zod'
import { presentRegistered } from '../../engine/present-approval.ts'
import { requirePerson, requireRole } from '../../identity/authorize-access.ts'
import { changePolicies } from '../../kernel/policy/change-policies.ts'
import { explainRequest } from '../../kernel/policy/explain-request.ts'
import { readPolicies, readPolicy, readPolicyVersions } from '../../kernel/policy/read-policies.ts'
import {
  Modification,
  Policy,
  PolicyExplanation,
  PolicyInput,
  PolicyPatch,
  PolicyVersion,
  ShadowFinding,
} from '../../kernel/policy/schema.ts'
import { POLICY_VOCABULARY } from '../../kernel/policy/vocabulary.ts'
import { AuthenticationMethod } from '../../verifier/schema.ts'
import { contextFor } from '../authenticate.ts'
import { errors, type Routes } from '../route.ts'
import { ApprovalRegistered } from '../schema.ts'

const Params = z.object({ id: z.string().min(1) })
const EvaluateInput = z.strictObject({
  action: z.string().min(1).max(256),
  context: z.record(z.string(), z.json()).optional(),
  resource: z.record(z.string(), z.json()).optional(),
  subject: z.record(z.string(), z.json()).optional(),
  tool: z.record(z.string(), z.json()).optional(),
  run: z.record(z.string(), z.json()).optional(),
  workflow: z.record(z.string(), z.json()).optional(),
  agent: z.record(z.string(), z.json()).optional(),
  app: z.record(z.string(), z.json()).optional(),
  policy: z.record(z.string(), z.json()).optional(),
})
const PolicyOutput = Policy
const Explanation = z.object({
  effect: z.enum(['allow', 'require_approval', 'deny', 'none']),
  reason_code: z.string(),
  reason: z.string(),
  decided_by: z.string().nullable(),
  approval: z
    .object({
      required_approvals: z.number(),
      forbid_self_approval: z.boolean(),
      expires_in_seconds: z.number().nullable(),
      require_fresh_authentication: AuthenticationMethod.optional(),
    })
    .nullable(),
  modify: z.object(Modification.shape),
  shadow: z.array(ShadowFinding),
  policy_sha256: z.string(),
  policies: z.array(PolicyExplanation),
})
const Waits = ApprovalRegistered.describe('A policy wants an approval: the change is made by it')
const config = { credential: true, vocabulary: POLICY_VOCABULARY }
const tags = ['policies']

export const policyRoutes: Routes = (app, http) => {
  app.get(
    '/api/v1/policies',
    {
      config,
      schema: {
        tags,
        summary: 'The policies in force',
        response: {
          200: z.object({ policies: z.array(PolicyOutput), policy_sha256: z.string() }),
          ...errors(401),
        },
      },
    },
    (request) => readPolicies(contextFor(request, http)),
  )

  app.get(
    '/api/v1/policies/:id',
    {
      config,
      schema: {
        tags,
        summary: 'One policy',
        params: Params,
        response: { 200: PolicyOutput, ...errors(401, 404) },
      },
    },
    (request) => readPolicy(contextFor(request, http), request.params.id),
  )

  app.get(
    '/api/v1/policies/:id/versions',
    {
      config,
      schema: {
        tags,
        summary: 'Every form a policy has had, youngest first, with what changed from one to the next',
        description: 'A deleted policy keeps its history. A former one is restored by an ordinary change.',
        params: Params,
        response: { 200: z.object({ versions: z.array(PolicyVersion) }), ...errors(401, 404) },
      },
    },
    async (request) => ({
      versions: await readPolicyVersions(contextFor(request, http), request.params.id),
    }),
  )

  app.post(
    '/api/v1/policies',
    {
      config,
      schema: {
        tags,
        summary: 'Add a policy (administrators)',
        body: PolicyInput,
        response: { 201: Policy, 202: Waits, ...errors(401, 403, 409, 422) },
      },
    },
    async (request, reply) => {
      requirePerson(request.principal!)
      requireRole(request.principal!, ['admin'])
      const change = { operation: 'create', input: request.body } as const
      const outcome = await changePolicies(contextFor(request, http), change)
      if (outcome.type === 'waiting') return reply.code(202).send(presentRegistered(outcome.approval))
      return reply.code(201).send(outcome.policy)
    },
  )

  app.patch(
    '/api/v1/policies/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Change a policy (administrators)',
        params: Params,
        body: PolicyPatch,
        response: { 200: Policy, 202: Waits, ...errors(401, 403, 404, 409, 422) },
      },
    },
    async (request, reply) => {
      requirePerson(request.principal!)
      requireRole(request.principal!, ['admin'])
      const change = { operation: 'update', id: request.params.id, patch: request.body } as const
      const outcome = await changePolicies(contextFor(request, http), change)
      if (outcome.type === 'waiting') return reply.code(202).send(presentRegistered(outcome.approval))
      return reply.code(200).send(outcome.policy)
    },
  )

  app.delete(
    '/api/v1/policies/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Delete a policy (administrators)',
        params: Params,
        response: { 204: z.undefined().describe('It is gone'), 202: Waits, ...errors(401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      requirePerson(request.principal!)
      requireRole(request.principal!, ['admin'])
      const change = { operation: 'delete', id: request.params.id } as const
      const outcome = await changePolicies(contextFor(request, http), change)
      if (outcome.type === 'waiting') return reply.code(202).send(presentRegistered(outcome.approval))
      return reply.code(204).send()
    },
  )

  app.post(
    '/api/v1/policies/evaluate',
    {
      config,
      schema: {
        tags,
        summary: 'What the policies would say to a request, rule by rule; nothing is recorded',
        body: EvaluateInput,
        response: { 200: Explanation, ...errors(401, 422) },
      },
    },
    async (request) => {
      const { action, ...facts } = request.body
      return explainRequest(contextFor(request, http), action, facts)
    },
  )
}
