import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestIdentity, PASSWORD, resolveBearer, signUp, type TestIdentity } from './identity.fixture.ts'
import { listSessions } from './list-sessions.ts'
import { loginUser } from './login-user.ts'
import { logoutSession } from './logout-session.ts'
import { refreshSession } from './refresh-session.ts'
import { revokeSession } from './revoke-session.ts'
import { SessionView, UserChange } from './schema.ts'
import { updateUser } from './update-user.ts'

let fixture: TestIdentity

beforeAll(async () => {
  fixture = await openTestIdentity()
}, 60_000)
afterAll(() => fixture.close())

const refresh = (token: string | undefined) => refreshSession(fixture.identity, token)
const resolve = (token: string) => resolveBearer(fixture.identity, token)
const REFUSED = { code: 'INVALID_REFRESH_TOKEN', status: 401, headers: { 'WWW-Authenticate': 'Bearer' } }
const DEAD = { code: 'UNAUTHENTICATED', status: 401 }

test('a refresh token is rotated at each use, and the session stays the same', async () => {
  const { answer, sessionId } = await signUp(fixture.identity)
  const second = await refresh(answer.refresh_token)
  const third = await refresh(second.refresh_token)
  expect(new Set([answer, second, third].map((one) => one.refresh_token)).size).toBe(3)
  expect(third.user).toEqual(answer.user)
  expect(JSON.stringify(third)).not.toMatch(/argon2|hash/)
  expect((await resolve(third.access_token)).sessionId).toBe(sessionId)
})

test('a spent refresh token that comes back ends the whole session', async () => {
  const { answer } = await signUp(fixture.identity)
  const second = await refresh(answer.refresh_token)
  await expect(refresh(answer.refresh_token)).rejects.toMatchObject(REFUSED)
  await expect(refresh(second.refresh_token)).rejects.toMatchObject(REFUSED)
  await expect(resolve(second.access_token)).rejects.toMatchObject(DEAD)
  await expect(resolve(answer.access_token)).rejects.toMatchObject(DEAD)
})

test('reuse ends that session only', async () => {
  const one = await signUp(fixture.identity)
  const other = await signUp(fixture.identity)
  await refresh(one.answer.refresh_token)
  await expect(refresh(one.answer.refresh_token)).rejects.toMatchObject(REFUSED)
  await expect(refresh(other.answer.refresh_token)).resolves.toBeDefined()
})

test('of 20 parallel uses of one refresh token exactly one wins, and none can go on', async () => {
  const { answer } = await signUp(fixture.identity)
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => refresh(answer.refresh_token)))
  const won = outcomes.filter((outcome) => outcome.status === 'fulfilled')
  expect(won.length).toBe(1)
  // Two hands held the token: the session is over for both.
  await expect(refresh(won[0]!.value.refresh_token)).rejects.toMatchObject(REFUSED)
  await expect(resolve(won[0]!.value.access_token)).rejects.toMatchObject(DEAD)
})

test.each([
  undefined,
  '',
  'csr_short',
  `csr_${'A'.repeat(43)}`,
  `csk_${'A'.repeat(43)}`,
  'x'.repeat(10_000),
  '\0',
])('the refresh token %j is refused', async (token) => {
  await expect(refresh(token)).rejects.toMatchObject(REFUSED)
})

test('a session ends after its time however often it is refreshed, and no access token outlives it', async () => {
  const { answer } = await signUp(fixture.identity)
  fixture.clock.advance(7 * 24 * 3600 - 60)
  const late = await refresh(answer.refresh_token)
  expect(late.expires_in).toBe(60)
  fixture.clock.advance(60)
  await expect(refresh(late.refresh_token)).rejects.toMatchObject(REFUSED)
  await expect(resolve(late.access_token)).rejects.toMatchObject(DEAD)
})

test('logging out kills the access token and the refresh token at once', async () => {
  const { answer, principal, sessionId } = await signUp(fixture.identity)
  const session = { tenantId: principal.tenantId, sessionId: sessionId! }
  await logoutSession(fixture.identity, { session })
  await expect(resolve(answer.access_token)).rejects.toMatchObject(DEAD)
  await expect(refresh(answer.refresh_token)).rejects.toMatchObject(REFUSED)
  await expect(logoutSession(fixture.identity, { session })).resolves.toBeUndefined()
})

test('logging out works with the refresh token alone, when the access token has expired', async () => {
  const { answer } = await signUp(fixture.identity)
  fixture.clock.advance(901)
  await logoutSession(fixture.identity, { refreshToken: answer.refresh_token })
  await expect(refresh(answer.refresh_token)).rejects.toMatchObject(REFUSED)
})

