import type { BacktestResult } from '../../src/kernel/policy/backtest/schema.ts'
import { type Policy, PolicyInput, type PolicyVersion } from '../../src/kernel/policy/schema.ts'
import type { PolicyReport, ShadowReport } from '../../src/ops/policies/schema.ts'
import { type Answer, type Call, refuse } from './fake-server.ts'
import { ago } from './fixtures.ts'

/** Policies as the fake server knows them. */
export type FakePolicies = {
  policies: Policy[]
  versions: Map<string, PolicyVersion[]>
  report: PolicyReport
  backtest: BacktestResult | null
  shadow: ShadowReport | null
  evaluation: object | null
  /** Changes wait for an approval. */
  isGuarded: boolean
}

export const noPolicies = (): FakePolicies => ({
  policies: [],
  versions: new Map(),
  report: { policy_sha256: 'a'.repeat(64), hits: [], findings: [], inspected: 0, complete: true },
  backtest: null,
  shadow: null,
  evaluation: null,
  isGuarded: false,
})

/** Undefined for what is none of its business. */
export function answerPolicies(state: FakePolicies, { method, path, body }: Call): Answer | undefined {
  const [, id, view] = /^\/api\/v1\/policies(?:\/([^/]+))?(?:\/([\w-]+))?$/.exec(path) ?? []
  if (!path.startsWith('/api/v1/policies')) return undefined
  const ok = (answer: unknown): Answer => ({ status: 200, body: answer })
  if (id === 'report') return ok(state.report)
  if (id === 'backtest') return ok(state.backtest)
  if (id === 'evaluate') return ok(state.evaluation)
  if (view === 'shadow-report') return ok(state.shadow)
  const found = state.policies.find((each) => each.id === id)
  if (view === 'versions') {
    const versions = state.versions.get(id ?? '')
    return versions ? ok({ versions }) : refuse(404, 'POLICY_NOT_FOUND', 'Policy not found')
  }
  if (method === 'GET') {
    return id === undefined
      ? ok({ policies: state.policies, policy_sha256: state.report.policy_sha256 })
      : found
        ? ok(found)
        : refuse(404, 'POLICY_NOT_FOUND', 'Policy not found')
  }
  if (method === 'POST' || method === 'PATCH') {
    const parsed = PolicyInput.safeParse(body)
    if (!parsed.success) return refuseInput(parsed.error.issues)
    if (state.isGuarded) return waits()
    const policy = makePolicy(id ?? 'pol_new', { ...parsed.data, version: (found?.version ?? 0) + 1 })
    state.policies = [...state.policies.filter((each) => each !== found), policy]
    return { status: method === 'POST' ? 201 : 200, body: policy }
  }
  if (state.isGuarded) return waits()
  state.policies = state.policies.filter((each) => each !== found)
  return { status: 204, body: '' }
}

const waits = (): Answer => ({
  status: 202,
  body: { status: 'registered', decision_id: 'dec_1', event_id: 'evt_1', approval_status: 'pending' },
})

function refuseInput(issues: { path: PropertyKey[]; message: string }[]): Answer {
  const details = issues.map(({ path, message }) => ({
    path: path.join('.'),
    message,
    type: 'value_error',
    code: 'INVALID_POLICY',
  }))
  const error = {
    code: 'REQUEST_VALIDATION_ERROR',
    message: 'Policy failed validation',
    details,
    rule_ids: [],
  }
  return { status: 422, body: { error } }
}

export function makePolicy(id: string, more: Partial<Policy> = {}): Policy {
  return {
    id,
    tenant_id: 'default',
    name: 'Never ACME',
    description: null,
    scope: 'tenant',
    scope_id: null,
    rule_expr: {
      conditions: [{ field: 'context.merchant', operator: 'equals', value: 'ACME' }],
      logic: 'AND',
    },
    effect: 'deny',
    priority: 50,
    enabled: true,
    mode: 'enforce',
    reason_code: 'MERCHANT_BLOCKED',
    version: 1,
    created_at: ago(3_600),
    updated_at: ago(3_600),
    ...more,
  }
}
