import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LedgerTick } from '../../src/http/schema.ts'
import { createPostgresDatabase, DATABASES } from '../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { AUTH_SETTINGS, signUp } from './people.ts'
import { expectError, purchaseClient, receipt } from './purchase-client.ts'

/** Opens the live stream and gives its ticks, once the answer has begun. */
async function openStream(server: TestServer, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.address}/v1/stream`, { headers })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  // Read at once: fetch drops a body whose response is collected before anybody reads it.
  return readTicks(response.body!.pipeThrough(new TextDecoderStream()))
}

async function* readTicks(stream: AsyncIterable<string>): AsyncGenerator<LedgerTick> {
  let rest = ''
  for await (const text of stream) {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop()!
    for (const block of blocks) {
      const data = /^id: \d+\nevent: ledger\ndata: (.+)$/.exec(block)?.[1]
      if (data) yield JSON.parse(data)
    }
  }
}

/** The ids told, up to and including this one. */
async function idsUntil(ticks: AsyncIterable<LedgerTick>, lastId: string): Promise<string[]> {
  const ids: string[] = []
  for await (const { event_id } of ticks) {
    ids.push(event_id)
    if (event_id === lastId) break
  }
  return ids
}

describe.each(DATABASES)('the live stream on %s', (database) => {
  let server: TestServer
  beforeEach(async () => {
    server = await startTestServer({ database })
  })
  afterEach(() => server.close())

  test('tells of every event, in order, with its run, number and kind', async () => {
    const ticks = await openStream(server)
    const client = purchaseClient(server)
    const sent = Array.from({ length: 5 }, () => receipt('run_a'))
    for (const event of sent) await client.ingest(event)
    const told: LedgerTick[] = []
    for await (const tick of ticks) if (told.push(tick) === sent.length) break
    expect(told).toEqual(
      sent.map(({ id }, index) => ({
        run_id: 'run_a',
        seq: index + 1,
        event_id: id,
        kind: 'receipt_ingested',
      })),
    )
  })

  test('a server that closes ends it', async () => {
    const ticks = await openStream(server)
    await server.close()
    await expect(idsUntil(ticks, 'never')).rejects.toThrow()
    server = await startTestServer({ database })
  })
})

test('the live stream tells a tenant of nothing that another tenant writes', async () => {
  const server = await startTestServer({ settings: AUTH_SETTINGS })
  const ana = await signUp(server)
  const ben = await signUp(server)
  const ticks = await openStream(server, ben.headers)
  await ana.client.ingest(receipt('run_a'))
  const own = receipt('run_a')
  await ben.client.ingest(own)
  expect(await idsUntil(ticks, own.id)).toEqual([own.id])
  expectError(await server.get('/v1/stream'), 401, 'UNAUTHENTICATED')
  await server.close()
})

test.runIf(DATABASES.includes('postgres'))(
  'the live stream of one server tells of what another server on the same database writes',
  async () => {
    const databaseUrl = await createPostgresDatabase()
    const here = await startTestServer({ databaseUrl })
    const there = await startTestServer({ databaseUrl })
    const streams = [await openStream(here), await openStream(there)]
    const sent = Array.from({ length: 40 }, () => receipt('run_a'))
    const clients = [purchaseClient(here), purchaseClient(there)]
    await Promise.all(sent.map((event, index) => clients[index % 2]!.ingest(event)))
    const last = receipt('run_a')
    await clients[1]!.ingest(last)
    const stored = (await clients[0]!.events('run_a')).map(({ id }: { id: string }) => id)
    for (const ticks of streams) {
      const told = await idsUntil(ticks, last.id)
      expect(told.toSorted()).toEqual([...sent, last].map(({ id }) => id).toSorted())
      expect(told).toEqual(stored)
    }
    await here.close()
    await there.close()
  },
)
