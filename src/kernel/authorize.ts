import { canonicalJson, type Json } from '../lib/canonical-json.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { AppError, storageWriteError } from '../lib/errors.ts'
import { payloadHash } from '../lib/hash.ts'
import { newId } from '../lib/ids.ts'
import { timestampAfter } from '../lib/timestamp.ts'
import { isReservedRun } from './audit/audit-run.ts'
import type { Context, KernelSettings } from './context.ts'
import type { PayloadOf } from './ledger/event-kinds.ts'
import { appendFromOutside } from './ledger/promised-runs.ts'
import { stateAt } from './ledger/run-state.ts'
import { fieldsOf } from './policy/action-fields.ts'
import type { ApprovalRequirement } from './policy/combine-terms.ts'
import type { CompiledPolicySet } from './policy/compile-policies.ts'
import { evaluatePolicies, type PolicyVerdict } from './policy/evaluate-policies.ts'
import { isPolicyChange, policyChangeRequest } from './policy/policy-change.ts'
import { KEY_PREFIX, type PolicyRequest } from './policy/read-facts.ts'
import { type RunAction, runRequest } from './policy/run-request.ts'
import type { Modification } from './policy/schema.ts'
import { refuseLargeFacts } from './refuse-large-facts.ts'
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

/** Nothing was decided: whoever asks must be found out anew first, because a credential of the tenant was changed. */
export class CredentialsChangedError extends Error {}

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
 * @throws CredentialsChangedError where the principal was remembered and may be another by now.
 * @throws AppError 413 FACTS_TOO_LARGE, 503 when the policies cannot be loaded, 500 STORAGE_WRITE_ERROR when the decision cannot be recorded.
 */
