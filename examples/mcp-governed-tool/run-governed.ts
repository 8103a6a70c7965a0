import { strict as assert } from 'node:assert'
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { call } from '../golden-run/run-golden.ts'

type Tool = { id: string; risk_level: string; side_effects: string[] }
type Run = { id: string; status: string; waiting: { decision_id: string } | null; error: unknown }
type Pending = {
  decision_id: string
  run_id: string
  payload: { tool_id: string; input: { content: string } }
}
type Event = { kind: string; node_id: string | null; payload: { tool_id?: string } }

const TEXT = 'Room 305 has hot water again.\n'

/** Makes the tools of the filesystem server governed ones, then reads and writes a file through a workflow. */
export async function runGoverned(
  address: string,
  headers: Record<string, string>,
  temporary: string,
): Promise<string> {
  const folder = realpathSync(temporary)
  writeFileSync(join(folder, 'note.txt'), 'Guest in 305: no hot water.\n')
  const report = join(folder, 'report.txt')

  const { tools } = await call<{ tools: Tool[] }>('POST', `${address}/tools/import-mcp`, headers, {
    server_id: 'files',
    server: { command: process.execPath, args: [findServer(), folder] },
  })
  const find = (name: string) => tools.find(({ id }) => id === `mcp.files.${name}`)
  assert.deepEqual(find('read_text_file')?.side_effects, [], 'what only reads has no side effects')
  assert.equal(find('write_file')?.risk_level, 'high')

  const workflow = await call<{ id: string }>('POST', `${address}/workflows`, headers, {
    name: `file a report ${Date.now()}`,
    definition: {
      entry: 'read',
      nodes: [
        {
          id: 'read',
          type: 'tool_node',
          config: { tool_id: 'mcp.files.read_text_file', input: { path: join(folder, 'note.txt') } },
        },
        {
          id: 'write',
          type: 'tool_node',
          config: { tool_id: 'mcp.files.write_file', input: { path: report, content: TEXT } },
        },
      ],
      edges: [{ from: 'read', to: 'write' }],
    },
  })
  const run = await call<Run>('POST', `${address}/workflows/${workflow.id}/runs`, headers, { mode: 'draft' })
  assert.equal(run.status, 'paused', JSON.stringify(run.error))
  const before = await call<Event[]>('GET', `${address}/runs/${run.id}/events`, headers)
  const called = before.filter(({ kind }) => kind === 'tool_call').map(({ payload }) => payload.tool_id)
  assert.deepEqual(called, ['mcp.files.read_text_file'], 'the read ran, the write did not')
  assert.ok(!existsSync(report))

  const inbox = await call<{ approvals: Pending[] }>('GET', `${address}/v1/approvals/pending`, headers)
  const asked = inbox.approvals.find(({ run_id }) => run_id === run.id)
  assert.equal(asked?.payload.input.content, TEXT, 'the human sees exactly what will be written')
  const done = await call<Run>('PATCH', `${address}/runs/${run.id}/resume`, headers, {
    approval_input: { approved: true, reason: 'it is true' },
  })
  assert.equal(done.status, 'completed', JSON.stringify(done.error))
  assert.equal(readFileSync(report, 'utf8'), TEXT)
  return run.id
}

/** The program of the official filesystem server, as npm installed it. */
const findServer = () =>
  createRequire(import.meta.url).resolve('@modelcontextprotocol/server-filesystem/dist/index.js')
