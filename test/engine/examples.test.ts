import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runConsole } from '../../examples/apps/guest-support-console/run-console.ts'
import { runGolden } from '../../examples/golden-run/run-golden.ts'
import { runGoverned } from '../../examples/mcp-governed-tool/run-governed.ts'
import { runSwap } from '../../examples/swap-intent/run-swap.ts'
import { runEscalation } from '../../examples/ticket-escalation/run-escalation.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import { startTestDevnet, type TestDevnet } from '../harness/start-devnet.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'

const SLOW = 60_000

describe.each(DATABASES)('the examples on %s', (database) => {
  let server: TestServer
  let devnet: TestDevnet
  let folder: string
  beforeAll(async () => {
    devnet = await startTestDevnet()
    folder = mkdtempSync(join(tmpdir(), 'countersign-example-'))
    server = await startTestServer({
      database,
      background: true,
      devnet,
      settings: { COUNTERSIGN_MCP_COMMANDS: 'true' },
    })
  })
  afterAll(async () => {
    await server.close()
    await devnet.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('the golden run completes with no key and no network, and tells everything in order', async () => {
    const run = await runGolden(server.address, {})
    expect(run.result.tickets.length).toBeGreaterThan(1)
  })

  test('the escalation waits for a human and goes on by itself once the inbox has the answer', async () => {
    await runEscalation(server.address, {})
  })

  test('a sentence becomes a swap that is mined as it was approved, and the verifier accepts its record', async () => {
    const { received } = await runSwap(server.address, {})
    expect(received).toBeGreaterThan(0n)
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
