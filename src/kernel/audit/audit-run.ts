import { type AppError, stateConflict } from '../../lib/errors.ts'

const PREFIX = 'audit:'

/** The run whose chain holds the audit entries of this month, in UTC: one a month, so that no chain grows for ever. */
export const auditRunAt = (ms: number): string => `${PREFIX}${new Date(ms).toISOString().slice(0, 7)}`

export const isAuditRun = (runId: string): boolean => runId.startsWith(PREFIX)

/** What was done here is told by Countersign alone. */
export function reservedForAudit(runId: string): AppError {
  return stateConflict('RUN_RESERVED', 'This run holds audit entries', {
    path: 'run_id',
    message: `run '${runId}' is written by Countersign alone; use a run_id that does not begin with '${PREFIX}'`,
  })
}
