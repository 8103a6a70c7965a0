import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../lib/canonical-json.ts'
import { fieldsOf } from './action-fields.ts'
import { pairSets, rulePair } from './backtest/pair-sets.ts'
import { compilePolicies } from './compile-policies.ts'
import { evaluatePolicies, type PolicyVerdict, writeVerdict } from './evaluate-policies.ts'
import { explainPolicies } from './explain-policies.ts'
import type { PolicyRequest } from './read-facts.ts'
import type { CompilablePolicy, Condition, PolicyEffect } from './schema.ts'
import { interpretPolicies } from './test-interpreter.ts'
import { ask, idsOf } from './test-policy.ts'

const TOOLS = ['a', 'b', 'tool.a']
const SCALARS = ['a', 'b', 'auto', 'high', 'ab', '', 0, 1, 100, -3.5, true, false]

const arbitraryValue = fc.constantFrom<string | number | boolean>(...SCALARS)
const arbitraryField = fc.constantFrom(
  'action',
  'tool.id',
  'tool.id',
  'tool.risk_level',
  'run.mode',
  'run.input.amount',
  'context.amount',
  'context.list',
  'resource.type',
  'app.id',
)
/** What the index goes by, so that many rules are under a key that requests have. */
const KEYS = new Map([
  ['action', ['tool_call', 'purchase.create']],
  ['tool.id', TOOLS],
])
const arbitraryCondition = fc
  .tuple(
    arbitraryField,
    fc.oneof(
      fc.record({ operator: fc.constantFrom('equals', 'not_equals'), value: arbitraryValue }),
      fc.record({
        operator: fc.constantFrom('in', 'not_in'),
        value: fc.array(arbitraryValue, { minLength: 1, maxLength: 3 }),
      }),
      fc.record({
        operator: fc.constantFrom('greater_than', 'less_than', 'greater_than_or_equal', 'less_than_or_equal'),
        value: fc.constantFrom(-3.5, 0, 1, 100),
      }),
      fc.record({
        operator: fc.constantFrom('contains', 'starts_with', 'ends_with'),
        value: fc.constantFrom('a', 'b', 'au'),
      }),
      fc.record({ operator: fc.constantFrom('exists', 'not_exists') }),
    ),
  )
  .map(([field, rest]): Condition => {
    const keys = KEYS.get(field)
    if (keys && rest.operator === 'equals') return { field, operator: 'equals', value: keys[0]! }
    if (keys && rest.operator === 'in') return { field, operator: 'in', value: keys }
    return { field, ...rest } as Condition
  })

const arbitraryScope = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom({ scope: 'global' as const }, { scope: 'tenant' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      scope: fc.constantFrom('app' as const, 'tool' as const, 'workflow' as const, 'agent' as const),
      scope_id: fc.constantFrom('a', 'b', 'tool.a'),
    }),
  },
)

const arbitraryPolicies = fc
  .array(
    fc.record({
      conditions: fc.array(arbitraryCondition, { minLength: 1, maxLength: 3 }),
      logic: fc.constantFrom('AND' as const, 'AND' as const, 'OR' as const),
      effect: fc.constantFrom<PolicyEffect>('allow', 'deny', 'require_approval', 'modify'),
      priority: fc.constantFrom(0, 1, 2, 100),
      enabled: fc.constantFrom(true, true, true, false),
      scope: arbitraryScope,
    }),
    { maxLength: 12 },
  )
  .map((drafts) =>
    drafts.map(
      ({ conditions, logic, effect, scope, ...rest }, position): CompilablePolicy => ({
        ...rest,
        ...scope,
        id: `p${position}`,
        name: `P${position}`,
        effect,
        rule_expr: {
          conditions,
          logic,
          ...(effect === 'modify' && { modify: { llm_calls_limit: position } }),
        },
      }),
    ),
  )

