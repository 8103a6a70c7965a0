import { ToolError } from '../tool-handler.ts'

/**
 * The error for a call that was ended from outside: by its time limit, which another attempt may meet, or because
 * somebody no longer wants it.
 *
 * @param what happened to it by then, e.g. `the server had not answered`.
 */
export function explainAbort(signal: AbortSignal, what: string, outcomeUnknown: boolean): ToolError {
  const timedOut = (signal.reason as Error | undefined)?.name === 'TimeoutError'
  return timedOut
    ? new ToolError('tool_timeout', `the time limit of the call is over; ${what}`, {
        retryable: true,
        outcomeUnknown,
      })
    : new ToolError('tool_aborted', `the call was cancelled; ${what}`, { outcomeUnknown })
}
