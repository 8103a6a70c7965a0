import { AppError, type ErrorDetail } from '../../lib/errors.ts'
import { payloadHash } from '../../lib/hash.ts'
import { describeIssues } from '../../lib/validation.ts'
import { compileCondition } from './compile-condition.ts'
import { type CompiledRule, compileRule, type PolicyContent } from './compile-rule.ts'
import { indexRules, type RuleIndex } from './index-rules.ts'
import { compileReader, type FactReader } from './read-facts.ts'
import { CompilablePolicy, type PolicyEffect } from './schema.ts'

/** Rules made ready to be asked. */
export type CompiledRules = {
  /** In the order of precedence, those in shadow among them. */
  readonly rules: readonly CompiledRule[]
  readonly index: RuleIndex
  /** One for each field that a condition names. */
  readonly readers: readonly FactReader[]
}

/** Policies made ready to be asked; never changed afterwards. */
export type CompiledPolicySet = CompiledRules & {
  /** `payloadHash(policies)`: in each decision, token and event, so that nobody can say later that another rule held. */
  readonly version: string
  /** The enabled policies, sorted by id. */
  readonly policies: readonly PolicyContent[]
  /** Ids of those in force that an API key may carry. */
  readonly bounds: ReadonlySet<string>
  /** Whether any of them speaks about changes of policies. */
  readonly governsPolicies: boolean
}

const STRICTNESS: Record<PolicyEffect, number> = { deny: 0, require_approval: 1, modify: 2, allow: 3 }

/**
 * Compiles the enabled policies of one tenant (its own, the global and the built-in ones), once per version.
 *
 * @throws AppError POLICY_SET_INVALID that names every faulty policy. None is skipped: a set without its deny would
 * allow. The caller keeps the set it has, and decides nothing when it has none.
 *
 * @param shadows Policies that are asked beside them. They decide nothing, so the version is the same without them.
 */
export function compilePolicies(
  policies: readonly CompilablePolicy[],
  shadows: readonly CompilablePolicy[] = [],
): CompiledPolicySet {
  const faults: ErrorDetail[] = []
  const contents = new Map<string, PolicyContent>()
  const inShadow = new Set<PolicyContent>()
  for (const [position, policy] of [...policies, ...shadows].entries()) {
    if (policy.enabled === false) continue
    const name = typeof policy.id === 'string' ? policy.id : String(position)
    const parsed = CompilablePolicy.safeParse(policy)
    if (!parsed.success) {
      for (const { path, message, type } of describeIssues(parsed.error.issues, policy)) {
        faults.push({ path: `policies.${name}.${path}`, message, type, code: 'POLICY_INVALID' })
      }
    } else if (contents.has(parsed.data.id)) {
      const message = `expected each id once, got '${name}' twice`
      faults.push({ path: `policies.${name}.id`, message, type: 'value_error', code: 'POLICY_INVALID' })
    } else {
      contents.set(parsed.data.id, parsed.data)
      if (position >= policies.length) inShadow.add(parsed.data)
    }
  }
  if (faults.length > 0) throw policySetInvalid(faults)
  const sorted = [...contents.values()].filter((policy) => !inShadow.has(policy)).sort(byId)
  const compiled = compileRules([...contents.values()], inShadow)
  const governsPolicies = compiled.rules.some((rule) => rule.isAboutPolicies)
  const version = payloadHash(sorted)
  const bounds = new Set(
    sorted.flatMap(({ id, scope, effect }) => (scope === 'agent' && effect !== 'allow' ? [id] : [])),
  )
  return { version, policies: sorted, ...compiled, bounds, governsPolicies }
}

/** Makes rules of policies that were parsed. They need not be one set: two of them may have the same id. */
export function compileRules(
  policies: readonly PolicyContent[],
  inShadow: ReadonlySet<PolicyContent>,
): CompiledRules {
  const slots = new Map<string, number>()
  const slotOf = (field: string) => {
    if (!slots.has(field)) slots.set(field, slots.size)
    return slots.get(field)!
  }
  const rules = policies.toSorted(byPrecedence).map((policy, rank) => {
    const conditions = policy.rule_expr.conditions.map((each) => compileCondition(each, slotOf(each.field)))
    return compileRule(policy, conditions, rank, inShadow.has(policy) ? payloadHash(policy) : null)
  })
  return { rules, index: indexRules(rules), readers: [...slots.keys()].map(compileReader) }
}

/** By code units, as RFC 8785 sorts: the same on every machine. */
const byId = (a: PolicyContent, b: PolicyContent) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

const byPrecedence = (a: PolicyContent, b: PolicyContent) =>
  a.priority - b.priority || STRICTNESS[a.effect] - STRICTNESS[b.effect] || byId(a, b)

function policySetInvalid(details: ErrorDetail[]): AppError {
  const [first] = details
  const more = details.length > 1 ? ` (and ${details.length - 1} more)` : ''
  return new AppError({
    code: 'POLICY_SET_INVALID',
    status: 500,
    message: `The policies do not compile, at ${first!.path}: ${first!.message}${more}. Correct or disable them.`,
    details,
  })
}