export async function authorize(context: Context, request: AuthorizeRequest): Promise<Decision> {
  const { principal, policySets, settings } = context
  const facts: Record<string, Json> = { ...request.facts, ...whoAsks(principal), action: request.action }
  refuseLargeFacts(facts, settings.maxFactsBytes)
  const gate = await policySets.readGate(principal.tenantId, request.decisionId)
  const { policySet, execution } = gate
  if (context.credentialRevision !== undefined && context.credentialRevision !== gate.credentialRevision) {
    throw new CredentialsChangedError()
  }
  const question: PolicyRequest = isPolicyChange(request.action, facts)
    ? policyChangeRequest(request.action, facts)
    : // An action from outside that no policy allows is denied.
      { action: request.action, fields: fieldsOf(request.action), facts, scopeIds: {}, unmatched: 'deny' }
  const verdict = evaluatePolicies(policySet, question)
  const effect = execution ? 'deny' : verdict.effect === 'none' ? question.unmatched! : verdict.effect
  const record = recordOf(request, effect, verdict, facts, policySet.version)
  if (execution) {
    record.reason_code = 'ALREADY_EXECUTED'
    record.reason = `this decision was executed already as ${execution.id}, which is ${execution.status}; a new purchase needs a new request_id`
    // It is over, so no policy would have changed anything.
    delete record.shadow
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

/** What the engine asks about a run, an agent or a tool inside a run. */
export type RunDecisionRequest = Omit<AuthorizeRequest, 'runId' | 'action'> & {
  action: RunAction
  step: { stepId: string; nodeId: string } | null
  forbidden?: Forbidden | null
}

/** What a setting of the operator forbids, whatever policies say. */
export type Forbidden = { reasonCode: string; reason: string }

export type RunDecision = {
  decisionId: string
  effect: Decision['effect']
  reason: string
  reasonCode: string
  decidedBy: string | null
  approval: ApprovalRequirement | null
  modify: Modification
  payloadSha256: string
  /** Must be in the log before anything is done about the answer. */
  event: { kind: 'decision_recorded'; payload: PayloadOf<'decision_recorded'> }
}

/**
 * The same gate for the engine, which writes the decision into its run in one commit with what follows from it. Where
 * no policy speaks a call inside a run is allowed, and recorded all the same.
 *
 * @throws AppError 413 FACTS_TOO_LARGE
 */
export function authorizeInRun(
  principal: Principal,
  policySet: CompiledPolicySet,
  request: RunDecisionRequest,
  { maxFactsBytes }: Pick<KernelSettings, 'maxFactsBytes'>,
): RunDecision {
  const facts: Record<string, Json> = { ...request.facts, ...whoAsks(principal), action: request.action }
  refuseLargeFacts(facts, maxFactsBytes)
  const verdict = forbid(
    evaluatePolicies(policySet, runRequest(request.action, facts)),
    request.forbidden ?? null,
  )
  const effect = verdict.effect === 'none' ? 'allow' : verdict.effect
  const payload = recordOf(request, effect, verdict, facts, policySet.version)
  return {
    decisionId: request.decisionId,
    effect,
    reason: payload.reason,
    reasonCode: payload.reason_code,
    decidedBy: verdict.decidedBy,
    approval: verdict.approval,
    modify: verdict.modify,
    payloadSha256: payload.payload_sha256!,
    event: {
      kind: 'decision_recorded',
      payload: {
        ...payload,
        ...(request.step && { step_id: request.step.stepId, node_id: request.step.nodeId }),
      },
    },
  }
}

/** A policy that denies keeps its own reason. */
function forbid(verdict: PolicyVerdict, forbidden: Forbidden | null): PolicyVerdict {
  if (!forbidden || verdict.effect === 'deny') return verdict
  return { ...verdict, ...forbidden, effect: 'deny', decidedBy: null, approval: null }
}

function recordOf(
  request: Pick<AuthorizeRequest, 'decisionId' | 'action' | 'resource' | 'payload'>,
  effect: Decision['effect'],
  verdict: PolicyVerdict,
  facts: Record<string, Json>,
  policyVersion: string,
): PayloadOf<'decision_recorded'> {
  return {
    decision_id: request.decisionId,
    action: request.action,
    resource: request.resource,
    effect,
    reason_code: verdict.reasonCode,
    reason: verdict.reason,
    payload: request.payload,
    payload_sha256: payloadHash(request.payload),
    policy_sha256: policyVersion,
    facts,
    matches: JSON.parse(canonicalJson([...verdict.matches, ...verdict.indeterminate])),
    ...(verdict.shadow.length > 0 && { shadow: verdict.shadow }),
    approval: effect === 'require_approval' ? (verdict.approval ?? ONE_APPROVAL) : null,
  }
}

const ONE_APPROVAL: ApprovalRequirement = {
  required_approvals: 1,
  forbid_self_approval: false,
  expires_in_seconds: null,
}

/** Who asks, as policies see it: from the credential, so that nothing in a body can stand in for it. */
export function whoAsks(principal: Principal): Record<string, JsonObject> {
  return {
    user: {
      id: principal.id,
      role: principal.role,
      kind: principal.kind,
      ...(principal.loglineId && { logline_id: principal.loglineId }),
      ...(principal.id.startsWith(KEY_PREFIX) && { key_id: principal.id.slice(KEY_PREFIX.length) }),
      ...(principal.policies?.length && { key_policies: principal.policies }),
    },
    tenant: { id: principal.tenantId },
  }
}

/** Writes the decision into its run; where that run is over or the engine's, into one of its own. Returns which. */
async function recordDecision(
  context: Context,
  request: AuthorizeRequest,
  payload: PayloadOf<'decision_recorded'>,
): Promise<string> {
  const { clock, principal } = context
  const append = (runId: string, evenIfOver: boolean) =>
    appendFromOutside(context, runId, (head, promised) => {
      // What a workflow's run holds is written by the engine and the gate alone, and the audit log by nobody else.
      const over =
        stateAt(head.state, clock.now()).terminal ||
        head.state.execution !== undefined ||
        promised ||
        isReservedRun(runId)
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