const odd = [null, Number.NaN, Number.POSITIVE_INFINITY, [], ['a', 'b'], { a: 1 }, undefined]
const arbitraryFact = fc.oneof(arbitraryValue, fc.constantFrom<unknown>(...odd))
const arbitraryFacts = fc.record(
  {
    tool: fc.record(
      { id: fc.oneof(fc.constantFrom(...TOOLS), arbitraryFact), risk_level: arbitraryFact },
      { requiredKeys: [] },
    ),
    run: fc.record(
      { mode: arbitraryFact, input: fc.oneof(fc.record({ amount: arbitraryFact }), arbitraryFact) },
      { requiredKeys: [] },
    ),
    context: fc.oneof(
      fc.record({ amount: arbitraryFact, list: arbitraryFact }, { requiredKeys: [] }),
      arbitraryFact,
    ),
    resource: fc.record({ type: arbitraryFact }, { requiredKeys: [] }),
    app: fc.record({ id: arbitraryFact }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
)
const arbitraryRequest = fc
  .record({
    action: fc.constantFrom('tool_call', 'run_start', 'purchase.create', 'demo.act'),
    absent: fc.subarray(['app' as const, 'tool' as const]),
    facts: arbitraryFacts,
    scopeIds: fc.record(
      {
        app: fc.constantFrom('a', 'b'),
        tool: fc.constantFrom('a', 'tool.a', 'b'),
        agent: fc.constantFrom('a', 'b'),
      },
      { requiredKeys: [] },
    ),
  })
  .map(
    ({ action, absent, facts, scopeIds }): PolicyRequest => ({
      action,
      fields: fieldsOf(action, absent),
      facts: facts as PolicyRequest['facts'],
      scopeIds,
    }),
  )

const runs = { numRuns: 2000 }

describe('for any policies and any request', () => {
  test('the index and the closures find what a plain reading of every rule finds', () => {
    fc.assert(
      fc.property(arbitraryPolicies, arbitraryRequest, (policies, request) => {
        const verdict = ask(policies, request)
        const expected = interpretPolicies(policies, request)
        expect(idsOf(verdict.matches)).toEqual(expected.matched)
        expect(idsOf(verdict.indeterminate)).toEqual(expected.possible)
        expect(verdict.effect).toBe(expected.effect)
      }),
      runs,
    )
  })

  test('the explanation agrees with the verdict', () => {
    fc.assert(
      fc.property(arbitraryPolicies, arbitraryRequest, (policies, request) => {
        const set = compilePolicies(policies)
        const verdict = evaluatePolicies(set, request)
        const explained = explainPolicies(set, request)
        const withOutcome = (outcome: string) => idsOf(explained.filter((each) => each.outcome === outcome))
        expect(explained).toHaveLength(set.rules.length)
        expect(withOutcome('matched')).toEqual(idsOf(verdict.matches))
        expect(withOutcome('indeterminate')).toEqual(idsOf(verdict.indeterminate))
      }),
      { numRuns: 500 },
    )
  })

  test('policies that a key carries only tighten, and are found under whatever the index has them', () => {
    const strictness = { allow: 0, require_approval: 1, deny: 2 }
    const applied = (effect: PolicyVerdict['effect'], request: PolicyRequest) =>
      strictness[effect === 'none' ? (request.unmatched ?? 'allow') : effect]
    let tightened = 0
    fc.assert(
      fc.property(
        arbitraryPolicies,
        arbitraryRequest,
        fc.constantFrom('allow' as const, 'deny' as const),
        (policies, asked, unmatched) => {
          const request = { ...asked, unmatched }
          const key_policies = policies.map(({ id }) => id)
          const set = compilePolicies(policies)
          const without = evaluatePolicies(set, request)
          const withKey = { ...request, facts: { ...request.facts, user: { key_policies } } }
          const verdict = evaluatePolicies(set, withKey)
          expect(applied(verdict.effect, request)).toBeGreaterThanOrEqual(applied(without.effect, request))
          expect(idsOf(verdict.matches)).toEqual(expect.arrayContaining(idsOf(without.matches)))
          const explained = explainPolicies(set, withKey).filter(({ outcome }) => outcome === 'matched')
          expect(idsOf(explained)).toEqual(idsOf(verdict.matches))
          if (applied(verdict.effect, request) > applied(without.effect, request)) tightened++
        },
      ),
      runs,
    )
    expect(tightened).toBeGreaterThan(10)
  })

  test('two sets that are asked together say what each says by itself, about keys that carry policies too', () => {
    let shared = 0
    let different = 0
    fc.assert(
      fc.property(
        arbitraryPolicies,
        arbitraryPolicies,
        fc.infiniteStream(fc.boolean()),
        arbitraryRequest,
        fc.constantFrom('allow' as const, 'deny' as const),
        fc.constantFrom('no policies', 'those of now', 'one that is gone'),
        (policies, others, stream, asked, unmatched, carried) => {
          const replaced = policies.map((policy) => (stream.next().value ? policy : null))
          const tried = [...replaced, ...others.slice(policies.length)].map((each, at) => each ?? others[at])
          const now = compilePolicies(policies)
          const candidate = compilePolicies(tried.filter((policy) => policy !== undefined))
          const user = { key_policies: carried === 'those of now' ? [...now.bounds] : ['gone'] }
          const facts = carried === 'no policies' ? asked.facts : { ...asked.facts, user }
          const request = { ...asked, unmatched, facts }
          const { before, after } = rulePair(pairSets(now, candidate), request)
          expect(writeVerdict(now, before)).toEqual(evaluatePolicies(now, request))
          expect(writeVerdict(candidate, after)).toEqual(evaluatePolicies(candidate, request))
          if (before === after && before.matched.length > 0) shared++
          if (before.effect !== after.effect) different++
        },
      ),
      runs,
    )
    expect(shared).toBeGreaterThan(10)
    expect(different).toBeGreaterThan(10)
  })

  test('the order in which policies come changes neither the verdict nor the version', () => {
    fc.assert(
      fc.property(
        arbitraryPolicies,
        arbitraryRequest,
        fc.infiniteStream(fc.nat()),
        (policies, request, stream) => {
          const shuffled = policies
            .map((policy) => ({ policy, key: stream.next().value }))
            .sort((a, b) => a.key - b.key)
            .map(({ policy }) => policy)
          expect(ask(shuffled, request)).toEqual(ask(policies, request))
        },
      ),
      { numRuns: 500 },
    )
  })

  test('the verdict is plain JSON with a canonical form', () => {
    fc.assert(
      fc.property(arbitraryPolicies, arbitraryRequest, (policies, request) => {
        const verdict = ask(policies, request)
        expect(JSON.parse(canonicalJson(verdict))).toEqual(verdict)
      }),
      { numRuns: 500 },
    )
  })

  test('one more deny or question never loosens', () => {
    const strength = { none: 0, allow: 0, require_approval: 1, deny: 2 }
    const arbitraryStrict = fc.tuple(
      arbitraryPolicies,
      fc.constantFrom<PolicyEffect>('deny', 'require_approval'),
    )
    fc.assert(
      fc.property(
        arbitraryPolicies,
        arbitraryStrict,
        arbitraryRequest,
        (policies, [more, effect], request) => {
          const added = more.slice(0, 1).map(({ rule_expr: { conditions }, ...policy }) => ({
            ...policy,
            id: 'more',
            effect,
            priority: 0,
            rule_expr: { conditions },
          }))
          const before = ask(policies, request).effect
          const after = ask([...policies, ...added], request).effect
          expect(strength[after]).toBeGreaterThanOrEqual(strength[before])
        },
      ),
      { numRuns: 500 },
    )
  })
})
