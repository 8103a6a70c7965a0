import type { Json } from '../../../lib/canonical-json.ts'
import type { Context } from '../../context.ts'
import { type CompiledPolicySet, compilePolicies } from '../compile-policies.ts'
import { requestOf } from '../evaluate-recorded.ts'
import { listPolicies } from '../policy-rows.ts'
import type { CompilablePolicy } from '../schema.ts'
import { policyNotFound } from '../write-policy.ts'
import { pairSets } from './pair-sets.ts'
import { type PastDecisionRow, readPastDecisions } from './read-past-decisions.ts'
import type { BacktestInput, BacktestResult } from './schema.ts'
import { countDecision, emptyTally } from './tally.ts'

const MAX_EXAMPLES = 20
const CANDIDATE_ID = 'candidate'
/**
 * How many conditions may be asked, all of both sets counted for each decision: 100,000 decisions under 1,000 policies of
 * five conditions; many fewer where policies are made to be slow.
 */
const BUDGET = 1_000_000_000

/**
 * What a candidate would have changed: the recorded facts of past decisions, evaluated under the policies of now and
 * under those with the candidate. Nothing is executed, asked or recorded.
 *
 * @throws AppError 404 POLICY_NOT_FOUND for the id of a policy that is not the tenant's.
 */
export async function backtestPolicies(
  context: Context,
  input: BacktestInput,
  budget = BUDGET,
): Promise<BacktestResult> {
  const { database, principal } = context
  const now = await context.policySets.current(principal.tenantId)
  const candidate = await compileCandidate(context, now, input.candidate)
  const sets = pairSets(now, candidate)
  const tally = emptyTally()
  const seen = new Set<string>()
  const unreadable: BacktestResult['unreadable'] = { count: 0, examples: [] }
  let decisions = 0
  let repeated = 0
  let oldest: Date | null = null
  let newest: Date | null = null
  let complete = true
  const perDecision = countConditions(now) + countConditions(candidate)
  let asked = 0
  for await (const row of readPastDecisions(database, principal.tenantId, input.since)) {
    if (decisions === input.limit || asked + perDecision > budget) {
      complete = false
      break
    }
    decisions++
    newest ??= row.recorded_at
    oldest = row.recorded_at
    const decision = readDecision(row)
    if (!decision) {
      unreadable.count++
      if (unreadable.examples.length < MAX_EXAMPLES) {
        const { run_id, seq, recorded_at } = row
        unreadable.examples.push({ run_id, seq, recorded_at: recorded_at.toISOString() })
      }
    } else if (seen.has(decision.id)) {
      repeated++
    } else {
      seen.add(decision.id)
      asked += perDecision
      const { run_id, recorded_at } = row
      const past = { decision_id: decision.id, run_id, recorded_at, action: decision.action }
      countDecision(tally, sets, past, requestOf(decision))
    }
  }
  return {
    policy_sha256: now.version,
    candidate_sha256: candidate.version,
    decisions,
    evaluated: tally.evaluated,
    repeated,
    unreadable,
    oldest: oldest?.toISOString() ?? null,
    newest: newest?.toISOString() ?? null,
    complete,
    budget_used_up: !complete && decisions < input.limit,
    changed: tally.changes.reduce((sum, { count }) => sum + count, 0),
    matrix: tally.matrix,
    changes: tally.changes.filter(({ count }) => count > 0),
    other_terms: tally.other_terms,
  }
}

const countConditions = ({ rules }: CompiledPolicySet) =>
  rules.reduce((sum, { conditions }) => sum + conditions.length, 0)

/** The set of now with the candidate in it. Built-in policies and those of the installation stay. */
async function compileCandidate(
  { database, principal }: Context,
  now: CompiledPolicySet,
  candidate: BacktestInput['candidate'],
): Promise<CompiledPolicySet> {
  const { tenantId } = principal
  const own = (await database.transaction(tenantId, (session) => listPolicies(session, tenantId)))
    .filter((policy) => policy.tenant_id === tenantId)
    .map(({ id }) => id)
  const { id, policy, policies } = candidate
  if (id && !own.includes(id)) throw policyNotFound(id)
  const replaced = policies ? own : id ? [id] : []
  // One policy is tried as if it were in force; in a whole set those in shadow decide nothing there either.
  const added: CompilablePolicy[] = policies
    ? policies
        .filter(({ mode }) => mode === 'enforce')
        .map((each, index) => ({ ...each, id: `${CANDIDATE_ID}.${index}` }))
    : [{ ...policy!, id: id ?? CANDIDATE_ID }]
  return compilePolicies([...now.policies.filter((each) => !replaced.includes(each.id)), ...added])
}

type ReadableDecision = { id: string; action: string; facts: Record<string, Json> }

/** Null where the record does not hold what a policy could be asked about. */
function readDecision({ canon }: PastDecisionRow): ReadableDecision | null {
  try {
    const { decision_id: id, action, facts } = JSON.parse(canon).payload
    const isWhole = typeof id === 'string' && typeof action === 'string'
    const isObject = typeof facts === 'object' && facts !== null && !Array.isArray(facts)
    return isWhole && isObject ? { id, action, facts } : null
  } catch {
    return null
  }
}
