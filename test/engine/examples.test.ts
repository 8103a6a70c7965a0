import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runConsole } from '../../examples/apps/guest-support-console/run-console.ts'
import { runGolden } from '../../examples/golden-run/run-golden.ts'
import { runGoverned } from '../../examples/mcp-governed-tool/run-governed.ts'
import { runEscalation } from '../../examples/ticket-escalation/run-escalation.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'

const SLOW = 60_000

describe.each(DATABASES)('the examples on %s', (database) => {
  let server: TestServer
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-example-'))
    server = await startTestServer({
      database,
      background: true,
      settings: { COUNTERSIGN_MCP_COMMANDS: 'true' },
    })
  })
  afterAll(async () => {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('the golden run completes with no key and no network, and tells everything in order', async () => {
    const run = await runGolden(server.address, {})
    expect(run.result.tickets.length).toBeGreaterThan(1)
  })

  test('the escalation waits for a human and goes on by itself once the inbox has the answer', async () => {
    await runEscalation(server.address, {})
  })

  test('an app runs its actions within its scopes, and misses one that is taken away', async () => {
    await runConsole(server.address, {})
  })

  test(
    'a tool of an MCP server reads without asking and writes after a human approved the very text',
    async () => {
      await runGoverned(server.address, {}, folder)
    },
    SLOW,
  )
})
