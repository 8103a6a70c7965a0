import { type CompiledRule, withoutAsking } from './compile-rule.ts'
import { imposedOn } from './imposed-policies.ts'
import { compileReader, MISSING, type PolicyRequest } from './read-facts.ts'
import { type Condition, type PolicyScope, stripToolAlias } from './schema.ts'

type Rules = readonly CompiledRule[]
type Buckets = Map<unknown, CompiledRule[]>
type NarrowScope = Exclude<PolicyScope, 'global' | 'tenant'>

/**
 * Rules by what they cannot do without, so that a request looks at those that may hold and at no others. Each rule
 * stands under one kind of key. Measured at 1,000 policies over 40 tools: 180,000 evaluations a second against 27,000
 * when every rule is asked.
 */
export type RuleIndex = {
  readonly byTool: Buckets
  readonly byAction: Buckets
  readonly byScope: { readonly [S in NarrowScope]: Buckets }
  /** Rules of scope `agent` by their own id, for agents and API keys that they are attached to. */
  readonly attachable: Buckets
  /** All of `byTool`: what may hold when a tool is called and its id is missing. */
  readonly withTool: Rules
  /** What is asked about every request. */
  readonly others: Rules
}

export function indexRules(rules: Rules): RuleIndex {
  const byTool: Buckets = new Map()
  const byAction: Buckets = new Map()
  const byScope = { app: new Map(), tool: new Map(), workflow: new Map(), agent: new Map() }
  const attachable: Buckets = new Map()
  const withTool: CompiledRule[] = []
  const others: CompiledRule[] = []
  for (const rule of rules) {
    const { scope, scope_id: scopeId } = rule.policy
    const tool = findKey(rule, 'tool.id')
    const action = findKey(rule, 'action')
    if (tool) {
      withTool.push(rule)
      addTo(byTool, tool.values, withoutAsking(rule, tool.condition))
    } else if (action) {
      addTo(byAction, action.values, withoutAsking(rule, action.condition))
    } else if (scope === 'global' || scope === 'tenant') {
      others.push(rule)
    } else {
      addTo(byScope[scope], [scopeId], rule)
      if (scope === 'agent') addTo(attachable, [rule.policy.id], rule)
    }
  }
  return { byTool, byAction, byScope, attachable, withTool, others }
}

/** A condition that a rule needs, and the values of which its field must have one; null when others may do. */
function findKey(
  { policy }: CompiledRule,
  field: string,
): { condition: Condition; values: unknown[] } | null {
  const { logic, conditions } = policy.rule_expr
  if (logic === 'OR' && conditions.length > 1) return null
  for (const condition of conditions) {
    if (condition.field !== field) continue
    if (condition.operator === 'equals') return { condition, values: [condition.value] }
    if (condition.operator === 'in') return { condition, values: condition.value }
  }
  return null
}

function addTo(buckets: Buckets, keys: readonly unknown[], rule: CompiledRule): void {
  for (const key of new Set(keys)) {
    const bucket = buckets.get(key)
    if (bucket) bucket.push(rule)
    else buckets.set(key, [rule])
  }
}

const NONE: Rules = []
const readToolId = compileReader('tool.id')

/** The lists of rules that may hold for a request. No rule stands in two of them. */
export function listCandidates(index: RuleIndex, request: PolicyRequest): Rules[] {
  const { scopeIds } = request
  const lists = [index.others, index.byAction.get(request.action) ?? NONE, toolCandidates(index, request)]
  if (scopeIds.app !== undefined) lists.push(index.byScope.app.get(scopeIds.app) ?? NONE)
  if (scopeIds.tool !== undefined) lists.push(index.byScope.tool.get(stripToolAlias(scopeIds.tool)) ?? NONE)
  if (scopeIds.workflow !== undefined) lists.push(index.byScope.workflow.get(scopeIds.workflow) ?? NONE)
  if (scopeIds.agent !== undefined) lists.push(index.byScope.agent.get(scopeIds.agent) ?? NONE)
  const named = scopeIds.agent
  for (const id of request.attached ?? []) {
    // One that names this agent itself stands in the list above already.
    lists.push((index.attachable.get(id) ?? NONE).filter(({ policy }) => policy.scope_id !== named))
  }
  for (const id of imposedOn(request)) {
    if (request.attached?.includes(id)) continue
    lists.push((index.attachable.get(id) ?? NONE).filter(({ policy }) => policy.scope_id !== named))
  }
  return lists
}

function toolCandidates(index: RuleIndex, request: PolicyRequest): Rules {
  if (index.withTool.length === 0) return NONE
  const id = readToolId(request)
  // Missing, so it may be any of them: an index must not decide what a rule would have escalated.
  return id === MISSING ? index.withTool : (index.byTool.get(id) ?? NONE)
}
