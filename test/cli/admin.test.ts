import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createAccount, printKeys, renewPassword } from '../../src/cli/admin.ts'
import { AUTH_SETTINGS } from '../gate/people.ts'
import { expectError, expectStatus } from '../gate/purchase-client.ts'
import { MIGRATED } from '../harness/create-named-database.ts'
import { createPostgresDatabase, DATABASES } from '../harness/open-test-database.ts'
import { startTestServer, type TestServer } from '../harness/start-test-server.ts'

// On PostgreSQL, where a server may be at work meanwhile.
describe.runIf(DATABASES.includes('postgres'))('countersign admin', () => {
  let server: TestServer
  let printed: string[]
  beforeAll(async () => {
    const databaseUrl = await createPostgresDatabase(MIGRATED)
    server = await startTestServer({ databaseUrl, settings: { ...AUTH_SETTINGS, DATABASE_URL: databaseUrl } })
  })
  afterAll(() => server.close())
  beforeEach(() => {
    printed = []
    vi.spyOn(console, 'log').mockImplementation((line) => printed.push(line))
    return () => vi.restoreAllMocks()
  })

  const shownPassword = () => /shown this once: (\S+)/.exec(printed[1]!)![1]!
  const signIn = (email: string, password: string) => server.post('/api/v1/auth/login', { email, password })
  const audited = async (userId: string) =>
    (
      await server.app.kernel.database.transaction('default', (session) =>
        session.query<{ canon: string }>(
          "SELECT convert_from(canon, 'UTF8') AS canon FROM events WHERE kind = 'audit_recorded' ORDER BY recorded_at",
        ),
      )
    )
      .map(({ canon }) => JSON.parse(canon))
      .filter(({ actor, payload }) => actor === 'system:operator' && payload.resource_id === userId)
      .map(({ payload }) => payload.action)

  test('the first account administers the installation, the next has the role it is given', async () => {
    await createAccount(server.config, 'ana@example.com', { name: 'Ana' })
    expect(printed[0]).toBe('ana@example.com has an account with the role admin in the tenant default.')
    const { user } = expectStatus(await signIn('ana@example.com', shownPassword()), 200)
    expect(user).toMatchObject({ role: 'admin', tenant_id: 'default', name: 'Ana' })
    expect(await audited(user.id)).toEqual(['create'])
    await createAccount(server.config, 'ben@example.com', { role: 'developer' })
    expect(printed[2]).toBe('ben@example.com has an account with the role developer in the tenant default.')
  })

  test('an e-mail that is taken, a tenant that is not there and what is no e-mail are refused in one line', async () => {
    await createAccount(server.config, 'dora@example.com', {})
    for (const [email, options, message] of [
      ['DORA@example.com', {}, /got one that is taken/],
      ['cleo@example.com', { tenant: 'nowhere' }, /^no tenant has the id 'nowhere'$/],
      ['cleo', {}, /^email: Input should be an e-mail address/],
    ] as const) {
      await expect(createAccount(server.config, email, options)).rejects.toMatchObject({
        name: 'CommandError',
        message: expect.stringMatching(message),
      })
    }
    await expect(renewPassword(server.config, 'cleo@example.com', {})).rejects.toThrow(
      "nobody registered as 'cleo@example.com'",
    )
  })

  test('a new password ends every session of the account, and the old one is dead', async () => {
    await createAccount(server.config, 'eve@example.com', {})
    const old = shownPassword()
    const session = expectStatus(await signIn('eve@example.com', old), 200)
    printed = []
    await renewPassword(server.config, 'eve@example.com', {})
    const headers = { authorization: `Bearer ${session.access_token}` }
    expectError(await server.get('/api/v1/auth/me', { headers }), 401, 'UNAUTHENTICATED')
    expectError(await signIn('eve@example.com', old), 401, 'INVALID_CREDENTIALS')
    expectStatus(await signIn('eve@example.com', shownPassword()), 200)
    expect(await audited(session.user.id)).toEqual(['create', 'update'])
  })

  test('keys are listed with owner, permissions, end and last use, never with what they are', async () => {
    await createAccount(server.config, 'fay@example.com', {})
    const { access_token } = expectStatus(await signIn('fay@example.com', shownPassword()), 200)
    const headers = { authorization: `Bearer ${access_token}` }
    printed = []
    await printKeys(server.config, {})
    expect(printed).toEqual(['The tenant default has no API keys.'])
    const key = expectStatus(
      await server.post('/api/v1/auth/api-keys', { name: 'Buyer', permissions: ['read'] }, { headers }),
      201,
    )
    printed = []
    await printKeys(server.config, {})
    expect(printed).toEqual([`${key.id}  ${key.prefix}…  fay@example.com  read  no end  never used  Buyer`])
    expect(printed[0]).not.toContain(key.key)
  })
})
