import type { Condition, PolicyForm } from '../../kernel/policy/schema.ts'

type Operator = Condition['operator']
export type ConditionDraft = { key: number; field: string; operator: Operator; value: string }

/** A policy while it is written: what fields hold is text until it is sent. */
export type PolicyDraft = {
  name: string
  description: string
  scope: PolicyForm['scope']
  scope_id: string
  effect: PolicyForm['effect']
  priority: string
  enabled: boolean
  mode: PolicyForm['mode']
  reason_code: string
  logic: 'AND' | 'OR'
  conditions: ConditionDraft[]
  approval: {
    required_approvals: string
    forbid_self_approval: boolean
    expires_in_seconds: string
    require_fresh_authentication: '' | 'password' | 'passkey'
  }
  modify: {
    mode: '' | 'draft' | 'auto'
    cost_limit_cents: string
    llm_calls_limit: string
    latency_slo_ms: string
  }
}

let keys = 0
export const emptyCondition = (): ConditionDraft => ({
  key: ++keys,
  field: '',
  operator: 'equals',
  value: '',
})

export const OPERATORS_WITHOUT_VALUE: readonly Operator[] = ['exists', 'not_exists']

/** A policy of which anything may be missing. */
type Loose = Partial<Omit<PolicyForm, 'rule_expr'>> & { rule_expr?: Partial<PolicyForm['rule_expr']> }

export const NEW_POLICY: Loose = {
  name: '',
  scope: 'tenant',
  effect: 'deny',
  rule_expr: { conditions: [{ field: 'action', operator: 'equals', value: '' }] },
}

export function draftOf(policy: Loose): PolicyDraft {
  const { conditions = [], logic = 'AND', approval, modify } = policy.rule_expr ?? {}
  const numeral = (value: number | undefined) => (value === undefined ? '' : String(value))
  return {
    name: policy.name ?? '',
    description: policy.description ?? '',
    scope: policy.scope ?? 'tenant',
    scope_id: policy.scope_id ?? '',
    effect: policy.effect ?? 'deny',
    priority: String(policy.priority ?? 100),
    enabled: policy.enabled ?? true,
    mode: policy.mode ?? 'enforce',
    reason_code: policy.reason_code ?? '',
    logic,
    conditions: conditions.map((condition) => ({
      key: ++keys,
      field: condition.field,
      operator: condition.operator,
      value: 'value' in condition ? writeValue(condition.operator, condition.value) : '',
    })),
    approval: {
      required_approvals: numeral(approval?.required_approvals),
      forbid_self_approval: approval?.forbid_self_approval ?? false,
      expires_in_seconds: numeral(approval?.expires_in_seconds),
      require_fresh_authentication: approval?.require_fresh_authentication ?? '',
    },
    modify: {
      mode: modify?.mode ?? '',
      cost_limit_cents: numeral(modify?.cost_limit_cents),
      llm_calls_limit: numeral(modify?.llm_calls_limit),
      latency_slo_ms: numeral(modify?.latency_slo_ms),
    },
  }
}

/** What is sent. What does not fit goes along as it was typed, so that the server says at which field. */
export function policyOf(draft: PolicyDraft): object {
  const everywhere = draft.scope === 'global' || draft.scope === 'tenant'
  const { approval, modify } = draft
  const terms = withoutEmpty({
    required_approvals: numberOf(approval.required_approvals),
    forbid_self_approval: approval.forbid_self_approval || undefined,
    expires_in_seconds: numberOf(approval.expires_in_seconds),
    require_fresh_authentication: approval.require_fresh_authentication || undefined,
  })
  const limits = withoutEmpty({
    mode: modify.mode || undefined,
    cost_limit_cents: numberOf(modify.cost_limit_cents),
    llm_calls_limit: numberOf(modify.llm_calls_limit),
    latency_slo_ms: numberOf(modify.latency_slo_ms),
  })
  return {
    name: draft.name,
    description: draft.description || null,
    scope: draft.scope,
    scope_id: everywhere ? null : draft.scope_id || null,
    effect: draft.effect,
    priority: numberOf(draft.priority) ?? '',
    enabled: draft.enabled,
    mode: draft.mode,
    reason_code: draft.reason_code || null,
    rule_expr: {
      logic: draft.logic,
      conditions: draft.conditions.map(({ field, operator, value }) => ({
        field,
        operator,
        ...(!OPERATORS_WITHOUT_VALUE.includes(operator) && { value: readValue(operator, value) }),
      })),
      ...(draft.effect === 'require_approval' && Object.keys(terms).length > 0 && { approval: terms }),
      ...(draft.effect === 'modify' && { modify: limits }),
    },
  }
}

function numberOf(typed: string): number | string | undefined {
  const text = typed.trim()
  if (text === '') return undefined
  return Number.isFinite(Number(text)) ? Number(text) : text
}

function withoutEmpty(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

const TEXT_OPERATORS: readonly Operator[] = ['starts_with', 'ends_with']

/** A number and true or false stand for themselves, a text in quotes for what is in them, anything else for itself. */
function readValue(operator: Operator, typed: string): unknown {
  if (TEXT_OPERATORS.includes(operator)) return typed
  const value = parse(typed)
  if (operator === 'in' || operator === 'not_in') return Array.isArray(value) ? value : [value ?? typed]
  return value === undefined || typeof value === 'object' ? typed : value
}

/** How a value is typed so that it is read as the same again. */
function writeValue(operator: Operator, value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  if (TEXT_OPERATORS.includes(operator)) return value
  const read = parse(value)
  return read === undefined || typeof read === 'object' ? value : JSON.stringify(value)
}

function parse(typed: string): unknown {
  try {
    return JSON.parse(typed)
  } catch {
    return undefined
  }
}
