import { describe, expect, test } from 'vitest'
import type { Json } from '../../lib/canonical-json.ts'
import { findMissingScope } from './check-scopes.ts'
import type { Tool } from './schema.ts'

const toolOf = (more: Partial<Tool> = {}): Tool => ({
  id: 'a.tool',
  name: 'A tool',
  description: null,
  input_schema: {},
  output_schema: null,
  handler_type: 'builtin',
  handler_config: {},
  risk_level: 'low',
  side_effects: [],
  recovery: 'ask_human',
  timeout_ms: 1000,
  created_at: '',
  updated_at: '',
  ...more,
})
type Given = { tools?: string[]; memory?: string[]; external?: string[] }
const missing = (
  tool: Tool,
  { tools = [tool.id], memory = [], external = [] }: Given = {},
  input: Json = {},
) => {
  const scopes = { tools: new Set(tools), memory: new Set(memory), external: new Set(external) }
  const scope = findMissingScope(tool, input, scopes)
  return scope && `${scope.type} ${scope.value}`
}

test('every call needs the scope of its tool, and by its whole name', () => {
  expect(missing(toolOf())).toBeNull()
  expect(missing(toolOf(), { tools: [] })).toBe('tool a.tool')
  expect(missing(toolOf(), { tools: ['a', 'a.tool2', '*'] })).toBe('tool a.tool')
})

describe('what goes to a host needs the scope of the host', () => {
  const http = (url: string) => toolOf({ handler_type: 'http', handler_config: { method: 'GET', url } })
  test.each([
    ['https://api.example.com/x', 'api.example.com', null],
    ['https://API.example.com:443/x?y={{input.y}}', 'api.example.com', null],
    ['https://api.example.com:8443/', 'api.example.com:8443', null],
    ['https://api.example.com:8443/', 'api.example.com', 'external api.example.com:8443'],
    ['https://a.b.example.com/', '*.example.com', null],
    ['https://example.com/', '*.example.com', 'external example.com'],
    ['https://badexample.com/', '*.example.com', 'external badexample.com'],
    ['https://example.com.evil.org/', '*.example.com', 'external example.com.evil.org'],
    ['http://127.0.0.1:9000/', '127.0.0.1:9000', null],
  ])('%s with the scope %s', (url, scope, expected) => {
    expect(missing(http(url), { external: [scope] })).toBe(expected)
  })

  test('an MCP server at an address too; one that is started as a program has no host', () => {
    const server = { url: 'https://mcp.example.com/sse' }
    const mcp = (server: Json) => toolOf({ handler_type: 'mcp', handler_config: { server, tool: 't' } })
    expect(missing(mcp(server))).toBe('external mcp.example.com')
    expect(missing(mcp(server), { external: ['mcp.example.com'] })).toBeNull()
    expect(missing(mcp({ command: 'server' }))).toBeNull()
  })

  test('a browser the host of the page, however the address is dressed up', () => {
    const browser = toolOf({ handler_type: 'remote' })
    const open = (url: string) => missing(browser, { external: ['good.example'] }, { url })
    expect(open('https://good.example/page')).toBeNull()
    expect(open('https://good.example@evil.example/')).toBe('external evil.example')
    expect(open('https://evil.example\\@good.example/')).toBe('external evil.example')
    expect(open('https://evil.example#good.example')).toBe('external evil.example')
    expect(open('not an address')).toBe('external not an address')
    expect(missing(browser, {}, { code: '1' })).toBeNull()
  })
})

test('what touches memory needs the scope of whose it is; without a name that of all', () => {
  const memory = toolOf({ id: 'memory.search', side_effects: ['memory_read'] })
  expect(missing(memory, { memory: ['user'] }, { owner_type: 'user' })).toBeNull()
  expect(missing(memory, { memory: ['user'] }, { owner_type: 'tenant' })).toBe('memory tenant')
  expect(missing(memory, { memory: ['user'] })).toBe('memory *')
  expect(missing(memory, { memory: ['*'] })).toBeNull()
})
