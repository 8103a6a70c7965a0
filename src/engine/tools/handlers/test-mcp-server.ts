import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'

// An MCP server that does what servers should not. It tells on its error output what happens to it.
const tell = (line: string) => process.stderr.write(`${line}\n`)
const text = (value: string) => ({ content: [{ type: 'text', text: value }] })

const server = new Server({ name: 'odd', version: '1.2.3' }, { capabilities: { tools: {} } })
const TOOLS = ['pid', 'slow', 'crash', 'fail', 'large', 'chatty', 'odd']
server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
  const page = Number(params?.cursor ?? 0)
  const next = page + 1 < TOOLS.length ? { nextCursor: String(page + 1) } : {}
  return { tools: [{ name: TOOLS[page]!, inputSchema: { type: 'object' as const } }], ...next }
})
server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }) => {
  switch (params.name) {
    case 'pid':
      return text(JSON.stringify({ pid: process.pid, key: params._meta?.['countersign/idempotency-key'] }))
    case 'slow':
      signal.addEventListener('abort', () => tell(`cancelled: ${signal.reason}`))
      tell('slow has begun')
      return new Promise(() => {})
    case 'crash':
      return process.exit(3)
    case 'fail':
      return { ...text('no such ticket, token was 90210'), isError: true }
    case 'large':
      return text('x'.repeat(2 * 1024 * 1024))
    case 'chatty':
      for (let line = 0; line < 5000; line++) tell(`token 90210 ${'y'.repeat(2000)}`)
      return text('said it all')
    case 'odd':
      return { ...text('odd'), structuredContent: { big: 2 ** 60, half: '\ud800' } }
    default:
      throw new Error(`no tool ${params.name}`)
  }
})
process.stdout.write('a greeting that is no message\n')
tell(`started ${process.pid}`)
await server.connect(new StdioServerTransport())
