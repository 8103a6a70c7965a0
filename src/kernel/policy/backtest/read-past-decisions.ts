import { setImmediate } from 'node:timers/promises'
import type { Database } from '../../../store/database.ts'

/** `canon` as text: it comes through the driver faster than bytes do. */
export type PastDecisionRow = { run_id: string; seq: number; recorded_at: Date; canon: string }

/** Where a page ends: what follows is older. */
type Place = Omit<PastDecisionRow, 'recorded_at' | 'canon'> & { recorded_at: Date | 'infinity' }

const FIRST: Place = { recorded_at: 'infinity', run_id: '', seq: 0 }
const PAGE = 500
/** Decisions may be large, and two pages are in memory at once; at least one decision is read. */
const PAGE_BYTES = 1_000_000
/** Others wait for this long at most, whatever is done with the rows. */
const SLICE_MS = 15

/** The decisions of a tenant, the youngest first, page by page: the next one is read while this one is looked at. */
export async function* readPastDecisions(
  database: Database,
  tenantId: string,
  since: string | null,
): AsyncGenerator<PastDecisionRow> {
  const read = (place: Place) => {
    const page = readPage(database, tenantId, since, place)
    // Whoever stops before this page comes has no use for its failure.
    page.catch(() => {})
    return page
  }
  for (let page: ReturnType<typeof read> | null = read(FIRST); page; ) {
    const rows: PastDecisionRow[] = await page
    page = rows.length === 0 ? null : read(rows.at(-1)!)
    let sliceEnds = performance.now() + SLICE_MS
    for (const row of rows) {
      if (performance.now() > sliceEnds) {
        await setImmediate()
        sliceEnds = performance.now() + SLICE_MS
      }
      yield row
    }
  }
}

function readPage(
  database: Database,
  tenantId: string,
  since: string | null,
  { recorded_at: before, run_id: runId, seq }: Place,
): Promise<PastDecisionRow[]> {
  return database.transaction(tenantId, (session) =>
    session.query<PastDecisionRow>(
      `SELECT run_id, seq, recorded_at, convert_from(canon, 'UTF8') AS canon FROM (
         SELECT run_id, seq, recorded_at, canon, sum(octet_length(canon)) OVER (ORDER BY recorded_at DESC, run_id DESC, seq DESC
           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
         FROM (SELECT run_id, seq, recorded_at, canon FROM events
           WHERE tenant_id = $1 AND kind = 'decision_recorded' AND recorded_at >= $2 AND (recorded_at, run_id, seq) < ($3, $4, $5)
           ORDER BY recorded_at DESC, run_id DESC, seq DESC LIMIT $6) page
       ) p WHERE before IS NULL OR before < $7 ORDER BY recorded_at DESC, run_id DESC, seq DESC`,
      [tenantId, since ?? '-infinity', before, runId, seq, PAGE, PAGE_BYTES],
      'read_past_decisions',
    ),
  )
}
