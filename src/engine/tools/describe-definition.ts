import { payloadHash } from '../../lib/hash.ts'
import { splitUrl } from './handlers/check-http-config.ts'
import type { Tool } from './schema.ts'

/** What will run when a tool is called: bound by decision, approval and intent, beside the tool's id and its input. */
export type ToolDefinition = {
  handler_type: string
  /** Where the call goes, for people. */
  target: string
  sha256: string
}

/**
 * The hash covers what decides what a call does and how it is treated: the kind of handler and all of its configuration,
 * what input it takes, its risk and side effects, and what is done when its outcome is unknown. Words for people (name,
 * description), how long it may take and what its answer looks like may change: the same thing still runs.
 */
export function describeDefinition(tool: Tool): ToolDefinition {
  const { id, handler_type, handler_config, input_schema, risk_level, side_effects, recovery } = tool
  const bound = { id, handler_type, handler_config, input_schema, risk_level, side_effects, recovery }
  return { handler_type, target: targetOf(tool), sha256: payloadHash(bound) }
}

type Config = { method?: string; url?: string; tool?: string; server?: { url?: string; command?: string } }

/** No headers, queries and arguments: they may hold keys. The hash covers them. */
function targetOf({ id, handler_type, handler_config }: Tool): string {
  const { method, url, tool, server } = handler_config as Config
  switch (handler_type) {
    case 'http':
      return `${method} ${addressOf(url)}`
    case 'mcp':
      return `${tool} of ${server?.command ?? addressOf(server?.url)}`
    case 'code':
      return 'JavaScript without network'
    case 'builtin':
      return `${id} of this program`
    case 'remote':
      return `${id} of the executor`
  }
}

function addressOf(url = ''): string {
  const parts = splitUrl(url)
  return parts ? `${parts.origin}${parts.path}` : url
}

/** In what two definitions of a tool differ, as far as it can be told. */
export function describeChange(before: ToolDefinition | undefined, now: ToolDefinition): string {
  const is = `${now.handler_type} ${now.target}`
  const was = before && `${before.handler_type} ${before.target}`
  if (was && was !== is) return `it was ${was} and is ${is} now`
  return 'its configuration, input schema, risk, side effects or recovery is another now'
}
