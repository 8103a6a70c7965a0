import type { Json } from '../../../lib/canonical-json.ts'
import { compileJsonSchema } from '../validate-json-schema.ts'
import { splitUrl } from './check-http-config.ts'
import type { Fault } from './describe-schema-errors.ts'
import { findReferences, listTexts } from './fill-template.ts'

/** How an MCP server is reached: a program that is started, or an address. `{{secret.NAME}}` in env and headers. */
export type McpServerConfig =
  | { command: string; args?: string[]; env?: Record<string, string>; cwd?: string }
  | { url: string; headers?: Record<string, string> }

/** The `handler_config` of a tool of an MCP server. It holds all there is to know: what was registered is what is called. */
export type McpConfig = { server: McpServerConfig; tool: string }

const NO_NUL = { type: 'string', maxLength: 4000, pattern: '^[^\\u0000]*$' }

const COMMAND = {
  type: 'object',
  required: ['command'],
  additionalProperties: false,
  properties: {
    command: { ...NO_NUL, minLength: 1 },
    args: { type: 'array', maxItems: 100, items: NO_NUL },
    env: {
      type: 'object',
      maxProperties: 100,
      propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
      additionalProperties: NO_NUL,
    },
    cwd: { ...NO_NUL, minLength: 1 },
  },
}

const ADDRESS = {
  type: 'object',
  required: ['url'],
  additionalProperties: false,
  properties: {
    url: { type: 'string', maxLength: 2000 },
    headers: {
      type: 'object',
      maxProperties: 50,
      propertyNames: { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$" },
      additionalProperties: { type: 'string', maxLength: 4000, pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$' },
    },
  },
}

const TOOL = {
  type: 'object',
  required: ['server', 'tool'],
  additionalProperties: false,
  properties: { server: { type: 'object' }, tool: { type: 'string', minLength: 1, maxLength: 200 } },
}

/** What is wrong with the configuration of a tool of an MCP server. */
export function checkMcpConfig(config: unknown): Fault[] {
  const faults = compileJsonSchema(TOOL)(config)
  if (faults.length > 0) return faults
  return checkMcpServer((config as McpConfig).server).map((fault) => ({
    ...fault,
    path: fault.path === '' ? 'server' : `server.${fault.path}`,
  }))
}

/** What is wrong with how an MCP server is said to be reached. */
export function checkMcpServer(server: unknown): Fault[] {
  const isAddress = server !== null && typeof server === 'object' && Object.hasOwn(server, 'url')
  const faults = compileJsonSchema(isAddress ? ADDRESS : COMMAND)(server)
  if (faults.length > 0) return faults
  if (isAddress && !splitUrl((server as { url: string }).url)) {
    const message = 'expected http(s)://host[:port]/path without user name and #fragment'
    faults.push({ path: 'url', message, keyword: 'url' })
  }
  for (const { path, text } of listTexts(server as Json)) {
    const place = path.split('.')[0]!
    for (const reference of findReferences(text)) {
      const isSecret = typeof reference === 'object' && reference.kind === 'secret'
      if (isSecret && (place === 'env' || place === 'headers')) continue
      const message = isSecret
        ? 'expected secrets in env and headers only: what stands elsewhere can be seen by others'
        : `expected no placeholder but {{secret.NAME}}, got ${JSON.stringify(reference).slice(0, 80)}`
      faults.push({ path, message, keyword: 'template' })
    }
  }
  return faults
}
