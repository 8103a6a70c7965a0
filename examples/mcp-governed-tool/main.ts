/**
 * The tools of an ordinary MCP server, here the official filesystem server, behind the gate: reading runs, writing waits
 * for a human. Start Countersign so that it may start programs (`COUNTERSIGN_MCP_COMMANDS=true npm start`), then:
 *
 *   node examples/mcp-governed-tool/main.ts [http://127.0.0.1:8000]
 *
 * Ends with code 0 only when every step went as it should. It plays the human too. ACCESS_TOKEN is used where the server
 * asks for a credential: an administrator's, because an agent's key may not add tools.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runGoverned } from './run-governed.ts'

const address = process.argv[2] ?? 'http://127.0.0.1:8000'
const token = process.env.ACCESS_TOKEN
const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
const folder = mkdtempSync(join(tmpdir(), 'countersign-governed-'))
try {
  const runId = await runGoverned(address, headers, folder)
  console.log(
    `Read without asking, written after a human said yes. The record: ${address}/studio/runs/${runId}`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
