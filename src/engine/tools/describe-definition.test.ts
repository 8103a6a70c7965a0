import { expect, test } from 'vitest'
import { describeChange, describeDefinition } from './describe-definition.ts'
import type { Tool } from './schema.ts'

const TOOL: Tool = {
  id: 'shop.order',
  name: 'Order',
  description: 'Orders something',
  input_schema: { type: 'object' },
  output_schema: null,
  handler_type: 'http',
  handler_config: {
    method: 'POST',
    url: 'https://shop.example/orders?key=k-1',
    headers: { a: 'k-2' },
    body: '{{input}}',
  },
  risk_level: 'low',
  side_effects: ['external_write'],
  recovery: 'ask_human',
  timeout_ms: 1000,
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T00:00:00.000Z',
}
const config = (more: Tool['handler_config']) => ({ handler_config: { ...TOOL.handler_config, ...more } })
const hashOf = (more: Partial<Tool>) => describeDefinition({ ...TOOL, ...more }).sha256

test.each<[string, Partial<Tool>]>([
  ['its kind', { handler_type: 'code' }],
  ['its address', config({ url: 'https://shop.example/other' })],
  ['its method', config({ method: 'PUT' })],
  ['a header', config({ headers: { a: 'k-3' } })],
  ['its body', config({ body: { all: '{{input}}' } })],
  ['what input it takes', { input_schema: {} }],
  ['its risk', { risk_level: 'high' }],
  ['its side effects', { side_effects: [] }],
  ['its recovery', { recovery: 'retry_with_key' }],
])('%s is bound', (_, more) => {
  expect(hashOf(more)).not.toBe(hashOf({}))
})

test('words for people, time limits and the form of the answer are not', () => {
  const words = { name: 'x', description: null, output_schema: {}, timeout_ms: 1, updated_at: 'later' }
  expect(hashOf(words)).toBe(hashOf({}))
})

test.each<[string, Partial<Tool>]>([
  ['POST https://shop.example/orders', {}],
  ['JavaScript without network', { handler_type: 'code', handler_config: { code: '1' } }],
  [
    'note of npx',
    { handler_type: 'mcp', handler_config: { server: { command: 'npx', args: ['k-3'] }, tool: 'note' } },
  ],
  [
    'note of https://crm.example/mcp',
    { handler_type: 'mcp', handler_config: { server: { url: 'https://crm.example/mcp?k-4' }, tool: 'note' } },
  ],
  ['shop.order of this program', { handler_type: 'builtin', handler_config: {} }],
])('its target is told as %s, without what may be a key', (target, more) => {
  expect(describeDefinition({ ...TOOL, ...more }).target).toBe(target)
})

test('what changed is told by its target, and in general where that is the same', () => {
  const before = describeDefinition(TOOL)
  const moved = describeDefinition({ ...TOOL, ...config({ url: 'https://other.example/' }) })
  expect(describeChange(before, moved)).toBe(
    'it was http POST https://shop.example/orders and is http POST https://other.example/ now',
  )
  expect(describeChange(before, describeDefinition({ ...TOOL, risk_level: 'high' }))).toContain(
    'configuration',
  )
})
