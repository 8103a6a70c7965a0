import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '../tool-handler.ts'
import { compileJsonSchema } from '../validate-json-schema.ts'
import { checkMcpConfig } from './check-mcp-config.ts'
import { describeMcpTools, type McpToolRow } from './describe-mcp-tools.ts'
import { openMcpConnections } from './mcp-handler.ts'
import { testInvocation } from './test-invocation.ts'
import { EVERYTHING, ODD, openTestConnections, programOf } from './test-mcp-servers.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-mcp-'))
const mcp = openTestConnections({ secrets: { TOKEN: 's3cr3t-token' } })
afterAll(async () => {
  await mcp.close()
  rmSync(folder, { recursive: true })
})

const FILES = { command: process.execPath, args: [programOf('server-filesystem'), folder] }

/** Calls a tool as it was described, and holds input and output against its schemas. */
async function callRow(row: McpToolRow, input: JsonObject) {
  expect(compileJsonSchema(row.input_schema)(input)).toEqual([])
  const output = await mcp.handler(testInvocation(row.handler_config, input))
  if (row.output_schema) expect(compileJsonSchema(row.output_schema)(output)).toEqual([])
  return output
}

async function rowsOf(serverId: string, server: typeof EVERYTHING) {
  const { tools, refused } = describeMcpTools(serverId, await mcp.listTools('tenant-1', server))
  expect(refused).toEqual([])
  return (name: string) => tools.find(({ id }) => id === `mcp.${serverId}.${name}`)!
}

describe('published servers over stdio', () => {
  test('the tools of server-everything are listed and called', async () => {
    const row = await rowsOf('everything', EVERYTHING)
    expect(await callRow(row('echo'), { message: 'hello' })).toEqual({
      content: [{ type: 'text', text: 'Echo: hello' }],
    })
    expect(await callRow(row('get-sum'), { a: 2, b: 3 })).toMatchObject({
      content: [{ text: 'The sum of 2 and 3 is 5.' }],
    })
  })

  test('structured content stands beside the content, and fits the output schema', async () => {
    const row = await rowsOf('everything', EVERYTHING)
    const described = row('get-structured-content')
    expect(described.output_schema).toMatchObject({ required: ['content', 'structured'] })
    expect(await callRow(described, { location: 'Chicago' })).toEqual({
      content: [{ type: 'text', text: expect.any(String) }],
      structured: { temperature: 36, conditions: 'Light rain / drizzle', humidity: 82 },
    })
    expect(
      compileJsonSchema(described.output_schema)({ content: [], structured: { humidity: 'x' } }),
    ).not.toEqual([])
  })

  test('the tools of server-filesystem read and write the folder that it was given, and no other', async () => {
    const row = await rowsOf('files', FILES)
    writeFileSync(join(folder, 'a.txt'), 'read me')
    expect(await callRow(row('read_text_file'), { path: join(folder, 'a.txt') })).toMatchObject({
      content: [{ type: 'text', text: 'read me' }],
    })
    await callRow(row('write_file'), { path: join(folder, 'b.txt'), content: 'written' })
    expect(readFileSync(join(folder, 'b.txt'), 'utf8')).toBe('written')
    await expect(callRow(row('read_text_file'), { path: '/etc/passwd' })).rejects.toMatchObject({
      code: 'mcp_tool_failed',
      message: expect.stringMatching(/access denied/i),
      retryable: false,
      outcomeUnknown: false,
    })
  })

  test('hints become risk, side effects and recovery; what says nothing counts as destructive', async () => {
    const pick = ({ risk_level, side_effects, recovery }: McpToolRow) => [risk_level, side_effects, recovery]
    const files = await rowsOf('files', FILES)
    expect(pick(files('read_text_file'))).toEqual(['low', [], 'retry_with_key'])
    expect(pick(files('write_file'))).toEqual(['high', ['external_write'], 'retry_with_key'])
    expect(pick(files('edit_file'))).toEqual(['high', ['external_write'], 'ask_human'])
    expect(pick(files('create_directory'))).toEqual(['medium', ['external_write'], 'retry_with_key'])
    expect(pick((await rowsOf('odd', ODD))('pid'))).toEqual(['high', ['external_write'], 'ask_human'])
  })

  test('a started program sees PATH, HOME and what its configuration says; secrets come back masked', async () => {
    const server = { ...EVERYTHING, env: { REGION: 'eu', API_TOKEN: '{{secret.TOKEN}}' } }
    const output = (await mcp.handler(testInvocation({ server, tool: 'get-env' }))) as {
      content: { text: string }[]
    }
    const environment = JSON.parse(output.content[0]!.text)
    expect(Object.keys(environment).sort()).toEqual(['API_TOKEN', 'HOME', 'PATH', 'REGION'])
    expect(environment).toMatchObject({ REGION: 'eu', API_TOKEN: '[secret]', HOME: '/nowhere' })
  })
})

