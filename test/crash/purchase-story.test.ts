import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { purchaseDecisionId } from '../../src/engine/purchase/decision-id.ts'
import { type DatabaseLocation, openDatabase, type Session } from '../../src/store/database.ts'
import {
  expectError,
  expectStatus,
  fresh,
  type PurchaseClient,
  purchaseClient,
} from '../gate/purchase-client.ts'
import { makeDataFolder } from '../harness/make-data-folder.ts'
import { createPostgresDatabase, DATABASES } from '../harness/open-test-database.ts'
import type { TestServer } from '../harness/start-test-server.ts'
import { expectVerified, type Program, startProgram } from './program.ts'

/** One purchase, and how far the agent got before the program died. */
type Story = { requestId: string; decisionId: string; runId: string; token: string | null; reached: string[] }

const purchase = { amount: 250, merchant: 'Acme' }
const decisionRun = (story: Story) => `run_${story.requestId}`

/** Tells the whole story until the program dies under it. */
async function tellUntilItDies(client: PurchaseClient): Promise<Story> {
  const requestId = fresh('req')
  const context = { ...purchase, currency: 'EUR' as const, request_id: requestId }
  const decisionId = purchaseDecisionId('default', { intent: { action: 'purchase.create' }, context })
  const story: Story = { requestId, decisionId, runId: fresh('run'), token: null, reached: [] }
  const steps = {
    authorized: () => client.authorize(context),
    registered: () => client.register({ decision_id: decisionId, run_id: story.runId }),
    resolved: () => client.resolve(decisionId),
    minted: () => client.mint(decisionId),
    executed: () => client.execute(story.token, { amount: 250 }),
  }
  for (const [name, step] of Object.entries(steps)) {
    const answer = await step().catch(() => null)
    if (!answer) return story
    expectStatus(answer, 200)
    if (name === 'minted') story.token = answer.body.execution_token
    story.reached.push(name)
  }
  throw new Error('the program did not die')
}

/** Where the program dies, last places first: so what goes on after a restart never meets the next one. */
const PLACES: {
  point: string
  /** What was answered before it died. */
  reached: string[]
  /** What the next process finds, and how the agent goes on. Answers how many orders there are of it. */
  goOn(client: PurchaseClient, story: Story): Promise<number>
}[] = [
  {
    point: 'effect-finished',
    reached: ['authorized', 'registered', 'resolved', 'minted'],
    async goOn(client, story) {
      const { execution } = expectStatus(await client.decision(story.decisionId), 200)
      expect(execution).toMatchObject({ status: 'completed', result: { connector: 'book' } })
      await expectSpent(client, story)
      return 1
    },
  },
  {
    point: 'effect-performed',
    reached: ['authorized', 'registered', 'resolved', 'minted'],
    async goOn(client, story) {
      const { execution } = expectStatus(await client.decision(story.decisionId), 200)
      expect(execution).toMatchObject({ status: 'completed', result: { connector: 'book' } })
      await expectSpent(client, story)
      return 1
    },
  },
  {
    point: 'effect-intended',
    reached: ['authorized', 'registered', 'resolved', 'minted'],
    async goOn(client, story) {
      const { execution } = expectStatus(await client.decision(story.decisionId), 200)
      expect(execution).toMatchObject({
        status: 'failed',
        result: { error: 'the process ended before the order was written' },
      })
      await expectSpent(client, story)
      return 0
    },
  },
  {
    point: 'token-minted',
    reached: ['authorized', 'registered', 'resolved'],
    async goOn(client, story) {
      expect(expectStatus(await client.decision(story.decisionId), 200)).toMatchObject({
        status: 'approved',
        execution: null,
      })
      return mintAndExecute(client, story)
    },
  },
  {
    point: 'approval-resolved',
    reached: ['authorized', 'registered'],
    async goOn(client, story) {
      expectError(await client.resolve(story.decisionId), 409, 'DUPLICATE_APPROVAL')
      expect(expectStatus(await client.decision(story.decisionId), 200).votes).toHaveLength(1)
      return mintAndExecute(client, story)
    },
  },
  {
    point: 'approval-requested',
    reached: ['authorized'],
    async goOn(client, story) {
      const again = await client.register({ decision_id: story.decisionId, run_id: story.runId })
      expectError(again, 409, 'DUPLICATE_APPROVAL')
      expectStatus(await client.resolve(story.decisionId), 200)
      return mintAndExecute(client, story)
    },
  },
  {
    point: 'decision-recorded',
    reached: [],
    async goOn(client, story) {
      const before = await client.events(decisionRun(story))
      expect(before.map(({ kind }: { kind: string }) => kind)).toEqual(['decision_recorded'])
      const again = await client.authorize({ ...purchase, request_id: story.requestId })
      expect(expectStatus(again, 200)).toMatchObject({
        decision_id: story.decisionId,
        state: 'requires_approval',
      })
      expectStatus(await client.register({ decision_id: story.decisionId, run_id: story.runId }), 200)
      expectStatus(await client.resolve(story.decisionId), 200)
      return mintAndExecute(client, story)
    },
  },
]

