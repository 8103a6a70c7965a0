import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ErrorEnvelope } from '../../src/http/schema.ts'
import { countRows, expectError, expectStatus, purchaseClient, receipt } from '../gate/purchase-client.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { startServerBehindProxy } from './server-behind-proxy.ts'

describe('a PostgreSQL that goes away', () => {
  let cutter: Awaited<ReturnType<typeof startServerBehindProxy>>['cutter']
  let server: TestServer
  beforeAll(async () => {
    ;({ server, cutter } = await startServerBehindProxy())
  })
  afterAll(async () => {
    cutter.restore()
    await server.close()
  })

  test('every answer says storage, health says degraded, nothing is half-written, and all is well afterwards', async () => {
    const client = purchaseClient(server)
    const { decisionId, runId, token } = await client.mintedPurchase()
    const before = await countRows(server)
    const events = await client.events(runId)

    cutter.cut()
    const health = await client.get('/healthz')
    expect([health.status, health.body]).toEqual([
      503,
      expect.objectContaining({ status: 'degraded', database: 'unavailable' }),
    ])
    const answers = await Promise.all([
      client.authorize({ amount: 5 }),
      client.register({}),
      client.resolve(decisionId),
      client.mint(decisionId),
      client.execute(token, { amount: 250 }),
      client.decision(decisionId),
      client.post('/v1/events', receipt(runId)),
      client.status(runId),
      client.get(`/v1/runs/${runId}/events`),
      client.get(`/v1/runs/${runId}/journal`),
      client.get('/v1/runs'),
      client.get('/v1/approvals/pending'),
      client.get('/v1/executions'),
      client.post('/access/v1/evaluation', {
        subject: { type: 'user', id: 'a' },
        action: { name: 'x' },
        resource: { type: 'y', id: 'z' },
      }),
    ])
    for (const answer of answers) {
      expect([500, 503], answer.text).toContain(answer.status)
      expect(ErrorEnvelope.strict().safeParse(answer.body).error, answer.text).toBeUndefined()
      expect(answer.body.error.code, answer.text).toMatch(/^STORAGE_(READ_ERROR|WRITE_ERROR|UNAVAILABLE)$/)
      expect(answer.text).not.toContain('ECONNREFUSED')
    }
    expect(answers[6]!.body).toEqual({
      error: {
        code: 'STORAGE_WRITE_ERROR',
        message: 'Failed to persist event',
        details: [
          {
            path: 'storage',
            message: 'storage backend append failed',
            type: 'storage_failure',
            code: 'STORAGE_APPEND_FAILED',
          },
        ],
      },
    })
    expect(answers[7]!.body).toEqual({
      error: {
        code: 'STORAGE_READ_ERROR',
        message: 'Failed to load events',
        details: [
          {
            path: 'storage',
            message: 'storage backend read failed',
            type: 'storage_failure',
            code: 'STORAGE_READ_FAILED',
          },
        ],
      },
    })

    cutter.restore()
    expect((await client.get('/healthz')).body.status).toBe('ok')
    expect(await countRows(server)).toEqual(before)
    expect(await client.events(runId)).toEqual(events)
    expectStatus(await client.execute(token, { amount: 250 }), 200)
  })

  test('a connection that breaks in the middle of writes: every answer is told true by the log', async () => {
    const client = purchaseClient(server)
    const runId = 'run_cut'
    const sent = Array.from({ length: 60 }, () => receipt(runId))
    const answering = sent.map((event) => client.post('/v1/events', event))
    await Promise.race(answering)
    cutter.cut()
    const answers = await Promise.all(answering)
    cutter.restore()
    const stored = (await client.events(runId)).map(({ id }: { id: string }) => id)
    expect(new Set(stored).size).toBe(stored.length)
    answers.forEach((answer, index) => {
      if (answer.status === 201) expect(stored).toContain(sent[index]!.id)
      else expectError(answer, 500, 'STORAGE_WRITE_ERROR')
    })
    // After STORAGE_WRITE_ERROR the outcome is unknown: the same event sent again settles it.
    for (const event of sent) {
      expect((await client.post('/v1/events', event)).status).toBe(stored.includes(event.id) ? 409 : 201)
    }
    expect(await client.events(runId)).toHaveLength(sent.length)
  })
})

describe('an embedded database that goes away', () => {
  test('every answer says storage and health says degraded', async () => {
    const server = await startTestServer()
    const client = purchaseClient(server)
    const { decisionId } = await client.pendingPurchase()
    await server.app.kernel.database.close()
    expect((await client.get('/healthz')).body).toMatchObject({ status: 'degraded', database: 'unavailable' })
    const answers = [
      await client.authorize({ amount: 5 }),
      await client.post('/v1/events', receipt('run_x')),
      await client.resolve(decisionId),
      await client.decision(decisionId),
      await client.get('/v1/runs'),
      await client.get('/v1/approvals/pending'),
    ]
    for (const answer of answers) {
      expect([500, 503], answer.text).toContain(answer.status)
      expect(answer.body.error.code, answer.text).toMatch(/^STORAGE_/)
    }
    await server.close().catch(() => {})
  })
})