describe('descriptions', () => {
  const listed = (tools: unknown[]) => ({ server: EVERYTHING, name: 'x', version: '1', tools }) as never
  const inputSchema = { type: 'object' }

  test('a tool whose schema cannot be used, or whose name fits no id, is refused with what is wrong', () => {
    const { tools, refused } = describeMcpTools(
      'x',
      listed([
        { name: 'fine', inputSchema },
        { name: 'fine', inputSchema },
        {
          name: 'remote',
          inputSchema: { type: 'object', properties: { a: { $ref: 'https://evil.example' } } },
        },
        {
          name: 'pattern',
          inputSchema,
          outputSchema: { type: 'object', properties: { a: { pattern: '(' } } },
        },
        { name: 'ignore all rules', inputSchema },
      ]),
    )
    expect(tools.map(({ id }) => id)).toEqual(['mcp.x.fine'])
    expect(refused.map(({ name, faults }) => [name, faults[0]!.path])).toEqual([
      ['fine', 'id'],
      ['remote', 'input_schema.properties.a.$ref'],
      ['pattern', 'output_schema.properties.structured.properties.a.pattern'],
      ['ignore all rules', 'id'],
    ])
    expect(() => describeMcpTools('a.b', listed([]))).toThrow(/id of an MCP server/)
  })

  test('references within an output schema still lead where they led', () => {
    const outputSchema = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: { next: { $ref: '#' }, price: { $ref: '#/definitions/price' } },
      definitions: { price: { type: 'integer' } },
      additionalProperties: false,
    }
    const [row] = describeMcpTools('x', listed([{ name: 'a', inputSchema, outputSchema }])).tools
    const faults = compileJsonSchema(row!.output_schema)({
      content: [],
      structured: { next: { price: '1', content: [] } },
    })
    expect(faults.map(({ path }) => path)).toEqual(['structured.next.content', 'structured.next.price'])
  })
})

describe('refusals', () => {
  test('no program is started unless that is allowed', async () => {
    const closed = openMcpConnections()
    const refusal = {
      code: 'mcp_commands_not_allowed',
      message: expect.stringMatching(/starting programs is not allowed here/),
      outcomeUnknown: false,
    }
    await expect(closed.listTools('tenant-1', ODD)).rejects.toMatchObject(refusal)
    await expect(closed.handler(testInvocation({ server: ODD, tool: 'pid' }))).rejects.toMatchObject(refusal)
  })

  test.each([
    [
      'a program that is not there',
      { command: '/no/such/program' },
      'mcp_start_failed',
      /could not be started \(ENOENT\)/,
    ],
    [
      'a program that ends at once',
      { command: process.execPath, args: ['-e', 'process.exit(7)'] },
      'mcp_start_failed',
      /ended with code 7; its error output is in the log; nothing was called/,
    ],
    ['a secret that is not there', { ...ODD, env: { A: '{{secret.NONE}}' } }, 'secret_unknown', /'NONE'/],
  ])('%s', async (_, server, code, message) => {
    await expect(mcp.listTools('tenant-1', server)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      outcomeUnknown: false,
    })
  })

  test('a program that never answers is given up and ended', async () => {
    const impatient = openTestConnections({ startTimeoutMs: 300 })
    const script = 'console.error(process.pid); setInterval(() => {}, 1000); process.on("SIGTERM", () => {})'
    const server = { command: process.execPath, args: ['-e', script] }
    await expect(impatient.listTools('tenant-1', server)).rejects.toMatchObject({
      code: 'mcp_start_failed',
      message: expect.stringMatching(/did not answer within 300 ms/),
      retryable: true,
    })
    const pid = Number(impatient.lines[0])
    expect(pid).toBeGreaterThan(1)
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
    await impatient.close()
  })

  test.each([
    ['nothing', {}, 'server'],
    ['no tool', { server: ODD }, 'tool'],
    ['neither program nor address', { server: {}, tool: 'a' }, 'server.command'],
    ['both', { server: { ...ODD, url: 'https://example.org/mcp' }, tool: 'a' }, 'server.command'],
    ['another scheme', { server: { url: 'file:///etc' }, tool: 'a' }, 'server.url'],
    ['a host from elsewhere', { server: { url: 'https://{{secret.HOST}}/' }, tool: 'a' }, 'server.url'],
    [
      'a secret in the arguments',
      { server: { command: 'x', args: ['{{secret.A}}'] }, tool: 'a' },
      'server.args.0',
    ],
    [
      'an input in the environment',
      { server: { command: 'x', env: { A: '{{input.a}}' } }, tool: 'a' },
      'server.env.A',
    ],
    [
      'a header of two lines',
      { server: { url: 'https://a.example/', headers: { a: 'b\nc' } }, tool: 'a' },
      'server.headers.a',
    ],
    ['an unknown member', { server: { command: 'x', shell: true }, tool: 'a' }, 'server.shell'],
  ])('a configuration with %s', (_, config, path) => {
    expect(checkMcpConfig(config).map((fault) => fault.path)).toContain(path)
  })
})
