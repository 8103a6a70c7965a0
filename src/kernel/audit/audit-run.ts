import { type AppError, stateConflict } from '../../lib/errors.ts'
import { sha256 } from '../../lib/hash.ts'

/** Runs that tell what was done here and that Countersign alone writes. */
const RESERVED = ['audit:', 'passkey:']

/** The run whose chain holds the audit entries of this month, in UTC: one a month, so that no chain grows for ever. */
export const auditRunAt = (ms: number): string => `audit:${new Date(ms).toISOString().slice(0, 7)}`

/** The run that says whose a passkey is: one for each, so that an export can bring it along and nothing else. */
export const passkeyRunOf = (credentialId: string): string =>
  `passkey:${sha256(credentialId).toString('hex')}`

export const isReservedRun = (runId: string): boolean => RESERVED.some((prefix) => runId.startsWith(prefix))

/** What was done here is told by Countersign alone. */
export function reservedRun(runId: string): AppError {
  return stateConflict('RUN_RESERVED', 'This run holds audit entries', {
    path: 'run_id',
    message: `run '${runId}' is written by Countersign alone; use a run_id that does not begin with ${RESERVED.map((prefix) => `'${prefix}'`).join(' or ')}`,
  })
}
