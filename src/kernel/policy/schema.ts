import { z } from 'zod'
import { AuthenticationMethod } from '../../verifier/schema.ts'

/**
 * Every field a condition may name: `action` itself, the listed fields of a closed namespace, anything below an open
 * one. Other names are refused when a policy is written, because a rule on a misspelt field would never hold.
 */
export const VOCABULARY = {
  tool: ['id', 'risk_level', 'side_effects', 'handler_type'],
  run: ['id', 'mode', 'input'],
  workflow: ['id'],
  agent: ['id'],
  app: ['id'],
  user: ['id', 'role', 'kind', 'logline_id', 'key_id'],
  tenant: ['id'],
  policy: [
    'id',
    'name',
    'scope',
    'scope_id',
    'effect',
    'priority',
    'enabled',
    'mode',
    'author',
    'previous_name',
    'previous_scope',
    'previous_scope_id',
    'previous_effect',
    'previous_priority',
    'previous_enabled',
    'previous_mode',
  ],
  resource: 'open',
  subject: 'open',
  context: 'open',
} as const satisfies Record<string, 'open' | readonly string[]>
export type Namespace = keyof typeof VOCABULARY

/** Below this field of a closed namespace anything may stand. */
const OPEN_FIELD = 'run.input'
const UNREADABLE_SEGMENTS = new Set(['__proto__', 'constructor', 'prototype'])
const MAX_INTEGER = 2_147_483_647

/** Text that PostgreSQL can store and RFC 8785 can hash. */
const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), {
      message: 'expected Unicode text without lone surrogates and NUL',
    })
const label = (max: number) => text(max).trim().min(1)
const Scalar = z.union([text(512), z.number(), z.boolean()])

export const ConditionField = z
  .string()
  .max(256)
  .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,8}$/)
  .superRefine((field, context) => {
    const fault = faultOfField(field)
    if (fault) context.addIssue({ code: 'custom', message: fault })
  })

function faultOfField(field: string): string | null {
  const [namespace = '', name = '', ...below] = field.split('.')
  if (field.split('.').some((segment) => UNREADABLE_SEGMENTS.has(segment))) {
    return `expected a field of the request, got '${field}', which is part of every object`
  }
  if (field === 'action') return null
  if (!Object.hasOwn(VOCABULARY, namespace)) {
    return `expected 'action' or a field of ${Object.keys(VOCABULARY).join(', ')}, got '${field}'`
  }
  const fields: 'open' | readonly string[] = VOCABULARY[namespace as Namespace]
  if (fields === 'open') return name ? null : `expected a field of '${namespace}', e.g. '${namespace}.id'`
  const known = fields.includes(name) && (below.length === 0 || `${namespace}.${name}` === OPEN_FIELD)
  return known ? null : `expected ${fields.map((each) => `${namespace}.${each}`).join(', ')}, got '${field}'`
}

const field = ConditionField
const Equality = z.strictObject({ field, operator: z.enum(['equals', 'not_equals']), value: Scalar })
const Membership = z.strictObject({
  field,
  operator: z.enum(['in', 'not_in']),
  value: z.array(Scalar).min(1).max(256),
})
const Ordering = z.strictObject({
  field,
  operator: z.enum(['greater_than', 'less_than', 'greater_than_or_equal', 'less_than_or_equal']),
  value: z.number(),
})
const Containment = z.strictObject({ field, operator: z.enum(['contains']), value: Scalar })
const Affix = z.strictObject({ field, operator: z.enum(['starts_with', 'ends_with']), value: text(512) })
const Existence = z.strictObject({ field, operator: z.enum(['exists', 'not_exists']) })

/** One comparison. A value that every text would satisfy (`''` as a part of a text) is refused. */
export const Condition = z
  .discriminatedUnion('operator', [Equality, Membership, Ordering, Containment, Affix, Existence])
  .overwrite(withoutToolAlias)
  .superRefine((condition, context) => {
    const part = ['contains', 'starts_with', 'ends_with'].includes(condition.operator)
    if (part && 'value' in condition && condition.value === '') {
      context.addIssue({ code: 'custom', path: ['value'], message: 'expected at least one character' })
    }
  })
export type Condition = z.infer<typeof Condition>

export const Operator = z.enum([
  ...Equality.shape.operator.options,
  ...Membership.shape.operator.options,
  ...Ordering.shape.operator.options,
  ...Containment.shape.operator.options,
  ...Affix.shape.operator.options,
  ...Existence.shape.operator.options,
])

/** `tool.ticketing.list_open` is an alias of `ticketing.list_open`, wherever a tool is named. */
export function stripToolAlias<T>(toolId: T): T | string {
  return typeof toolId === 'string' && toolId.startsWith('tool.')
    ? toolId.replace(/^(?:tool\.)+/, '')
    : toolId
}

