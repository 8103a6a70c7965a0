import { notFound } from '../../../lib/errors.ts'

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Whether it may be the id of a run of the copilot. */
export const isRunId = (text: string): boolean => UUID.test(text)

export const copilotRunNotFound = (runId: string) =>
  notFound(
    'RUN_NOT_FOUND',
    'Run not found',
    'run_id',
    `no run of the copilot has the id '${runId}'; POST /v1/runs makes one`,
  )
