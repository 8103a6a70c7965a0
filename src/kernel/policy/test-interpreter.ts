import type { PolicyRequest } from './read-facts.ts'
import type { CompilablePolicy, Condition } from './schema.ts'

type Truth = true | false | undefined

function holds(condition: Condition, { action, fields, facts }: PolicyRequest): Truth {
  const [namespace = '', ...path] = condition.field.split('.')
  if (namespace !== 'action') {
    const names = new Map<string, 'open' | readonly string[]>(Object.entries(fields)).get(namespace)
    if (names === undefined || (names !== 'open' && !names.includes(path[0]!))) return false
  }
  let actual: unknown = namespace === 'action' ? action : facts
  for (const segment of namespace === 'action' ? [] : [namespace, ...path]) {
    const isObject = typeof actual === 'object' && actual !== null && !Array.isArray(actual)
    actual = isObject ? new Map(Object.entries(actual as object)).get(segment) : undefined
  }
  const bare = (value: unknown) =>
    condition.field === 'tool.id' ? String(value).replace(/^tool\./, '') : value
  if (typeof actual === 'string') actual = bare(actual)
  const missing =
    actual === undefined || actual === null || (typeof actual === 'number' && !Number.isFinite(actual))
  const number = typeof actual === 'number' ? actual : undefined
  const text = typeof actual === 'string' ? actual : undefined
  const same = (value: unknown) => actual === (typeof value === 'string' ? bare(value) : value)
  if (condition.operator === 'exists') return !missing
  if (condition.operator === 'not_exists') return missing
  if (missing) return undefined
  switch (condition.operator) {
    case 'equals':
      return same(condition.value)
    case 'not_equals':
      return !same(condition.value)
    case 'in':
      return condition.value.some(same)
    case 'not_in':
      return !condition.value.some(same)
    case 'greater_than':
      return number === undefined ? undefined : number > condition.value
    case 'less_than':
      return number === undefined ? undefined : number < condition.value
    case 'greater_than_or_equal':
      return number === undefined ? undefined : number >= condition.value
    case 'less_than_or_equal':
      return number === undefined ? undefined : number <= condition.value
    case 'starts_with':
      return text?.startsWith(condition.value)
    case 'ends_with':
      return text?.endsWith(condition.value)
    case 'contains':
      if (Array.isArray(actual)) return actual.includes(condition.value)
      return typeof condition.value === 'string' ? text?.includes(condition.value) : undefined
  }
}

function judge(policy: CompilablePolicy, request: PolicyRequest): Truth {
  const { scope, scope_id: id } = policy
  if (scope !== 'global' && scope !== 'tenant') {
    const bare = (value: unknown) => (scope === 'tool' ? value?.toString().replace(/^tool\./, '') : value)
    if (bare(request.scopeIds[scope]) !== bare(id)) return false
  }
  const truths = policy.rule_expr.conditions.map((condition) => holds(condition as Condition, request))
  if (policy.rule_expr.logic === 'OR')
    return truths.includes(true) ? true : truths.includes(undefined) ? undefined : false
  return truths.includes(false) ? false : truths.includes(undefined) ? undefined : true
}

/** The semantics once more, as plainly as possible, to compare with: no index, no closures, every rule asked in turn. */
export function interpretPolicies(policies: CompilablePolicy[], request: PolicyRequest) {
  const strictness = ['deny', 'require_approval', 'modify', 'allow']
  const order = (a: CompilablePolicy, b: CompilablePolicy) =>
    a.priority - b.priority ||
    strictness.indexOf(a.effect) - strictness.indexOf(b.effect) ||
    (a.id < b.id ? -1 : 1)
  const sorted = policies.filter(({ enabled }) => enabled).sort(order)
  const matched = sorted.filter((policy) => judge(policy, request) === true)
  const possible = sorted.filter((policy) => judge(policy, request) === undefined)
  const deny = matched.find(({ effect }) => effect === 'deny')
  const first = deny ?? matched.find(({ effect }) => effect !== 'modify')
  const escalates = possible.some(({ effect }) => effect === 'deny' || effect === 'require_approval')
  const effect = first?.effect ?? 'none'
  return {
    matched: matched.map(({ id }) => id),
    possible: possible.map(({ id }) => id),
    effect: escalates && effect !== 'deny' ? 'require_approval' : effect,
  }
}