function withoutToolAlias<C extends { field: string; operator: string; value?: unknown }>(condition: C): C {
  const { operator, value } = condition
  if (condition.field !== 'tool.id' || value === undefined) return condition
  if (operator === 'contains' || operator === 'ends_with') return condition
  return { ...condition, value: Array.isArray(value) ? value.map(stripToolAlias) : stripToolAlias(value) }
}

const notEmpty = (value: object) => Object.keys(value).length > 0
const EMPTY = { message: 'expected at least one member' }

/** The control fields a policy may set. What a tool or an agent is given is out of its reach. */
export const Modification = z
  .strictObject({
    mode: z.enum(['draft', 'auto']).optional(),
    cost_limit_cents: z.int().min(0).max(MAX_INTEGER).optional(),
    llm_calls_limit: z.int().min(0).max(MAX_INTEGER).optional(),
    latency_slo_ms: z.int().min(1).max(MAX_INTEGER).optional(),
  })
  .refine(notEmpty, EMPTY)
export type Modification = z.infer<typeof Modification>

export const ApprovalTerms = z
  .strictObject({
    required_approvals: z.int().min(1).max(10).optional(),
    forbid_self_approval: z.boolean().optional(),
    expires_in_seconds: z.int().min(1).max(31_536_000).optional(),
    require_fresh_authentication: AuthenticationMethod.optional().describe(
      'whoever approves proves anew who they are; a passkey does for a password too',
    ),
  })
  .refine(notEmpty, EMPTY)
export type ApprovalTerms = z.infer<typeof ApprovalTerms>

export const RuleExpression = z.strictObject({
  conditions: z.array(Condition).min(1).max(50),
  logic: z.enum(['AND', 'OR']).default('AND'),
  modify: Modification.optional(),
  approval: ApprovalTerms.optional(),
})
export type RuleExpression = z.infer<typeof RuleExpression>

export const PolicyScope = z.enum(['global', 'tenant', 'app', 'tool', 'workflow', 'agent'])
export type PolicyScope = z.infer<typeof PolicyScope>
export const PolicyEffect = z.enum(['allow', 'deny', 'require_approval', 'modify'])
export type PolicyEffect = z.infer<typeof PolicyEffect>

const fields = {
  name: label(200),
  description: text(2000).nullable(),
  scope: PolicyScope,
  /** Which app, tool, workflow or agent; null for the scopes that hold everywhere. */
  scope_id: label(256).nullable(),
  rule_expr: RuleExpression,
  effect: PolicyEffect,
  /** The lower number goes first. */
  priority: z.int().min(0).max(1_000_000),
  enabled: z.boolean(),
  reason_code: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,63}$/)
    .nullable(),
}
/** In shadow a policy is asked with every decision, and what it would have changed is recorded; it decides nothing. */
const PolicyMode = z.enum(['enforce', 'shadow'])
const withDefaults = {
  ...fields,
  description: fields.description.default(null),
  scope_id: fields.scope_id.default(null),
  reason_code: fields.reason_code.default(null),
}

type Scoped = { scope: PolicyScope; scope_id: string | null }
const withoutScopeAlias = <P extends Scoped>(policy: P): P =>
  policy.scope === 'tool' ? { ...policy, scope_id: stripToolAlias(policy.scope_id) } : policy

/** What only holds between the members of a policy. */
function checkPolicy(
  policy: Scoped & { effect: PolicyEffect; rule_expr: RuleExpression },
  context: z.RefinementCtx,
) {
  const { scope, scope_id: scopeId, effect, rule_expr: expression } = policy
  const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
  const everywhere = scope === 'global' || scope === 'tenant'
  if (everywhere && scopeId !== null) refuse(['scope_id'], `expected none with scope '${scope}'`)
  if (!everywhere && !scopeId) refuse(['scope_id'], `expected the id of the ${scope} it holds for`)
  if (effect === 'modify' && !expression.modify) {
    refuse(['rule_expr', 'modify'], "expected what to set, as the effect is 'modify'")
  }
  if (effect !== 'modify' && expression.modify) {
    refuse(['rule_expr', 'modify'], `expected none with effect '${effect}'; only 'modify' sets anything`)
  }
  if (effect !== 'require_approval' && expression.approval) {
    refuse(['rule_expr', 'approval'], `expected none with effect '${effect}'; only 'require_approval' asks`)
  }
}

/** What creates a policy. */
export const PolicyInput = z
  .strictObject({
    ...withDefaults,
    priority: fields.priority.default(100),
    enabled: fields.enabled.default(true),
    mode: PolicyMode.default('enforce'),
  })
  .overwrite(withoutScopeAlias)
  .superRefine(checkPolicy)
