import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestIdentity, resolveBearer, signUp, type TestIdentity } from './identity.fixture.ts'
import { logoutSession } from './logout-session.ts'
import { refreshSession } from './refresh-session.ts'

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
