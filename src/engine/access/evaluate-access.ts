import { z } from 'zod'
import { authorize } from '../../kernel/authorize.ts'
import type { Context } from '../../kernel/context.ts'
import { refuseLargeBatch } from '../../kernel/refuse-large-facts.ts'
import { DEFAULT_TENANT } from '../../kernel/schema.ts'
import type { Json } from '../../lib/canonical-json.ts'
import { payloadHash } from '../../lib/hash.ts'
import { describeIssues, parseInput, validationError } from '../../lib/validation.ts'
import { PURCHASE_ACTION, type Purchase, PurchaseContext } from '../purchase/schema.ts'
import { AUTHORIZE_ACTION_VOCABULARY } from '../purchase/vocabulary.ts'
import { AccessEvaluationInput, type AccessEvaluationsInput } from './schema.ts'

export type AccessEvaluation = { decision: boolean; context: Record<string, Json> }

type JsonObject = Record<string, Json>

/**
 * Answers an AuthZEN request through the one gate. What needs an approval is a denial for now; `context` says so, with
 * the id to request the approval by. The subject in the body is a fact for policies, never an identity.
 */
export async function evaluateAccess(
  context: Context,
  input: AccessEvaluationInput,
): Promise<AccessEvaluation> {
  const { subject, action, resource } = input
  const facts = {
    subject: flatten(subject),
    resource: flatten(resource),
    context: {
      ...(action.properties as JsonObject | undefined),
      ...(input.context as JsonObject | undefined),
    },
  }
  const { tenantId } = context.principal
  const request = { ...facts, action: action.name, ...(tenantId !== DEFAULT_TENANT && { tenant: tenantId }) }
  const decisionId = `dec_${payloadHash(request).slice(0, 16)}`
  const decision = await authorize(context, {
    decisionId,
    action: action.name,
    resource: facts.resource,
    payload:
      action.name === PURCHASE_ACTION
        ? parsePurchaseContext(facts.context)
        : { subject: facts.subject, resource: facts.resource, context: facts.context },
    facts,
    runId: `run_${decisionId}`,
  })
  return {
    decision: decision.effect === 'allow',
    context: {
      decision_id: decision.decisionId,
      state: decision.effect === 'require_approval' ? 'requires_approval' : decision.effect,
      reason_code: decision.reasonCode,
      reason: decision.reason,
      run_id: decision.runId,
      policy_sha256: decision.policySha256,
      requestable: decision.effect === 'require_approval',
    },
  }
}

/**
 * Answers a batch in order. Without `evaluations` it is one request. A semantic that stops leaves out what follows
 * (AuthZEN 1.0 §7.1.2).
 */
export async function evaluateAccessBatch(
  context: Context,
  input: AccessEvaluationsInput,
): Promise<AccessEvaluation[] | AccessEvaluation> {
  const { evaluations, options, ...defaults } = input
  if (!evaluations || evaluations.length === 0) return evaluateAccess(context, complete(defaults, ''))
  const semantic = options?.evaluations_semantic ?? 'execute_all'
  // All are checked before the first is answered: a batch with a fault decides nothing. First how much it is, because
  // what stands at the top is checked with each.
  const asked = evaluations.map((one) => ({ ...defaults, ...one }))
  refuseLargeBatch(asked.map(storedOf), context.settings.maxFactsBytes)
  const requests = asked.map((one, index) => complete(one, `evaluations.${index}.`))
  const answers: AccessEvaluation[] = []
  for (const request of requests) {
    const answer = await evaluateAccess(context, request)
    answers.push(answer)
    if (semantic === 'deny_on_first_deny' && !answer.decision) break
    if (semantic === 'permit_on_first_permit' && answer.decision) break
  }
  return answers
}

/** What of a request is stored with its decision. */
const storedOf = ({ subject, action, resource, context }: Record<string, unknown>) =>
  ({ subject, action, resource, context }) as JsonObject

function complete(input: unknown, prefix: string): AccessEvaluationInput {
  const parsed = AccessEvaluationInput.safeParse(input)
  if (parsed.success) return parsed.data
  const faults = describeIssues(parsed.error.issues, input).map((fault) => ({
    ...fault,
    path: `${prefix}${fault.path}`,
  }))
  throw validationError(faults, {
    code: 'REQUEST_VALIDATION_ERROR',
    message: 'Access evaluation request failed validation',
    detailCode: () => 'REQUEST_VALIDATION_ERROR',
  })
}

/** A purchase is the same wherever it is asked about: an amount that is none must not slip under a threshold. */
function parsePurchaseContext(context: JsonObject): Purchase {
  const { amount, currency, merchant } = parseInput(
    z.object({ context: PurchaseContext }),
    { context },
    AUTHORIZE_ACTION_VOCABULARY,
  ).context
  return { amount, currency, merchant: merchant ?? null }
}

/** An entity's properties beside its type and id, so that a policy says `subject.department`; type and id win. */
function flatten(entity: {
  type: string
  id: string
  properties?: Record<string, unknown> | undefined
}): JsonObject {
  return { ...(entity.properties as JsonObject | undefined), type: entity.type, id: entity.id }
}