test('logging out ends no other session, and nothing unknown is an error', async () => {
  const stays = await signUp(fixture.identity)
  const goes = await signUp(fixture.identity)
  await logoutSession(fixture.identity, { refreshToken: goes.answer.refresh_token })
  await logoutSession(fixture.identity, { refreshToken: `csr_${'A'.repeat(43)}` })
  await logoutSession(fixture.identity, { refreshToken: 'nonsense' })
  // Another tenant's session id does nothing: the row is out of sight.
  const sessionId = stays.sessionId!
  await logoutSession(fixture.identity, { session: { tenantId: goes.principal.tenantId, sessionId } })
  await expect(resolve(stays.answer.access_token)).resolves.toMatchObject({ sessionId })
})

const signInAgain = (email: string, password = PASSWORD) =>
  loginUser(fixture.identity, { email, password }, { ip: '192.0.2.7', userAgent: 'Firefox' })

test('a user sees where they are signed in: live sessions of their own, with place and time, this one marked', async () => {
  const ana = await signUp(fixture.identity)
  await signUp(fixture.identity)
  const gone = await resolve((await signInAgain(ana.email)).access_token)
  await revokeSession(fixture.identity, gone.principal, gone.sessionId!, gone.sessionId)
  fixture.clock.advance(3600)
  const other = await signInAgain(ana.email)
  const sessions = await listSessions(fixture.identity, ana.principal, ana.sessionId)
  expect(sessions.map((session) => SessionView.strict().parse(session))).toEqual([
    expect.objectContaining({ ip: '192.0.2.7', user_agent: 'Firefox', last_used_at: null, current: false }),
    expect.objectContaining({ id: ana.sessionId, ip: null, current: true }),
  ])
  await resolve(other.access_token)
  const [used] = await listSessions(fixture.identity, ana.principal, ana.sessionId)
  expect(used!.last_used_at).toBe(new Date(fixture.clock.now()).toISOString())
})

test('revoking a session kills its tokens at once and leaves the others', async () => {
  const ana = await signUp(fixture.identity)
  const other = await signInAgain(ana.email)
  const { sessionId } = await resolve(other.access_token)
  const revoked = await revokeSession(fixture.identity, ana.principal, sessionId!, ana.sessionId)
  expect(revoked).toMatchObject({ id: sessionId, current: false, revoked_at: expect.any(String) })
  await expect(resolve(other.access_token)).rejects.toMatchObject(DEAD)
  await expect(refresh(other.refresh_token)).rejects.toMatchObject(REFUSED)
  await expect(resolve(ana.answer.access_token)).resolves.toMatchObject({ sessionId: ana.sessionId })
})

test('a session of somebody else, of another tenant or of nobody is not found, and stays', async () => {
  const ana = await signUp(fixture.identity)
  const ben = await signUp(fixture.identity)
  for (const id of [ben.sessionId!, '00000000-0000-4000-8000-000000000000', 'x']) {
    await expect(revokeSession(fixture.identity, ana.principal, id, ana.sessionId)).rejects.toMatchObject({
      code: 'SESSION_NOT_FOUND',
      status: 404,
    })
  }
  await expect(resolve(ben.answer.access_token)).resolves.toBeDefined()
})

test('name and picture are changed one by one', async () => {
  const { principal, sessionId } = await signUp(fixture.identity)
  const change = (input: object) =>
    updateUser(fixture.identity, principal, sessionId, UserChange.parse(input))
  const picture = 'https://example.com/ana.png'
  expect(await change({ avatar_url: picture })).toMatchObject({ name: 'Ana', avatar_url: picture })
  expect(await change({ name: 'Ana Maria' })).toMatchObject({ name: 'Ana Maria', avatar_url: picture })
  expect(await change({ avatar_url: null })).toMatchObject({ name: 'Ana Maria', avatar_url: null })
  for (const wrong of [
    {},
    { role: 'admin' },
    { avatar_url: 'javascript:alert(1)' },
    { new_password: PASSWORD },
  ]) {
    expect(UserChange.safeParse(wrong).success).toBe(false)
  }
})

test('a new password needs the current one and ends every other session, not this one', async () => {
  const ana = await signUp(fixture.identity)
  const other = await signInAgain(ana.email)
  const change = (current_password: string) =>
    updateUser(fixture.identity, ana.principal, ana.sessionId, {
      current_password,
      new_password: 'another one',
    })
  await expect(change('a guess')).rejects.toMatchObject({ code: 'WRONG_PASSWORD', status: 403 })
  await expect(resolve(other.access_token)).resolves.toBeDefined()
  await change(PASSWORD)
  await expect(resolve(other.access_token)).rejects.toMatchObject(DEAD)
  await expect(refresh(other.refresh_token)).rejects.toMatchObject(REFUSED)
  await expect(resolve(ana.answer.access_token)).resolves.toBeDefined()
  await expect(signInAgain(ana.email)).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' })
  await expect(signInAgain(ana.email, 'another one')).resolves.toBeDefined()
})
