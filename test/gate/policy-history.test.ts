import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'
import { AUTH_SETTINGS, denyPolicy, type Person, signUp } from './people.ts'
import { expectError, expectStatus, fresh } from './purchase-client.ts'

let server: TestServer
let admin: Person
beforeAll(async () => {
  server = await startTestServer({ settings: AUTH_SETTINGS })
  admin = await signUp(server)
})
afterAll(() => server.close())

const call = (method: string, path: string, body?: unknown) =>
  server.call(method, `/api/v1/policies${path}`, body, { headers: admin.headers })
const add = async (policy: object) => expectStatus(await call('POST', '', policy), 201)
const versionsOf = async (id: string) => expectStatus(await call('GET', `/${id}/versions`), 200).versions

test('every change keeps the form before it, with author, time and what changed', async () => {
  const { id } = await add(denyPolicy('ACME'))
  expectStatus(await call('PATCH', `/${id}`, { effect: 'allow', description: 'Trusted now.' }), 200)
  const versions = await versionsOf(id)
  expect(versions).toMatchObject([
    {
      version: 2,
      operation: 'updated',
      changed_by: admin.id,
      content: { effect: 'allow' },
      diff: {
        added: [],
        removed: [],
        changed: [
          { path: 'description', before: null, after: 'Trusted now.' },
          { path: 'effect', before: 'deny', after: 'allow' },
        ],
      },
    },
    { version: 1, operation: 'created', changed_by: admin.id, content: { effect: 'deny' }, diff: null },
  ])
  expect(Date.parse(versions[0].changed_at)).toBeGreaterThanOrEqual(Date.parse(versions[1].changed_at))
})

test('a former version is restored by an ordinary change, which is a version of its own', async () => {
  const { id } = await add(denyPolicy('Restored'))
  expectStatus(await call('PATCH', `/${id}`, { priority: 7 }), 200)
  const [, first] = await versionsOf(id)
  expect(expectStatus(await call('PATCH', `/${id}`, first.content), 200)).toMatchObject({
    version: 3,
    ...first.content,
  })
  expect((await versionsOf(id))[0].diff.changed).toEqual([{ path: 'priority', before: 7, after: 1 }])
})

test('a refused change leaves no version', async () => {
  const { id } = await add(denyPolicy('Refused'))
  expectError(await call('PATCH', `/${id}`, { scope_id: 'x' }), 422, 'REQUEST_VALIDATION_ERROR')
  expect(await versionsOf(id)).toHaveLength(1)
})

test('a deleted policy keeps its history, which says who ended it', async () => {
  const { id } = await add(denyPolicy('Gone'))
  expectStatus(await call('DELETE', `/${id}`), 204)
  expect(await versionsOf(id)).toMatchObject([
    { version: 2, operation: 'deleted', content: null, diff: null, changed_by: admin.id },
    { version: 1, operation: 'created' },
  ])
})

test('the history of another tenant is not found', async () => {
  const stranger = await signUp(server, 'admin')
  const { id } = await add(denyPolicy(fresh('own')))
  expectError(await stranger.client.get(`/api/v1/policies/${id}/versions`), 404, 'POLICY_NOT_FOUND')
})
