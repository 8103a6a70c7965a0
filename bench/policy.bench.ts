/**
 * How many requests a second the policies answer, every match kept with its evidence, at 10, 100 and 1,000 policies;
 * beside casbin with the same rules. Rounds are interleaved, so that a busy machine hurts both; medians are printed.
 *
 *   node bench/policy.bench.ts
 */
import { type Enforcer, newEnforcer, newModelFromString } from 'casbin'
import { fieldsOf } from '../src/kernel/policy/action-fields.ts'
import { type CompiledPolicySet, compilePolicies } from '../src/kernel/policy/compile-policies.ts'
import { evaluatePolicies } from '../src/kernel/policy/evaluate-policies.ts'
import type { PolicyRequest } from '../src/kernel/policy/read-facts.ts'
import type { CompilablePolicy, Condition } from '../src/kernel/policy/schema.ts'

const SIZES = [10, 100, 1000]
const TOOLS = 40
const REQUESTS = 512
const ROUNDS = 7
const ROUND_MS = 400

const MODEL = `
[request_definition]
r = req

[policy_definition]
p = rule, eft

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = eval(p.rule)
`

type Contestant = { name: string; size: number; answer: (position: number) => unknown; rates: number[] }

/** A linear congruential generator: the same policies and requests in every run. */
function seededRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const random = seededRandom(42)
const pick = <T>(values: readonly T[]): T => values[random(values.length)]!
const RISKS = ['low', 'medium', 'high'] as const
const MODES = ['draft', 'auto'] as const
const ROLES = ['admin', 'developer', 'user'] as const
const EFFECTS = ['allow', 'allow', 'deny', 'require_approval', 'modify'] as const

function makePolicy(position: number): CompilablePolicy {
  const effect = pick(EFFECTS)
  const others: Condition[] = [
    { field: 'run.mode', operator: 'equals', value: pick(MODES) },
    { field: 'tool.risk_level', operator: 'equals', value: pick(RISKS) },
    { field: 'user.role', operator: 'in', value: [pick(ROLES), pick(ROLES)] },
    { field: 'run.input.amount', operator: 'greater_than', value: random(1000) },
  ]
  const first = random(others.length)
  const second = (first + 1 + random(others.length - 1)) % others.length
  const tool: Condition = { field: 'tool.id', operator: 'equals', value: `tools.tool_${random(TOOLS)}` }
  return {
    id: `pol_${position}`,
    name: `Policy ${position}`,
    scope: 'tenant',
    rule_expr: {
      conditions: [tool, others[first]!, ...(random(2) ? [others[second]!] : [])],
      ...(effect === 'modify' && { modify: { cost_limit_cents: 100 + random(900) } }),
    },
    effect,
    priority: random(1000),
    enabled: true,
  }
}

function makeRequest(): PolicyRequest {
  const tool = {
    id: `tools.tool_${random(TOOLS)}`,
    risk_level: pick(RISKS),
    side_effects: [],
    handler_type: 'http',
  }
  const run = { id: 'run_1', mode: pick(MODES), input: { amount: random(1000) } }
  const user = { id: 'usr_1', role: pick(ROLES), kind: 'user', logline_id: 'LL-BR-2024-00001-ABC' }
  return {
    action: 'tool_call',
    fields: fieldsOf('tool_call', ['app', 'agent']),
    facts: { tool, run, user, tenant: { id: 'default' }, workflow: { id: 'wf' } },
    scopeIds: { tool: tool.id, workflow: 'wf' },
  }
}

/** The same condition in the expression language that casbin evaluates. */
function toExpression(condition: Condition): string {
  const field = `r.req.${condition.field}`
  switch (condition.operator) {
    case 'equals':
      return `${field} == ${JSON.stringify(condition.value)}`
    case 'greater_than':
      return `${field} > ${condition.value}`
    case 'in':
      return `(${condition.value.map((value) => `${field} == ${JSON.stringify(value)}`).join(' || ')})`
    default:
      throw new TypeError(`the bench makes no condition with ${condition.operator}`)
  }
}

async function createCasbin(policies: CompilablePolicy[]): Promise<Enforcer> {
  const enforcer = await newEnforcer(newModelFromString(MODEL))
  for (const { rule_expr: expression, effect } of policies) {
    const rule = expression.conditions.map(toExpression).join(' && ')
    // It knows no third answer: whatever is no deny is an allow.
    await enforcer.addPolicy(rule, effect === 'deny' ? 'deny' : 'allow')
  }
  return enforcer
}

/** Both must say the same, or the figures compare nothing. casbin forgets equal rules, so answers and not counts. */
function compareAnswers(set: CompiledPolicySet, enforcer: Enforcer): void {
  for (const [position, request] of requests.entries()) {
    const { matches } = evaluatePolicies(set, request)
    const denied = matches.some(({ effect }) => effect === 'deny')
    const expected = matches.length > 0 && !denied
    if (enforcer.enforceSync(request.facts) !== expected)
      throw new Error(`casbin differs at request ${position}`)
  }
}

function measure(contestant: Contestant, milliseconds: number): number {
  const start = performance.now()
  let answered = 0
  let elapsed = 0
  do {
    for (let step = 0; step < 16; step++) contestant.answer(answered++ % REQUESTS)
    elapsed = performance.now() - start
  } while (elapsed < milliseconds)
  return (answered / elapsed) * 1000
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
const show = (value: number) => Math.round(value).toLocaleString('en').padStart(12)

const requests = Array.from({ length: REQUESTS }, makeRequest)
const contestants: Contestant[] = []
for (const size of SIZES) {
  const policies = Array.from({ length: size }, (_, position) => makePolicy(position))
  const start = performance.now()
  const set = compilePolicies(policies)
  const compiled = performance.now() - start
  const matches = requests.map((request) => evaluatePolicies(set, request).matches.length)
  const average = matches.reduce((sum, count) => sum + count, 0) / REQUESTS
  console.log(
    `${size} policies: compiled in ${compiled.toFixed(1)} ms, ${average.toFixed(1)} matches a request`,
  )
  const enforcer = await createCasbin(policies)
  compareAnswers(set, enforcer)
  contestants.push(
    { name: 'countersign', size, answer: (at) => evaluatePolicies(set, requests[at]!), rates: [] },
    { name: 'casbin', size, answer: (at) => enforcer.enforceSync(requests[at]!.facts), rates: [] },
  )
}

for (const contestant of contestants) measure(contestant, ROUND_MS / 2)
for (let round = 0; round < ROUNDS; round++) {
  for (const contestant of contestants) contestant.rates.push(measure(contestant, ROUND_MS))
}

console.log(
  `\n${'policies'.padStart(8)}${'countersign/s'.padStart(16)}${'casbin/s'.padStart(12)}${'ratio'.padStart(9)}`,
)
for (const size of SIZES) {
  const [ours, casbin] = ['countersign', 'casbin'].map((name) =>
    median(contestants.find((each) => each.name === name && each.size === size)!.rates),
  )
  const ratio = `${Math.round(ours! / casbin!)}×`.padStart(9)
  console.log(`${String(size).padStart(8)}    ${show(ours!)}${show(casbin!)}${ratio}`)
}
