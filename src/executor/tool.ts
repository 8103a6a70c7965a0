import type { Json } from '../lib/canonical-json.ts'
import { AppError } from '../lib/errors.ts'
import type { ExecuteContext } from './schema.ts'

/** A tool that this executor knows, whether it can run it or not. */
export type ExecutorTool = {
  id: string
  /** What of it there is here, as `/health` tells it. */
  availability: { available: true; [detail: string]: Json } | { available: false; reason: string }
  /** @throws AppError 400 for input that it cannot take, 500 for what went wrong; whatever else it throws is a fault of ours. */
  run(input: unknown, context: ExecuteContext, signal: AbortSignal): Promise<Json>
}

/** The input cannot be taken; nothing was done. */
export function inputInvalid(path: string, message: string): AppError {
  return new AppError({
    code: 'INPUT_INVALID',
    status: 400,
    message: path === '' ? message : `${path}: ${message}`,
    details: [{ path, message, type: 'value_error', code: 'INPUT_INVALID' }],
  })
}

/** The tool could not do it, and did not. */
export const toolFailed = (code: string, message: string) => new AppError({ code, status: 500, message })

/** The tool is known and this executor has not what it needs. */
export const notAvailable = (message: string) =>
  new AppError({ code: 'TOOL_NOT_AVAILABLE', status: 400, message })
