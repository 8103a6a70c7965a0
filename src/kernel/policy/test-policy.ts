import { fieldsOf } from './action-fields.ts'
import { compilePolicies } from './compile-policies.ts'
import { evaluatePolicies, type PolicyVerdict } from './evaluate-policies.ts'
import type { PolicyRequest } from './read-facts.ts'
import type { CompilablePolicy, Condition } from './schema.ts'

/** A policy for tests that allows whatever `context.ok` is true of, unless told otherwise. */
export function makePolicy(
  overrides: Partial<CompilablePolicy> & { id: string; conditions?: Condition[]; logic?: 'AND' | 'OR' },
): CompilablePolicy {
  const {
    conditions = [{ field: 'context.ok', operator: 'equals', value: true }],
    logic,
    ...policy
  } = overrides
  return {
    name: `Policy ${policy.id}`,
    scope: 'tenant',
    effect: 'allow',
    priority: 100,
    enabled: true,
    ...policy,
    rule_expr: { conditions, ...(logic && { logic }), ...policy.rule_expr },
  }
}

/** An outside action about which everything may be said. */
export function makeRequest(context: unknown, overrides: Partial<PolicyRequest> = {}): PolicyRequest {
  return {
    action: 'demo.act',
    fields: fieldsOf('demo.act'),
    facts: { context } as PolicyRequest['facts'],
    scopeIds: {},
    ...overrides,
  }
}

export function ask(policies: CompilablePolicy[], request: PolicyRequest): PolicyVerdict {
  return evaluatePolicies(compilePolicies(policies), request)
}

export const idsOf = (matches: { policy_id: string }[]) => matches.map(({ policy_id: id }) => id)
