import { type ActionFields, fieldSetsOf, hasField } from '../action-fields.ts'
import type { CompiledRule, PolicyContent } from '../compile-rule.ts'
import type { Condition } from '../schema.ts'
import { areComplements, exclude, holdsFor, implies, weightOf } from './compare-conditions.ts'
import type { PolicyFinding } from './schema.ts'

/** How many more values may be compared. */
export type Work = { left: number }

/** What can be said about a policy from the rules alone; null once the work is used up. May pause after each pair. Pure. */
export function* inspectPolicy(
  rule: CompiledRule,
  rules: readonly CompiledRule[],
  work: Work,
): Generator<void, PolicyFinding[] | null> {
  const { policy } = rule
  const find = (
    kind: PolicyFinding['kind'],
    message: string,
    other: string | null = null,
  ): PolicyFinding[] => [{ kind, policy_id: policy.id, other_policy_id: other, message }]
  const contradiction = findContradiction(policy)
  if (contradiction) {
    return find(
      'contradiction',
      `Its conditions on ${contradiction} exclude each other, so it never holds. Where ${contradiction} is missing it may still ask a human.`,
    )
  }
  if (!isReachable(policy))
    return find('out_of_reach', 'No action has all the fields that it needs, so it never applies.')
  const everything = matchesEverything(policy)
    ? find('matches_everything', 'It holds for every request within its scope.')
    : []
  const stronger = yield* findStronger(rule, rules, find, work)
  return stronger && [...everything, ...stronger]
}

type Find = (kind: PolicyFinding['kind'], message: string, other: string) => PolicyFinding[]

/** The first policy that decides wherever this one holds. One in shadow has no say, and a modify decides nothing. */
function* findStronger(
  rule: CompiledRule,
  rules: readonly CompiledRule[],
  find: Find,
  work: Work,
): Generator<void, PolicyFinding[] | null> {
  const { policy } = rule
  if (rule.shadowSha256 !== null || policy.effect === 'modify') return []
  for (const other of rules) {
    const { policy: stronger } = other
    if (other === rule || other.shadowSha256 !== null || !beats(other, rule)) continue
    if (!coversScope(stronger, policy)) continue
    yield
    const wider = isWider(stronger, policy, work)
    if (work.left <= 0) return null
    if (!wider) continue
    const name = `'${stronger.name}'`
    if (stronger.effect === policy.effect) {
      return find('never_wins', `Wherever it holds, ${name} decides the same before it.`, stronger.id)
    }
    if (coversScope(policy, stronger) && isWider(policy, stronger, work)) {
      const message = `${name} has the same conditions and another effect, ${stronger.effect}, which wins.`
      return find('conflict', message, stronger.id)
    }
    return find(
      'never_wins',
      `Wherever it holds, ${name} holds too and wins with ${stronger.effect}.`,
      stronger.id,
    )
  }
  return []
}

function beats(stronger: CompiledRule, weaker: CompiledRule): boolean {
  const [strong, weak] = [stronger.policy.effect, weaker.policy.effect]
  if (strong === 'modify') return false
  if (strong === 'deny' && weak !== 'deny') return true
  if (weak === 'deny' && strong !== 'deny') return false
  return stronger.rank < weaker.rank
}

/** Whether the wider one is asked wherever the narrower one is. One of scope `agent` may be attached to more agents. */
function coversScope(wider: PolicyContent, narrower: PolicyContent): boolean {
  if (wider.scope === 'global' || wider.scope === 'tenant') return true
  return wider.scope !== 'agent' && wider.scope === narrower.scope && wider.scope_id === narrower.scope_id
}

/** Whether the wider one holds wherever the narrower one does. */
function isWider(wider: PolicyContent, narrower: PolicyContent, work: Work): boolean {
  const { conditions, logic } = narrower.rule_expr
  // Each condition of an OR may be the one that holds.
  const cases = logic === 'OR' ? conditions.map((condition) => [condition]) : [conditions]
  return cases.every((given) => {
    const follows = (condition: Condition) =>
      given.some((each) => {
        if (work.left <= 0) return false
        work.left -= each.field === condition.field ? weightOf(each) + weightOf(condition) : 1
        return implies(each, condition)
      })
    const { conditions: wanted } = wider.rule_expr
    return wider.rule_expr.logic === 'OR' ? wanted.some(follows) : wanted.every(follows)
  })
}

/** The field on which an AND contradicts itself. */
function findContradiction({ rule_expr: { conditions, logic } }: PolicyContent): string | null {
  if (logic === 'OR') return null
  const byField = Map.groupBy(conditions, ({ field }) => field)
  for (const [field, group] of byField) if (exclude(group)) return field
  return null
}

function isReachable({ scope, rule_expr: { conditions, logic } }: PolicyContent): boolean {
  const named = conditions.find(
    (condition) =>
      condition.field === 'action' && (condition.operator === 'equals' || condition.operator === 'in'),
  )
  const single = logic === 'AND' || conditions.length === 1
  const actions = single && named && 'value' in named ? [named.value].flat().map(String) : null
  return fieldSetsOf(scope, actions).some((fields: ActionFields) => {
    const has = ({ field }: Condition) => field === 'action' || hasField(fields, field)
    return logic === 'OR' ? conditions.some(has) : conditions.every(has)
  })
}

/** What every request has. A null list: any value may stand there. */
const ALWAYS_THERE: ReadonlyMap<string, string[] | null> = new Map([
  ['action', null],
  ['tenant.id', null],
  ['user.id', null],
  ['user.role', ['admin', 'developer', 'user']],
  ['user.kind', ['user', 'agent', 'service', 'local']],
])

function matchesEverything({ rule_expr: { conditions, logic } }: PolicyContent): boolean {
  const always = (condition: Condition) => {
    const values = ALWAYS_THERE.get(condition.field)
    if (values === undefined) return false
    return condition.operator === 'exists' || (values?.every((value) => holdsFor(condition, value)) ?? false)
  }
  if (logic === 'AND') return conditions.every(always)
  return conditions.some(
    (condition) =>
      always(condition) ||
      (ALWAYS_THERE.has(condition.field) && conditions.some((other) => areComplements(condition, other))),
  )
}
