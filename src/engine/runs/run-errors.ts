import { type AppError, notFound, stateConflict } from '../../lib/errors.ts'

export function runNotFound(runId: string): AppError {
  return notFound(
    'RUN_NOT_FOUND',
    'Run not found',
    'run_id',
    `No run of a workflow has the id '${runId}'; GET /runs lists them`,
  )
}

/** What is asked of a run does not fit the state it is in. */
export function conflict(code: string, message: string): AppError {
  return stateConflict(code, message, { path: 'status', message })
}