export type PolicyInput = z.infer<typeof PolicyInput>

/** What changes a policy: members replaced whole. The merged result must be parsed by `PolicyInput` again. */
export const PolicyPatch = z.strictObject({ ...fields, mode: PolicyMode }).partial()
export type PolicyPatch = z.infer<typeof PolicyPatch>

/** A policy as it is stored and shown. */
export const Policy = z.object({
  id: z.string(),
  tenant_id: z.string(),
  ...fields,
  mode: PolicyMode,
  version: z.int().min(1),
  created_at: z.string(),
  updated_at: z.string(),
})
export type Policy = z.infer<typeof Policy>

/** One form of a policy without what the program itself adds: what a version keeps. */
export const PolicyForm = z.object({ ...fields, mode: PolicyMode })
export type PolicyForm = z.infer<typeof PolicyForm>

/** What changed between two forms of a policy, by the path of each member. */
export const PolicyDiff = z.object({
  added: z.array(z.object({ path: z.string(), value: z.json() })),
  removed: z.array(z.object({ path: z.string(), value: z.json() })),
  changed: z.array(z.object({ path: z.string(), before: z.json(), after: z.json() })),
})
export type PolicyDiff = z.infer<typeof PolicyDiff>

export const PolicyVersion = z.object({
  version: z.int().min(1),
  operation: z.enum(['created', 'updated', 'deleted']),
  /** Null where the policy ended. */
  content: PolicyForm.nullable(),
  changed_by: z.string(),
  changed_at: z.string(),
  /** The decision that allowed the change, where policies spoke about it. */
  decision_id: z.string().nullable(),
  /** Against the version before; null where there is none, and where the policy ended. */
  diff: PolicyDiff.nullable(),
})
export type PolicyVersion = z.infer<typeof PolicyVersion>

/** What is compiled: the content of a stored policy, or one that belongs to the installation. */
export const CompilablePolicy = z
  .object({ id: label(256), ...withDefaults, priority: z.int().min(0).max(MAX_INTEGER) })
  .overwrite(withoutScopeAlias)
  .superRefine(checkPolicy)
export type CompilablePolicy = z.input<typeof CompilablePolicy>

/** `unknown`: the request lacks the field or has another type there. `out_of_reach`: its action has no such field. */
export const ConditionOutcome = z.enum(['holds', 'fails', 'unknown', 'out_of_reach'])
export type ConditionOutcome = z.infer<typeof ConditionOutcome>

/** What a condition met. */
export const ConditionEvidence = z.object({
  field: z.string(),
  operator: Operator,
  /** What the policy compares with; null where there is nothing to compare. */
  value: z.union([Scalar, z.array(Scalar)]).nullable(),
  outcome: ConditionOutcome,
  /** The value in the request; long text is cut, lists and objects are left to the recorded facts. */
  actual: z.union([z.string(), z.number(), z.boolean()]).nullable(),
  actual_type: z.enum(['missing', 'string', 'number', 'boolean', 'array', 'object']),
  /** Actual minus limit, where numbers are ordered. */
  margin: z.number().nullable(),
})
export type ConditionEvidence = z.infer<typeof ConditionEvidence>

const evidence = {
  policy_id: z.string(),
  name: z.string(),
  effect: PolicyEffect,
  priority: z.int(),
  reason_code: z.string().nullable(),
  logic: z.enum(['AND', 'OR']),
  conditions: z.array(ConditionEvidence),
}

/** A policy that holds, or may hold, as a decision records it. */
export const PolicyMatch = z.object({ ...evidence, outcome: z.enum(['matched', 'indeterminate']) })
export type PolicyMatch = z.infer<typeof PolicyMatch>

/** What a policy in shadow would have changed in a decision. */
export const ShadowFinding = z.strictObject({
  policy_id: z.string(),
  /** Of its own content: it is not part of the set that decided. */
  policy_sha256: z.string(),
  outcome: z.enum(['matched', 'indeterminate']),
  /** What the decision would have been. The same effect means other terms of approval or other limits. */
  effect: z.enum(['allow', 'require_approval', 'deny']),
  reason_code: z.string(),
  reason: z.string(),
})
export type ShadowFinding = z.infer<typeof ShadowFinding>

/** One policy of the set and what became of it. */
export const PolicyExplanation = z.object({
  ...evidence,
  mode: PolicyMode,
  scope: PolicyScope,
  scope_id: z.string().nullable(),
  outcome: z.enum(['matched', 'indeterminate', 'not_matched', 'out_of_reach', 'out_of_scope']),
})
export type PolicyExplanation = z.infer<typeof PolicyExplanation>
