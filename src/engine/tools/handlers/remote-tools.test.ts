import { expect, test } from 'vitest'
import { checkJsonSchema, compileJsonSchema } from '../validate-json-schema.ts'
import { REMOTE_TOOLS } from './remote-tools.ts'

test('every remote tool is listed with schemas that can be used', () => {
  expect(REMOTE_TOOLS.map(({ id }) => id)).toEqual(['code_interpreter', 'web_browser', 'file_system'])
  for (const { input_schema, output_schema } of REMOTE_TOOLS) {
    expect([checkJsonSchema(input_schema), checkJsonSchema(output_schema)]).toEqual([[], []])
  }
})

test.each([
  ['code_interpreter', { language: 'python', code: 'print(1)' }, []],
  ['code_interpreter', { language: 'ruby', code: '' }, ['code', 'language']],
  ['web_browser', { action: 'navigate', url: 'https://example.org/' }, []],
  ['web_browser', { action: 'type', url: 'file:///etc/passwd', selector: '' }, ['selector', 'url']],
  ['file_system', { action: 'read', path: 'notes/today.md' }, []],
  ['file_system', { action: 'list', path: '.' }, []],
  ['file_system', { action: 'write', path: 'a..b', content: '' }, []],
  ['file_system', { action: 'read', path: '/etc/passwd' }, ['path']],
  ['file_system', { action: 'read', path: 'notes/../../x' }, ['path']],
  ['file_system', { action: 'read', path: '..' }, ['path']],
])('%s with %j has faults at %j', (id, input, paths) => {
  const { input_schema } = REMOTE_TOOLS.find((tool) => tool.id === id)!
  const faults = compileJsonSchema(input_schema)(input)
  expect([...new Set(faults.map(({ path }) => path))]).toEqual(paths)
})
