import type { Context } from '../../kernel/context.ts'

/** The demo run by the name everybody knows it by. */
export const TRIAGE_RUN_ID = 'run_triage_inbox_demo_1'
export const TRIAGE_GATE_ID = 'evt_triage_inbox_003'

/**
 * The log forgets nothing, so starting the demo over begins a new run: the first is stored under its own name, later
 * ones as `<name>~2`, `<name>~3`, … The name always means the youngest.
 */
export async function storedRunId(context: Context, runId: string): Promise<string> {
  if (runId !== TRIAGE_RUN_ID) return runId
  return nameGeneration(await countGenerations(context))
}

/** The name under which a stored run is shown. */
export function shownRunId(runId: string): string {
  return runId.startsWith(`${TRIAGE_RUN_ID}~`) ? TRIAGE_RUN_ID : runId
}

/** How often the demo was started. */
export async function countGenerations({ database, principal }: Context): Promise<number> {
  const rows = await database.transaction(principal.tenantId, (session) =>
    session.query<{ run_id: string }>(
      `SELECT run_id FROM run_heads WHERE tenant_id = $1 AND (run_id = $2 OR starts_with(run_id, $2 || '~'))`,
      [principal.tenantId, TRIAGE_RUN_ID],
    ),
  )
  return rows.length
}

export const nameGeneration = (generation: number) =>
  generation < 2 ? TRIAGE_RUN_ID : `${TRIAGE_RUN_ID}~${generation}`
