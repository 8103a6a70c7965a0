import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OPERATOR } from '../../src/cli/operator.ts'
import { Invitation, InvitationCreated, TenantApiKey } from '../../src/identity/schema.ts'
import { setRole } from '../../src/identity/set-role.ts'
import { DATABASES } from '../harness/open-test-database.ts'
import {
  createTestClock,
  startTestServer,
  type TestClock,
  type TestServer,
} from '../harness/start-test-server.ts'
import { AUTH_SETTINGS, type Person, signUp, signUpColleague } from './people.ts'
import { expectError, expectStatus } from './purchase-client.ts'

const WEEK_MS = 7 * 24 * 3_600_000
const newEmail = () => `${randomBytes(6).toString('hex')}@example.com`

describe.each(DATABASES)('people of one tenant on %s', (database) => {
  let clock: TestClock
  let server: TestServer
  let admin: Person
  let stranger: Person
  beforeAll(async () => {
    clock = createTestClock()
    server = await startTestServer({ database, settings: AUTH_SETTINGS, clock })
    admin = await signUp(server)
    stranger = await signUp(server)
  })
  afterAll(() => server.close())

  const invite = async (email: string, role?: string) =>
    expectStatus(await admin.client.post('/api/v1/auth/invitations', { email, ...(role && { role }) }), 201)
  const join = (email: string, invitation_token: string) =>
    server.post('/api/v1/auth/register', { email, password: 'long enough', name: 'Ben', invitation_token })
  const changeRole = (who: Person, id: string, role: string) =>
    server.call(
      'PATCH',
      `/api/v1/tenant/members/${id.replace('user:', '')}`,
      { role },
      { headers: who.headers },
    )

  test('whoever registers with an invitation joins that tenant with that role, under any spelling of the e-mail', async () => {
    const email = newEmail()
    const invitation = await invite(email, 'developer')
    expect(InvitationCreated.strict().parse(invitation)).toMatchObject({
      status: 'pending',
      created_by: admin.id,
    })
    const { user } = expectStatus(await join(email.toUpperCase(), invitation.invitation_token), 201)
    expect(user).toMatchObject({ tenant_id: 'default', role: 'developer' })
    const { invitations } = expectStatus(await admin.client.get('/api/v1/auth/invitations'), 200)
    expect(invitations.map((each: object) => Invitation.strict().parse(each))[0]).toMatchObject({
      id: invitation.id,
      status: 'accepted',
    })
    const { members } = expectStatus(await admin.client.get('/api/v1/tenant/members'), 200)
    expect(members.map(({ id }: { id: string }) => id)).toContain(user.id)
  })

  test('of eight who use one invitation at once, one joins', async () => {
    const email = newEmail()
    const { invitation_token } = await invite(email)
    const answers = await Promise.all(Array.from({ length: 8 }, () => join(email, invitation_token)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    for (const { status } of answers.filter((answer) => answer.status !== 201))
      expect([403, 409, 429]).toContain(status)
    expectError(await join(email, invitation_token), 409, 'EMAIL_TAKEN')
  })

  test('an invitation is worth nothing once whoever made it is no administrator any more', async () => {
    const ben = await signUpColleague(server, 'admin')
    const email = newEmail()
    const body = { email, role: 'admin' }
    const invited = await server.post('/api/v1/auth/invitations', body, { headers: ben.headers })
    const { invitation_token } = expectStatus(invited, 201)
    expectStatus(await changeRole(admin, ben.id, 'user'), 200)
    expectError(await join(email, invitation_token), 403, 'INVITATION_INVALID')
  })

  test('members who are no administrators, and keys, invite nobody and give no roles', async () => {
    const ben = await signUpColleague(server, 'developer')
    const { key } = expectStatus(await admin.client.post('/api/v1/auth/api-keys', { name: 'agent' }), 201)
    for (const headers of [ben.headers, { 'x-api-key': key as string }]) {
      const post = (path: string, body: object) => server.post(path, body, { headers })
      expectError(await post('/api/v1/auth/invitations', { email: newEmail() }), 403, 'FORBIDDEN')
      expectError(await server.get('/api/v1/auth/invitations', { headers }), 403, 'FORBIDDEN')
      expectError(await changeRole({ ...ben, headers }, ben.id, 'admin'), 403, 'FORBIDDEN')
    }
    expectStatus(await server.get('/api/v1/tenant/members', { headers: ben.headers }), 200)
  })

  test('administrators see every key of their tenant and whose it is, without its secret; nobody else does', async () => {
    const ben = await signUpColleague(server, 'developer')
    const made = expectStatus(await ben.client.post('/api/v1/auth/api-keys', { name: 'agent' }), 201)
    expectStatus(await stranger.client.post('/api/v1/auth/api-keys', { name: 'elsewhere' }), 201)
    const { api_keys: keys } = expectStatus(await admin.client.get('/api/v1/tenant/api-keys'), 200)
    const { key, ...shown } = made
    expect(keys.map((each: object) => TenantApiKey.strict().parse(each))).toContainEqual({
      ...shown,
      owner: { id: ben.id.replace('user:', ''), name: 'Ben', email: ben.email },
    })
    expect(JSON.stringify(keys)).not.toContain(key)
    expect(keys.map(({ name }: { name: string }) => name)).not.toContain('elsewhere')
    const byKey = await server.get('/api/v1/tenant/api-keys', { headers: { 'x-api-key': key } })
    for (const answer of [await ben.client.get('/api/v1/tenant/api-keys'), byKey]) {
      expectError(answer, 403, 'FORBIDDEN')
    }
  })

  test('a role holds from the next request on; nobody gives themself one', async () => {
    const ben = await signUpColleague(server)
    expectError(await ben.client.post('/tools', { id: 'a.tool', name: 'Mine' }), 403, 'FORBIDDEN')
    expect(expectStatus(await changeRole(admin, ben.id, 'developer'), 200)).toMatchObject({
      role: 'developer',
    })
    expectStatus(await ben.client.post('/tools', { id: 'a.tool', name: 'Mine' }), 201)
    expectError(await changeRole(admin, admin.id, 'user'), 403, 'OWN_ROLE')
    expectError(await changeRole(admin, 'user:nobody', 'user'), 404, 'MEMBER_NOT_FOUND')
  })

  test('the administrator of the installation gives roles in every tenant, one of another tenant only at home', async () => {
    expect(expectStatus(await changeRole(admin, stranger.id, 'admin'), 200).tenant_id).not.toBe('default')
    const ben = await signUpColleague(server)
    expectError(await changeRole(stranger, ben.id, 'admin'), 404, 'MEMBER_NOT_FOUND')
    const { members } = expectStatus(
      await server.get('/api/v1/tenant/members', { headers: stranger.headers }),
      200,
    )
    expect(members).toHaveLength(1)
    // Its last administrator stays, whoever asks.
    expectError(await changeRole(admin, stranger.id, 'user'), 409, 'LAST_ADMIN')
  })

  test('two administrators who demote each other at once leave one', async () => {
    const ben = await signUpColleague(server, 'admin')
    const answers = await Promise.all([changeRole(admin, ben.id, 'user'), changeRole(ben, admin.id, 'user')])
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    const { members } = expectStatus(
      await server.get('/api/v1/tenant/members', { headers: ben.headers }),
      200,
    )
    expect(members.filter(({ role }: { role: string }) => role === 'admin')).toHaveLength(1)
    await setRole(server.app.kernel, admin.email, 'admin', OPERATOR)
  })

  // Last, because the clock moves past every session.
  test('an invitation is refused for another e-mail, when revoked, when used, and after seven days; nothing is hashed', async () => {
    const [mine, revoked, late] = [newEmail(), newEmail(), newEmail()]
    const { invitation_token } = await invite(mine)
    const taken = await invite(revoked)
    expectStatus(await admin.client.post(`/api/v1/auth/invitations/${taken.id}/revoke`), 200)
    const old = await invite(late)
    const before = server.app.identity.passwords.counts().hashed
    expectError(await join(newEmail(), invitation_token), 403, 'INVITATION_INVALID')
    expectError(await join(revoked, taken.invitation_token), 403, 'INVITATION_INVALID')
    expectError(await join(mine, 'csi_guess'), 403, 'INVITATION_INVALID')
    expectError(await join(mine, `csi_${'A'.repeat(43)}`), 403, 'INVITATION_INVALID')
    clock.advance(WEEK_MS - 1000)
    expect(server.app.identity.passwords.counts().hashed).toBe(before)
    expectStatus(await join(mine, invitation_token), 201)
    clock.advance(1000)
    expectError(await join(late, old.invitation_token), 403, 'INVITATION_INVALID')
    const stored = await server.app.kernel.database.asOwner((session) =>
      session.query<{ row: string }>('SELECT i::text AS row FROM invitations i'),
    )
    expect(stored.map(({ row }) => row).join()).not.toContain(invitation_token)
  })
})
