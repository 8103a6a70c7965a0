import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OPERATOR } from '../../../src/cli/operator.ts'
import { setRole } from '../../../src/identity/set-role.ts'
import { AUTH_SETTINGS, type Person, signUp } from '../../gate/people.ts'
import { expectError, expectStatus, fresh } from '../../gate/purchase-client.ts'
import { startTestServer, type TestServer } from '../../harness/start-test-server.ts'
import { runClient } from './run-client.ts'

const ROLES = ['admin', 'developer', 'user'] as const
const CREDENTIALS = ['a session', 'a key that may write', 'a key that may read'] as const

let server: TestServer
let people: Record<(typeof ROLES)[number], Person>
beforeAll(async () => {
  server = await startTestServer({ settings: AUTH_SETTINGS, background: true })
  await signUp(server)
  people = {
    admin: await signUp(server, 'admin'),
    developer: await signUp(server, 'developer'),
    user: await signUp(server),
  }
})
afterAll(() => server.close())

async function clientOf(role: (typeof ROLES)[number], credential: (typeof CREDENTIALS)[number]) {
  const person = people[role]
  const client = runClient(server, { headers: person.headers })
  if (credential === 'a session') return client
  const permissions = credential === 'a key that may read' ? ['read'] : ['read', 'write']
  const created = await client.post('/api/v1/auth/api-keys', { name: 'agent', permissions })
  return runClient(server, { headers: { 'x-api-key': expectStatus(created, 201).key } })
}
type Client = Awaited<ReturnType<typeof clientOf>>

const definition = { entry: 'say', nodes: [{ id: 'say', type: 'static' }] }
const workflow = () => ({ id: fresh('wf'), name: 'A workflow', definition })
const serverConfig = { server_id: 'none', server: { url: 'http://127.0.0.1:1/' } }

/** Whatever says what runs are made of; under one root, as the other is the same handler. */
const ADDS: [string, unknown][] = [
  ['/workflows', workflow()],
  ['/tools', { id: fresh('tool'), name: 'A tool' }],
  ['/agents', { id: fresh('agent'), name: 'An agent', instructions: 'Do as you are told.' }],
]
/** Adds, changes and removes all there is, and tells what was refused with which words. */
async function build(client: Client) {
  const refusals: Record<string, string> = {}
  const look = (what: string, { status, body }: Awaited<ReturnType<Client['post']>>) => {
    if (status === 403) refusals[what] = body.error.message
    else
      expect([what, status]).toEqual([
        what,
        expect.toSatisfy((code: number) => [200, 201, 204, 404].includes(code)),
      ])
  }
  for (const root of ['', '/api/v1']) {
    for (const [path, body] of ADDS) {
      const again = { ...(body as object), id: fresh('again') }
      look(`add ${path}`, await client.post(root + path, again))
    }
    const id = 'demo_ticket_triage_v1'
    look('change /workflows', await client.call('PATCH', `${root}/workflows/${id}`, { name: id }))
    look('remove /workflows', await client.call('DELETE', `${root}/workflows/${fresh('none')}`))
  }
  const imported = await client.post('/tools/import-mcp', serverConfig)
  if (imported.status === 403) refusals['import /tools'] = imported.body.error.message
  return refusals
}

const CHANGES = ['add /agents', 'add /tools', 'add /workflows', 'change /workflows', 'import /tools']
const ALL = [...CHANGES, 'remove /workflows']
const ALL_BUT_NEW_WORKFLOWS = ALL.filter((what) => what !== 'add /workflows')

describe('who may say what runs are made of', () => {
  test.each<[(typeof ROLES)[number], (typeof CREDENTIALS)[number], string[], RegExp]>([
    ['admin', 'a session', [], /./],
    [
      'developer',
      'a session',
      ['remove /workflows'],
      /^expected role 'admin', got role 'developer' of user:/,
    ],
    ['user', 'a session', ALL, /^expected role 'admin'( or 'developer')?, got role 'user' of user:/],
    ...ROLES.flatMap((role): [(typeof ROLES)[number], (typeof CREDENTIALS)[number], string[], RegExp][] => [
      [
        role,
        'a key that may write',
        role === 'user' ? ALL : ALL_BUT_NEW_WORKFLOWS,
        /^expected a person, got the API key key:.*: sign in first$|^expected role .*, got role 'user' of key:/,
      ],
      [role, 'a key that may read', ALL, /this key may read; (POST|PATCH|DELETE) needs write/],
    ]),
  ])('%s with %s is refused %j, and told what is needed', async (role, credential, refused, words) => {
    const refusals = await build(await clientOf(role, credential))
    expect(Object.keys(refusals).toSorted()).toEqual(refused.toSorted())
    for (const message of Object.values(refusals)) expect(message).toMatch(words)
  })

  test.each(ROLES)('what is there can be read and run by %s, and by a key that may write', async (role) => {
    for (const credential of ['a session', 'a key that may write'] as const) {
      const client = await clientOf(role, credential)
      for (const path of ['/workflows', '/tools', '/agents']) expectStatus(await client.get(path), 200)
      await client.run('demo_ticket_triage_v1', 'completed')
    }
  })

  test('another role holds from the next request on', async () => {
    const { headers, email } = await signUp(server)
    const client = runClient(server, { headers })
    expectError(await client.post('/workflows', workflow()), 403, 'FORBIDDEN')
    expect(await setRole(server.app.kernel, email.toUpperCase(), 'developer', OPERATOR)).not.toBeNull()
    expectStatus(await client.post('/workflows', workflow()), 201)
  })
})
