import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/store/database.ts'
import { expectVerified, type Program, startProgram } from '../crash/program.ts'
import { createPostgresDatabase, DATABASES } from '../harness/open-test-database.ts'
import type { TestServer } from '../harness/start-test-server.ts'
import { expectStatus, purchaseClient } from './purchase-client.ts'

const CALLERS = 20
const ROUNDS = 5

describe.runIf(DATABASES.includes('postgres'))('two server processes on one PostgreSQL', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-processes-'))
  let databaseUrl: string
  let programs: Program[]
  beforeAll(async () => {
    databaseUrl = await createPostgresDatabase()
    // They share the folder of the keys, and start at once: both migrate, and both make keys.
    programs = await Promise.all([0, 1].map(() => startProgram(dataDir, { DATABASE_URL: databaseUrl })))
  })
  afterAll(async () => {
    await Promise.all(programs.map((program) => program.stop()))
    rmSync(dataDir, { recursive: true, force: true })
  })

  test(`one token redeemed ${CALLERS} times at once at each: exactly one buys, all others are told it was used`, {
    timeout: 60_000,
  }, async () => {
    const clients = programs.map((program) => purchaseClient(program as unknown as TestServer))
    for (let round = 0; round < ROUNDS; round++) {
      const { token, decisionId, runId } = await clients[round % 2]!.mintedPurchase()
      const answers = await Promise.all(
        Array.from({ length: 2 * CALLERS }, (_, caller) =>
          clients[caller % 2]!.execute(token, { amount: 250 }),
        ),
      )
      const told = Object.groupBy(
        answers,
        ({ status, body }) => `${status} ${body.status ?? body.error.code}`,
      )
      expect(Object.fromEntries(Object.entries(told).map(([name, list]) => [name, list?.length]))).toEqual({
        '200 executed': 1,
        '403 EXECUTION_TOKEN_REPLAYED': 2 * CALLERS - 1,
      })
      for (const client of clients) {
        expect(expectStatus(await client.decision(decisionId), 200).execution.status).toBe('completed')
        const kinds = (await client.events(runId)).map(({ kind }: { kind: string }) => kind)
        expect(kinds.slice(-2)).toEqual(['effect_intended', 'effect_completed'])
      }
      for (const program of programs) await expectVerified(program, runId)
    }
    const database = await openDatabase({ kind: 'postgres', url: databaseUrl })
    const orders = await database.asOwner((session) => session.query('SELECT FROM purchase_orders'))
    await database.close()
    expect(orders).toHaveLength(ROUNDS)
  })
})
