import type { Json } from '../lib/canonical-json.ts'
import { AppError } from '../lib/errors.ts'
import { EXECUTOR_BODY_LIMIT, EXECUTOR_HEADERS } from '../lib/executor-signature.ts'
import { IJsonError, parseIJson } from '../lib/i-json.ts'
import type { Logger } from '../lib/logger.ts'
import { parseToolInput } from './parse-tool-input.ts'
import { ExecuteRequest } from './schema.ts'
import { type ExecutorTool, inputInvalid, toolFailed } from './tool.ts'

/**
 * Reads a call that was let in.
 *
 * @throws AppError 400
 */
export function parseCall(
  headers: Record<string, string | string[] | undefined>,
  body: Uint8Array,
): ExecuteRequest {
  const call = parseToolInput(ExecuteRequest, readJson(body), '')
  if (headers[EXECUTOR_HEADERS.toolId] !== call.tool_id) {
    throw inputInvalid('tool_id', `expected the tool that the header ${EXECUTOR_HEADERS.toolId} names`)
  }
  return call
}

function readJson(body: Uint8Array): Json {
  try {
    return parseIJson(body)
  } catch (error) {
    if (!(error instanceof IJsonError)) throw error
    throw inputInvalid(error.path, error.message)
  }
}

/** Runs the tool, and keeps its answer within what may be answered. */
export async function executeCall(
  tools: ReadonlyMap<string, ExecutorTool>,
  { tool_id: id, input, context }: ExecuteRequest,
  signal: AbortSignal,
  log: Logger,
): Promise<Json> {
  const tool = tools.get(id)
  if (!tool) {
    throw new AppError({
      code: 'TOOL_UNKNOWN',
      status: 400,
      message: `expected one of the tools of this executor (${[...tools.keys()].join(', ')}); nothing was run`,
    })
  }
  const started = performance.now()
  const place = { tool_id: id, run_id: context.run_id, step_id: context.step_id }
  log.debug(place, 'a tool is called')
  try {
    const result = await tool.run(input, context, signal)
    if (Buffer.byteLength(JSON.stringify(result)) > EXECUTOR_BODY_LIMIT - ROOM_FOR_ENVELOPE) {
      throw toolFailed(
        'OUTPUT_TOO_LARGE',
        `the answer is larger than the ${EXECUTOR_BODY_LIMIT} bytes that may travel`,
      )
    }
    return result
  } finally {
    log.info({ ...place, ms: Math.round(performance.now() - started) }, 'a tool was run')
  }
}

const ROOM_FOR_ENVELOPE = 1024