/** The token is used up, and what is answered says what to do instead. */
async function expectSpent(client: PurchaseClient, story: Story) {
  expectError(await client.execute(story.token, { amount: 250 }), 403, 'EXECUTION_TOKEN_REPLAYED')
  const error = expectError(await client.mint(story.decisionId), 409, 'EXECUTION_DECISION_ALREADY_EXECUTED')
  expect(error.message).toContain('a new purchase needs a new request_id')
}

async function mintAndExecute(client: PurchaseClient, story: Story): Promise<number> {
  const { execution_token } = expectStatus(await client.mint(story.decisionId), 200)
  expectStatus(await client.execute(execution_token, { amount: 250 }), 200)
  const { execution } = expectStatus(await client.decision(story.decisionId), 200)
  expect(execution.status).toBe('completed')
  return 1
}

// Each place starts a process, which takes its time on a busy machine.
describe.each(DATABASES)(
  'the program is killed between two commits of the purchase story on %s',
  {
    timeout: 60_000,
  },
  (kind) => {
    const dataDir = makeDataFolder()
    let location: DatabaseLocation
    let program: Program
    let orders = 0
    const start = (point?: string) =>
      startProgram(dataDir, {
        ...(point && { COUNTERSIGN_CRASH_POINT: point }),
        ...(location.kind === 'postgres' && { DATABASE_URL: location.url }),
      })
    const inDatabase = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
      const database = await openDatabase(location)
      return database.asOwner(work).finally(() => database.close())
    }
    /** Where other processes may be at work, an execution is left alone until none can be: that time goes by. */
    const letTimePass = async () => {
      if (kind === 'pglite') return
      await inDatabase((session) =>
        session.query(
          "UPDATE effects SET intended_at = intended_at - interval '1 hour' WHERE status = 'intended'",
        ),
      )
    }
    beforeAll(async () => {
      location =
        kind === 'postgres'
          ? { kind, url: await createPostgresDatabase() }
          : { kind, dataDir: join(dataDir, 'database') }
      program = await start(PLACES[0]!.point)
    })
    afterEach(({ task }) => {
      if (task.result?.state === 'fail') console.error(program.output())
    })
    afterAll(async () => {
      await program.stop('SIGKILL')
      rmSync(dataDir, { recursive: true, force: true })
    })

    for (const [index, { point, reached, goOn }] of PLACES.entries()) {
      test(`at ${point}: nothing is lost or repeated, and the story goes on or says what to do`, async () => {
        const story = await tellUntilItDies(purchaseClient(program as unknown as TestServer))
        await program.ended
        expect(program.process.signalCode).toBe('SIGKILL')
        expect(story.reached).toEqual(reached)

        await letTimePass()
        program = await start(PLACES[index + 1]?.point)
        const client = purchaseClient(program as unknown as TestServer)
        orders += await goOn(client, story)
        await expectVerified(program, decisionRun(story))
        await expectVerified(program, story.runId)
        const kinds = (await client.events(story.runId)).map(({ kind }: { kind: string }) => kind)
        for (const once of ['approval_requested', 'approval_resolved', 'effect_intended']) {
          expect(kinds.filter((kind: string) => kind === once)).toEqual([once])
        }
        expect(kinds.at(-1)).toBe(point === 'effect-intended' ? 'effect_failed' : 'effect_completed')
      })
    }

    test('in the end there are as many orders as executions that completed, each with its own key', async () => {
      const client = purchaseClient(program as unknown as TestServer)
      const { executions } = expectStatus(await client.get('/v1/executions?status=completed'), 200)
      expect(executions).toHaveLength(orders)
      await program.stop()
      const rows = await inDatabase((session) =>
        session.query('SELECT idempotency_key AS execution_id FROM purchase_orders'),
      )
      const keys = (list: Record<string, unknown>[]) => list.map((one) => one.execution_id).sort()
      expect(keys(rows)).toEqual(keys(executions))
    })
  },
)
