import type { Json } from '../../lib/canonical-json.ts'
import { whoAsks } from '../authorize.ts'
import type { Context } from '../context.ts'
import { fieldsOf } from './action-fields.ts'
import { evaluatePolicies } from './evaluate-policies.ts'
import { explainPolicies } from './explain-policies.ts'
import { isPolicyChange, policyChangeRequest } from './policy-change.ts'
import type { PolicyRequest } from './read-facts.ts'

type Facts = { [namespace: string]: Record<string, Json> | undefined }

/**
 * A dry run: what the policies of now would say to a request, and what became of every one of them. Nothing is
 * recorded and nothing is bound.
 */
export async function explainRequest(context: Context, action: string, sent: Facts) {
  const policySet = await context.policySets.current(context.principal.tenantId)
  const namespaces = Object.entries(sent).filter(
    (entry): entry is [string, Record<string, Json>] => entry[1] !== undefined,
  )
  const idOf = (namespace: string) => {
    const id = sent[namespace]?.id
    return typeof id === 'string' ? id : undefined
  }
  const [app, tool, workflow, agent] = ['app', 'tool', 'workflow', 'agent'].map(idOf)
  const facts = { ...Object.fromEntries(namespaces), ...whoAsks(context.principal), action }
  const request: PolicyRequest = {
    action,
    fields: fieldsOf(action),
    facts,
    scopeIds: {
      ...(app && { app }),
      ...(tool && { tool }),
      ...(workflow && { workflow }),
      ...(agent && { agent }),
    },
    ...(isPolicyChange(action, facts) && policyChangeRequest(action, facts)),
  }
  const verdict = evaluatePolicies(policySet, request)
  return {
    effect: verdict.effect,
    reason_code: verdict.reasonCode,
    reason: verdict.reason,
    decided_by: verdict.decidedBy,
    approval: verdict.approval,
    modify: verdict.modify,
    shadow: verdict.shadow,
    policy_sha256: policySet.version,
    policies: explainPolicies(policySet, request),
  }
}
