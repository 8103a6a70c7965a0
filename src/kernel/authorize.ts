import { canonicalJson, type Json } from '../lib/canonical-json.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { AppError, storageWriteError } from '../lib/errors.ts'
import { payloadHash } from '../lib/hash.ts'
import { newId } from '../lib/ids.ts'
import { timestampAfter } from '../lib/timestamp.ts'
import type { Context } from './context.ts'
import type { PayloadOf } from './ledger/event-kinds.ts'
import { stateAt } from './ledger/run-state.ts'
import { fieldsOf } from './policy/action-fields.ts'
import { evaluatePolicies } from './policy/evaluate-policies.ts'
import type { Principal } from './schema.ts'

type JsonObject = Record<string, Json>

export type AuthorizeRequest = {
  /** The same for the same request, so that asking twice is asking once. */
  decisionId: string
  action: string
  resource: JsonObject | null
  /** What will run if the answer is yes: its hash binds. */
  payload: JsonObject
  /** What policies may look at, by namespace; who asks is added here. */
  facts: Record<string, JsonObject>
  /** The run whose journal tells of it. */
  runId: string
}

export type Decision = {
  decisionId: string
  effect: 'allow' | 'require_approval' | 'deny'
  reasonCode: string
  /** One sentence for a human. */
  reason: string
  runId: string
  payloadSha256: string
  policySha256: string
  /** The execution that this decision has already led to. */
  executionId: string | null
}

/**
 * The one gate: everything that has an effect asks here first. Policies decide on facts, the decision is written down
 * with those facts, and only then is it told. An outside action that no policy speaks about is denied, and so is one
 * that was executed already. Without policies or without a written record there is no answer but an error.
 *
 * @throws AppError 503 when the policies cannot be loaded, 500 STORAGE_WRITE_ERROR when the decision cannot be recorded.
 */
export async function authorize(context: Context, request: AuthorizeRequest): Promise<Decision> {
  const { principal, policySets } = context
  const { policySet, execution } = await policySets.readGate(principal.tenantId, request.decisionId)
  const facts: Record<string, Json> = { ...request.facts, ...whoAsks(principal), action: request.action }
  const verdict = evaluatePolicies(policySet, {
    action: request.action,
    fields: fieldsOf(request.action),
    facts,
    scopeIds: {},
    // An action from outside that no policy allows is denied.
    unmatched: 'deny',
  })
  const effect = execution || verdict.effect === 'none' ? 'deny' : verdict.effect
  const record: PayloadOf<'decision_recorded'> = {
    decision_id: request.decisionId,
    action: request.action,
    resource: request.resource,
    effect,
    reason_code: execution ? 'ALREADY_EXECUTED' : verdict.reasonCode,
    reason: execution
      ? `this decision was executed already as ${execution.id}, which is ${execution.status}; a new purchase needs a new request_id`
      : verdict.reason,
    payload: request.payload,
    payload_sha256: payloadHash(request.payload),
    policy_sha256: policySet.version,
    facts,
    matches: JSON.parse(canonicalJson([...verdict.matches, ...verdict.indeterminate])),
    approval:
      effect === 'require_approval'
        ? {
            required_approvals: verdict.approval?.required_approvals ?? 1,
            forbid_self_approval: verdict.approval?.forbid_self_approval ?? false,
            expires_in_seconds: verdict.approval?.expires_in_seconds ?? null,
          }
        : null,
  }
  const runId = await recordDecision(context, request, record)
  crashPoint(context.settings, 'decision-recorded')
  return {
    decisionId: request.decisionId,
    effect,
    reasonCode: record.reason_code,
    reason: record.reason,
    runId,
    payloadSha256: record.payload_sha256!,
    policySha256: policySet.version,
    executionId: execution?.id ?? null,
  }
}

/** Who asks, as policies see it: from the credential, so that nothing in a body can stand in for it. */
export function whoAsks(principal: Principal): Record<string, JsonObject> {
  return {
    user: {
      id: principal.id,
      role: principal.role,
      kind: principal.kind,
      ...(principal.loglineId && { logline_id: principal.loglineId }),
    },
    tenant: { id: principal.tenantId },
  }
}

/** Writes the decision into its run; where that run is over already, into one of its own. Returns which. */
async function recordDecision(
  context: Context,
  request: AuthorizeRequest,
  payload: PayloadOf<'decision_recorded'>,
): Promise<string> {
  const { ledger, clock, principal } = context
  const append = (runId: string, evenIfOver: boolean) =>
    ledger.append(principal.tenantId, runId, (head) => {
      const over = stateAt(head.state, clock.now()).terminal
      if (over && !evenIfOver) return []
      return [
        {
          kind: 'decision_recorded',
          eventId: newId('evt'),
          occurredAt: timestampAfter(clock.now(), head.newestNs).iso,
          actor: principal.id,
          payload,
        },
      ]
    })
  try {
    const [event] = await append(request.runId, false)
    if (event) return event.runId
    const [aside] = await append(`run_${request.decisionId}`, true)
    return aside!.runId
  } catch (error) {
    throw error instanceof AppError ? error : storageWriteError(error)
  }
}
