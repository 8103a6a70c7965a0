import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callTool, runPurchase } from '../../examples/purchase-approval/run-purchase.ts'
import { makeDataFolder } from '../harness/make-data-folder.ts'
import { RUN_MAIN } from '../harness/run-main.ts'
import type { SpawnedProgram } from '../harness/spawn-program.ts'
import { spawnServer } from '../harness/spawn-server.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'

const TOOLS = [
  'authorize_action',
  'request_approval',
  'get_decision',
  'mint_execution_token',
  'execute_purchase',
  'get_journal',
]
const folders: string[] = []
const newFolder = () => {
  const folder = makeDataFolder()
  folders.push(folder)
  return folder
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** These clients are a human's own, so that one test can play both sides. */
const HUMAN_CLIENT = { COUNTERSIGN_MCP_RESOLVE_APPROVALS: 'true' }

const newClient = () => new Client({ name: 'test', version: '1.0.0' })

async function connectStdio(folder: string): Promise<Client> {
  const client = newClient()
  const env = { PATH: process.env.PATH!, DATA_DIR: folder, ...HUMAN_CLIENT }
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [...RUN_MAIN, 'mcp'],
      env,
      stderr: 'inherit',
    }),
  )
  return client
}

async function connectHttp(address: string, headers: Record<string, string> = {}): Promise<Client> {
  const client = newClient()
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${address}/mcp`), { requestInit: { headers } }) as never,
  )
  return client
}

const approve = (client: Client) => async (decisionId: string) => {
  await callTool(client, 'resolve_approval', {
    decision_id: decisionId,
    decision: 'approved',
    approver_id: 'jane',
  })
}

describe('over streamable HTTP', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(() => server.close())

  test('the official client runs the whole purchase; a human approves outside of it', async () => {
    const client = await connectHttp(server.address)
    const { executionId } = await runPurchase(client, 'http-story', async (decisionId) => {
      await server.post(`/v1/approvals/decisions/${decisionId}`, {
        decision: 'approved',
        approver_id: 'jane',
      })
    })
    expect(executionId).toMatch(/^exec_/)
    await client.close()
  })

  test('approving is no tool of an agent, unless the operator says that the client is a human’s own', async () => {
    const client = await connectHttp(server.address)
    await expect(client.callTool({ name: 'resolve_approval', arguments: {} })).rejects.toThrow(
      /no tool 'resolve_approval'/,
    )
    await client.close()
  })

  test('every tool is listed with a schema for its arguments', async () => {
    const client = await connectHttp(server.address)
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toEqual(TOOLS)
    for (const tool of tools)
      expect(tool.inputSchema).toMatchObject({ type: 'object', properties: expect.any(Object) })
    await client.close()
  })

  test('a tool answers what the API answers', async () => {
    const client = await connectHttp(server.address)
    const told = new Map<string, Record<string, unknown>>()
    const purchase = await runPurchase(client, 'same-answers', async (decisionId) => {
      told.set('pending', await callTool(client, 'get_decision', { decision_id: decisionId }))
      const { body } = await server.get(`/v1/approvals/decisions/${decisionId}`)
      expect(told.get('pending')).toEqual(body)
      await server.post(`/v1/approvals/decisions/${decisionId}`, {
        decision: 'approved',
        approver_id: 'jane',
      })
    })
    const decisionId = told.get('pending')!.decision_id as string
    const decision = await callTool(client, 'get_decision', { decision_id: decisionId })
    expect(decision).toEqual((await server.get(`/v1/approvals/decisions/${decisionId}`)).body)
    expect(decision).toMatchObject({ execution: { execution_id: purchase.executionId, status: 'completed' } })
    const journal = await callTool(client, 'get_journal', { run_id: decision.run_id })
    expect(journal).toEqual((await server.get(`/v1/runs/${decision.run_id}/journal`)).body)
    await client.close()
  })

  test('wrong arguments are a result with isError and the error envelope, not a protocol error', async () => {
    const client = await connectHttp(server.address)
    const result = await client.callTool({
      name: 'authorize_action',
      arguments: { intent: { action: 'transfer.create' }, context: { amount: 1, currency: 'EUR' } },
    })
    expect(result.isError).toBe(true)
    expect(result.structuredContent).toMatchObject({
      error: {
        code: 'REQUEST_VALIDATION_ERROR',
        details: [
          {
            path: 'intent.action',
            message: "Input should be 'purchase.create'",
            type: 'literal_error',
            code: 'UNSUPPORTED_ACTION',
          },
        ],
      },
    })
    expect(JSON.parse((result.content as { text: string }[])[0]!.text)).toEqual(result.structuredContent)
    await client.close()
  })

  test('an unknown tool is a protocol error that names the known ones', async () => {
    const client = await connectHttp(server.address)
    await expect(client.callTool({ name: 'rm_rf', arguments: {} })).rejects.toThrow(
      /no tool 'rm_rf'.*authorize_action/,
    )
    await client.close()
  })

  test('where people sign in, MCP needs a credential, and the principal is that of the key', async () => {
    const guarded = await startTestServer({ settings: { AUTH_SECRET: 'x'.repeat(48) } })
    await expect(connectHttp(guarded.address)).rejects.toThrow(/UNAUTHENTICATED|401/)
    const registered = await guarded.post('/api/v1/auth/register', {
      email: 'jane@example.com',
      password: 'correct horse battery',
      name: 'Jane',
    })
    const bearer = { authorization: `Bearer ${registered.body.access_token}` }
    const { body: key } = await guarded.post('/api/v1/auth/api-keys', { name: 'agent' }, { headers: bearer })
    const client = await connectHttp(guarded.address, { 'x-api-key': key.key })
    const decision = await callTool(client, 'authorize_action', {
      intent: { action: 'purchase.create' },
      context: { request_id: 'keyed', amount: 5, currency: 'EUR' },
    })
    const events = await guarded.get(`/v1/runs/${decision.run_id}/events`, { headers: bearer })
    expect(events.body.events[0].authenticated_as).toBe(`key:${key.id}`)
    await client.close()
    await guarded.close()
  })
})

describe('over stdio', () => {
  test('the official client runs the whole purchase on a folder that nobody has open', async () => {
    const client = await connectStdio(newFolder())
    await runPurchase(client, 'stdio-story', approve(client))
    await client.close()
  })

  test('several clients at once go through the server that has the folder open', async () => {
    const folder = newFolder()
    const server: SpawnedProgram = await spawnServer(folder, HUMAN_CLIENT)
    const clients = await Promise.all([connectStdio(folder), connectStdio(folder)])
    await Promise.all(clients.map((client, index) => runPurchase(client, `shared-${index}`, approve(client))))
    const runs = await (await fetch(`${server.address}/v1/runs`)).json()
    expect((runs as { runs: { run_id: string }[] }).runs.map(({ run_id }) => run_id).sort()).toEqual([
      'run_shared-0',
      'run_shared-1',
    ])
    await Promise.all(clients.map((client) => client.close()))
    await server.stop()
  })

  const INITIALIZE = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
  }

  /** Speaks raw bytes and gives what came back, once `count` messages did. */
  async function speak(frames: string[], count: number, settings = {}): Promise<string> {
    const child = spawn(process.execPath, [...RUN_MAIN, 'mcp'], {
      env: { PATH: process.env.PATH, DATA_DIR: newFolder(), ...settings },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    for (const frame of frames) child.stdin.write(frame)
    let output = ''
    for await (const chunk of child.stdout) {
      output += chunk
      if (output.split('"jsonrpc"').length - 1 >= count) break
    }
    child.stdin.end()
    await new Promise((resolve) => child.once('exit', resolve))
    return output
  }

  test('both framings are understood, and each is answered in kind', async () => {
    const framed = (message: object) => {
      const text = JSON.stringify(message)
      return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
    }
    const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' }
    const lines = await speak([`${JSON.stringify(INITIALIZE)}\n`, `${JSON.stringify(list)}\n`], 2)
    expect(
      lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual([1, 2])
    const headers = await speak([framed(INITIALIZE), framed(list)], 2)
    expect(headers.match(/Content-Length: \d+\r\n\r\n\{/g)).toHaveLength(2)
  })

  test('what is not JSON, not JSON-RPC or an unknown method gets its error and harms nothing', async () => {
    const output = await speak(
      [
        'this is not json\n',
        '{"jsonrpc":"1.0","id":7}\n',
        `${JSON.stringify(INITIALIZE)}\n`,
        '{"jsonrpc":"2.0","id":8,"method":"nope"}\n',
      ],
      4,
    )
    const answers = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(new Map(answers.map(({ id, error }) => [id, error?.code]))).toEqual(
      new Map([
        [null, -32700],
        [7, -32600],
        [1, undefined],
        [8, -32601],
      ]),
    )
  })

  test('a key that the server does not know is told as such, with the words of the server', async () => {
    const folder = newFolder()
    const server = await spawnServer(folder, { AUTH_SECRET: 'x'.repeat(48) })
    const settings = { DATA_DIR: folder, COUNTERSIGN_API_KEY: 'csk_unknown' }
    const answer = JSON.parse(await speak([`${JSON.stringify(INITIALIZE)}\n`], 1, settings))
    expect(answer).toMatchObject({
      jsonrpc: '2.0',
      id: 1,
      error: {
        code: -32010,
        message: expect.stringContaining('unknown, expired or revoked'),
        data: { status: 401, code: 'UNAUTHENTICATED' },
      },
    })
    await server.stop()
  })
})
