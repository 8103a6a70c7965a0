import type { Context } from '../../kernel/context.ts'

/** The demo run by the name everybody knows it by. */
export const TRIAGE_RUN_ID = 'run_triage_inbox_demo_1'
export const TRIAGE_GATE_ID = 'evt_triage_inbox_003'

const IS_A_GO = "(run_id = $2 OR starts_with(run_id, $2 || '~'))"

/**
 * The log forgets nothing, so starting the demo over begins a new run: the first is stored under its own name, later
 * ones as `<name>~2`, `<name>~3`, … The name always means the youngest.
 */
export async function storedRunId({ database, principal }: Context, runId: string): Promise<string> {
  if (runId !== TRIAGE_RUN_ID) return runId
  // Only what was seeded counts: anybody may send an event into a run that is named like a later go.
  const seeded = await database.transaction(principal.tenantId, (session) =>
    session.query<{ run_id: string }>(
      `SELECT run_id FROM run_heads r WHERE tenant_id = $1 AND ${IS_A_GO} AND EXISTS (
         SELECT FROM events e WHERE e.tenant_id = $1 AND e.run_id = r.run_id AND e.event_id = $3 AND e.kind = 'receipt_recorded')`,
      [principal.tenantId, TRIAGE_RUN_ID, TRIAGE_GATE_ID],
    ),
  )
  return nameGeneration(Math.max(1, ...seeded.map((row) => generationOf(row.run_id))))
}

/** The name under which a stored run is shown. */
export function shownRunId(runId: string): string {
  return runId.startsWith(`${TRIAGE_RUN_ID}~`) ? TRIAGE_RUN_ID : runId
}

/** The name of a run that does not exist yet, for starting the demo over. */
export async function nextRunId({ database, principal }: Context): Promise<string> {
  const taken = await database.transaction(principal.tenantId, (session) =>
    session.query<{ run_id: string }>(`SELECT run_id FROM run_heads WHERE tenant_id = $1 AND ${IS_A_GO}`, [
      principal.tenantId,
      TRIAGE_RUN_ID,
    ]),
  )
  return nameGeneration(Math.max(0, ...taken.map((row) => generationOf(row.run_id))) + 1)
}

const nameGeneration = (generation: number) =>
  generation === 1 ? TRIAGE_RUN_ID : `${TRIAGE_RUN_ID}~${generation}`

/** 0 for a name that no go of the demo has. */
function generationOf(runId: string): number {
  if (runId === TRIAGE_RUN_ID) return 1
  const [, generation = '0'] = /~([1-9]\d{0,8})$/.exec(runId) ?? []
  return Number(generation)
}
