import type { PayloadOf } from '../../kernel/ledger/event-kinds.ts'
import type { PolicyMatch } from '../../kernel/policy/schema.ts'
import type { Session } from '../../store/database.ts'
import type { LeafedEvent, Projection } from '../project-events.ts'

type Decision = { event: LeafedEvent<'decision_recorded'>; payload: PayloadOf<'decision_recorded'> }
type Hits = { matched: number; indeterminate: number; last: string | null }

/** How often each policy held since it was last changed, and what those in shadow would have changed. */
export const policyUseProjection: Projection<'decision_recorded'> = {
  name: 'policy_use',
  kinds: ['decision_recorded'],
  async takeIn(session, tenantId, events) {
    const decisions = events.map((event): Decision => ({ event, payload: event.payload }))
    await countHits(session, tenantId, decisions)
    await keepFindings(session, tenantId, decisions)
  },
}

async function countHits(session: Session, tenantId: string, decisions: Decision[]): Promise<void> {
  const ids = new Set(decisions.flatMap(({ payload }) => matchesOf(payload).map((match) => match.policy_id)))
  const changed = await session.query<{ id: string; updated_at: Date }>(
    'SELECT id, updated_at FROM policies WHERE id = ANY ($1)',
    [[...ids]],
  )
  const changedAt = new Map(changed.map(({ id, updated_at: at }) => [id, at.toISOString()]))
  const hits = new Map<string, Hits>()
  for (const { event, payload } of decisions) {
    for (const { policy_id: id, outcome } of matchesOf(payload)) {
      if (event.recordedAt < (changedAt.get(id) ?? '')) continue
      const count = hits.get(id) ?? { matched: 0, indeterminate: 0, last: null }
      hits.set(id, count)
      count[outcome]++
      if (outcome === 'matched' && event.recordedAt > (count.last ?? '')) count.last = event.recordedAt
    }
  }
  const rows = [...hits]
  await session.query(
    `INSERT INTO policy_hits AS h (tenant_id, policy_id, counted_since, matched, indeterminate, last_matched_at)
     SELECT $1, * FROM unnest($2::text[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::timestamptz[])
     ON CONFLICT (tenant_id, policy_id) DO UPDATE SET counted_since = EXCLUDED.counted_since,
       matched = EXCLUDED.matched + CASE WHEN h.counted_since = EXCLUDED.counted_since THEN h.matched ELSE 0 END,
       indeterminate = EXCLUDED.indeterminate
         + CASE WHEN h.counted_since = EXCLUDED.counted_since THEN h.indeterminate ELSE 0 END,
       last_matched_at = coalesce(EXCLUDED.last_matched_at, h.last_matched_at)`,
    [
      tenantId,
      rows.map(([id]) => id),
      rows.map(([id]) => changedAt.get(id) ?? BUILT_IN_SINCE),
      rows.map(([, { matched }]) => matched),
      rows.map(([, { indeterminate }]) => indeterminate),
      rows.map(([, { last }]) => last),
    ],
  )
}

/** Policies of the installation have no row and no time of change. */
const BUILT_IN_SINCE = '1970-01-01T00:00:00.000Z'

const matchesOf = ({ matches }: Decision['payload']) => matches as unknown as PolicyMatch[]

async function keepFindings(session: Session, tenantId: string, decisions: Decision[]): Promise<void> {
  const findings = decisions.flatMap(({ event, payload }) =>
    (payload.shadow ?? []).map((finding) => ({ event, before: payload.effect, finding })),
  )
  if (findings.length === 0) return
  await session.query(
    `INSERT INTO shadow_findings (tenant_id, policy_id, recorded_at, run_id, seq, effect_before, effect_after)
     SELECT $1, * FROM unnest($2::text[], $3::timestamptz[], $4::text[], $5::bigint[], $6::text[], $7::text[])`,
    [
      tenantId,
      findings.map(({ finding }) => finding.policy_id),
      findings.map(({ event }) => event.recordedAt),
      findings.map(({ event }) => event.runId),
      findings.map(({ event }) => event.seq),
      findings.map(({ before }) => before),
      findings.map(({ finding }) => finding.effect),
    ],
  )
}
