import { checkHttpConfig } from './handlers/check-http-config.ts'
import { checkMcpConfig } from './handlers/check-mcp-config.ts'
import { checkCodeConfig } from './handlers/code-handler.ts'
import type { Tool } from './schema.ts'

type Fault = { path: string; message: string }

/** What is wrong with a handler's settings, by its type; each handler knows its own. */
export function checkHandlerConfig(type: Tool['handler_type'], config: Tool['handler_config']): Fault[] {
  switch (type) {
    case 'http':
      return checkHttpConfig(config)
    case 'code':
      return checkCodeConfig(config)
    case 'mcp':
      return checkMcpConfig(config)
    case 'builtin':
    case 'remote':
      return []
  }
}
