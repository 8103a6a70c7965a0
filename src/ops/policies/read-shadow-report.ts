import type { Context } from '../../kernel/context.ts'
import { openCanon } from '../../kernel/ledger/seal-event.ts'
import { readPolicy } from '../../kernel/policy/read-policies.ts'
import type { ShadowReport } from './schema.ts'

const MAX_EXAMPLES = 20
/** From what loosens most to what tightens most. */
const STRICTNESS = { allow: 0, require_approval: 1, deny: 2 } as const

type Change = ShadowReport['changes'][number]
type CountRow = { effect_before: Change['before']; effect_after: Change['after']; count: number }
type ExampleRow = CountRow & { canon: Buffer; prev_hash: Buffer; hash: Buffer }

/**
 * What a policy in shadow would have changed, by what was recorded with each decision, as far as its projection has come. Without a time it reports on the
 * policy as it stands: since it was last changed.
 *
 * @throws AppError 404 POLICY_NOT_FOUND
 */
export async function readShadowReport(
  context: Context,
  policyId: string,
  from: string | null,
): Promise<ShadowReport> {
  const { tenantId } = context.principal
  const policy = await readPolicy(context, policyId)
  const since = new Date(from ?? policy.updated_at).toISOString()
  return context.database.transaction(tenantId, async (session) => {
    const values = [tenantId, policyId, since]
    const counts = await session.query<CountRow>(
      `SELECT effect_before, effect_after, count(*)::int AS count FROM shadow_findings
       WHERE tenant_id = $1 AND policy_id = $2 AND recorded_at >= $3 GROUP BY 1, 2`,
      values,
    )
    const examples = await session.query<ExampleRow>(
      `SELECT f.effect_before, f.effect_after, e.canon, e.prev_hash, e.hash
       FROM (SELECT *, row_number() OVER (PARTITION BY effect_before, effect_after ORDER BY recorded_at DESC, run_id, seq) AS place
         FROM shadow_findings WHERE tenant_id = $1 AND policy_id = $2 AND recorded_at >= $3) f
       JOIN events e ON e.tenant_id = $1 AND e.run_id = f.run_id AND e.seq = f.seq
       WHERE f.place <= $4 ORDER BY f.recorded_at DESC, f.run_id, f.seq`,
      [...values, MAX_EXAMPLES],
    )
    const [decided] = await session.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM events
       WHERE tenant_id = $1 AND kind = 'decision_recorded' AND recorded_at >= $2`,
      [tenantId, since],
    )
    const changes = counts
      .map(
        ({ effect_before: before, effect_after: after, count }): Change => ({
          before,
          after,
          count,
          examples: examples
            .filter((row) => row.effect_before === before && row.effect_after === after)
            .flatMap((row) => presentExample(row, policyId)),
        }),
      )
      .sort((a, b) => loosening(b) - loosening(a))
    return {
      policy_id: policyId,
      since,
      decisions: decided!.count,
      would_change: counts.reduce((sum, { count }) => sum + count, 0),
      changes,
    }
  })
}

const loosening = ({ before, after }: Change) => STRICTNESS[before] - STRICTNESS[after]

function presentExample(row: ExampleRow, policyId: string): Change['examples'] {
  const event = openCanon(row.canon, row.prev_hash, row.hash)
  if (event.kind !== 'decision_recorded') return []
  const { decision_id, action, effect, reason_code, reason, shadow } = event.payload
  const finding = shadow?.find((each) => each.policy_id === policyId)
  if (!finding) return []
  return [
    {
      decision_id,
      run_id: event.runId,
      recorded_at: event.recordedAt,
      action,
      before: { effect, reason_code, reason },
      after: { effect: finding.effect, reason_code: finding.reason_code, reason: finding.reason },
    },
  ]
}
