import type { Context } from '../../kernel/context.ts'
import type { CompiledRule } from '../../kernel/policy/compile-rule.ts'
import { readPolicies } from '../../kernel/policy/read-policies.ts'
import { inspectPolicies } from '../../kernel/policy/report/inspect-policies.ts'
import type { PolicyFinding } from '../../kernel/policy/report/schema.ts'
import type { Policy } from '../../kernel/policy/schema.ts'
import { takeTurns } from '../../lib/take-turns.ts'
import type { PolicyReport } from './schema.ts'

type Hits = PolicyReport['hits'][number]
type Row = Omit<Hits, 'since' | 'last_matched_at'> & { counted_since: Date; last_matched_at: Date | null }

/**
 * How often the policies of now held in decisions since each was last changed, and what is odd about them, as far as the
 * projection of their use has come.
 */
export async function readPolicyReport(context: Context): Promise<PolicyReport> {
  const { tenantId } = context.principal
  const { policies } = await readPolicies(context)
  const { rules, version } = await context.policySets.current(tenantId)
  const rows = await context.database.transaction(tenantId, (session) =>
    session.query<Row>(
      'SELECT policy_id, counted_since, matched, indeterminate, last_matched_at FROM policy_hits WHERE tenant_id = $1',
      [tenantId],
    ),
  )
  const counted = new Map(rows.map((row) => [row.policy_id, row]))
  const written = new Map(policies.map((policy) => [policy.id, policy]))
  const hits = rules.map(({ policy }) => hitsOf(policy.id, written.get(policy.id), counted.get(policy.id)))
  const neverHit = rules.flatMap((rule, index) => findNeverHit(rule, hits[index]!))
  const { findings, inspected, complete } = await takeTurns(inspectPolicies(rules))
  return { policy_sha256: version, hits, findings: [...findings, ...neverHit], inspected, complete }
}

function hitsOf(id: string, policy: Policy | undefined, row: Row | undefined): Hits {
  const since = policy?.updated_at ?? null
  // What was counted before the last change was counted for another policy.
  const isCurrent = row && (since === null || row.counted_since.toISOString() === since)
  return {
    policy_id: id,
    since,
    matched: isCurrent ? row.matched : 0,
    indeterminate: isCurrent ? row.indeterminate : 0,
    last_matched_at: isCurrent ? (row.last_matched_at?.toISOString() ?? null) : null,
  }
}

/** Policies of the installation are not the tenant's to tidy up, and one in shadow is no part of decisions. */
function findNeverHit(
  { policy, shadowSha256 }: CompiledRule,
  { since, matched, indeterminate }: Hits,
): PolicyFinding[] {
  if (since === null || matched > 0 || shadowSha256 !== null) return []
  const doubts = indeterminate > 0 ? ` In ${indeterminate} it might have: a field was missing.` : ''
  const message = `It held in no decision since it was last changed.${doubts}`
  return [{ kind: 'never_hit', policy_id: policy.id, other_policy_id: null, message }]
}
