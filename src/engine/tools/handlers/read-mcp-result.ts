import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import type { Json } from '../../../lib/canonical-json.ts'
import { parseIJson } from '../../../lib/i-json.ts'
import { ToolError } from '../tool-handler.ts'

const MAX_OUTPUT_CHARACTERS = 1024 * 1024
const MAX_ERROR_CHARACTERS = 2000

/**
 * What a server answered, as an output: `content` as it came, and `structured` where the server gave structured content.
 * A text is never taken for more than a text, or the shape of the output would depend on what happens to stand in it.
 *
 * @throws ToolError for a tool that says it failed, and for an answer that cannot be kept.
 */
export function readMcpResult(
  result: CallToolResult,
  mask: <T extends Json>(value: T) => T,
  writes: boolean,
): Json {
  if (result.isError)
    throw new ToolError('mcp_tool_failed', mask(textOf(result)).slice(0, MAX_ERROR_CHARACTERS))
  const answered = (code: string, message: string) =>
    new ToolError(code, `the MCP server answered, but ${message}`, { outcomeUnknown: writes })
  const text = JSON.stringify({
    content: result.content,
    ...(result.structuredContent && { structured: result.structuredContent }),
  })
  if (text.length > MAX_OUTPUT_CHARACTERS) {
    throw answered(
      'mcp_result_too_large',
      `with ${text.length} characters, of ${MAX_OUTPUT_CHARACTERS} allowed`,
    )
  }
  try {
    return mask(parseIJson(text))
  } catch (error) {
    throw answered('mcp_result_invalid', `with what cannot be kept: ${mask((error as Error).message)}`)
  }
}

function textOf({ content }: CallToolResult): string {
  const text = content
    .filter((block) => block.type === 'text')
    .map((block) => block.text)
    .join('\n')
  return text.trim() === '' ? 'the tool failed and gave no reason' : text
}
