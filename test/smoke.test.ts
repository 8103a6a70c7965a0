import { afterAll, beforeAll, expect, test } from 'vitest'
import { DATABASES } from './harness/open-test-database.ts'
import { startTestServer, type TestServer } from './harness/start-test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ database: DATABASES[0]! })
})
afterAll(() => server.close())

test('a started server says that it and its database answer', async () => {
  const { status, body } = await server.get('/healthz')
  expect({ status, body }).toMatchObject({ status: 200, body: { status: 'ok', database: 'ok' } })
})
