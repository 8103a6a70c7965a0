import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isLoglineId } from '../kernel/logline-id.ts'
import type { Identity } from './context.ts'
import {
  openTestIdentity,
  PASSWORD,
  readColumn,
  resolveBearer,
  type TestIdentity,
} from './identity.fixture.ts'
import { loginUser } from './login-user.ts'
import { registerUser } from './register-user.ts'
import { SessionAnswer } from './schema.ts'

let fixture: TestIdentity

beforeAll(async () => {
  fixture = await openTestIdentity()
}, 60_000)
afterAll(() => fixture.close())

const register = (email: string) =>
  registerUser(fixture.identity, { email, password: PASSWORD, name: email.split('@')[0]! })
const login = (email: string, password: string) => loginUser(fixture.identity, { email, password })

/** Lets nobody past hashing before `count` have come, so that they race for what follows. */
function barrierAfterHashing(identity: Identity, count: number): Identity {
  const gate = Promise.withResolvers<void>()
  let arrived = 0
  const hashPassword = async (password: string) => {
    const hash = await identity.passwords.hashPassword(password)
    if (++arrived === count) gate.resolve()
    await gate.promise
    return hash
  }
  return { ...identity, passwords: { ...identity.passwords, hashPassword } }
}

// First in this file: it needs an installation without users.
test('of 30 parallel first registrations exactly one becomes admin of the default tenant', async () => {
  const identity = barrierAfterHashing(fixture.identity, 30)
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, n) =>
      registerUser(identity, { email: `first-${n}@example.com`, password: PASSWORD, name: `First ${n}` }),
    ),
  )
  const admins = answers.filter(({ user }) => user.role === 'admin')
  expect(admins.map(({ user }) => user.tenant_id)).toEqual(['default'])
  const others = answers.filter(({ user }) => user.role !== 'admin')
  expect(others.every(({ user }) => user.role === 'user' && /^ten_[0-9a-f]{32}$/.test(user.tenant_id))).toBe(
    true,
  )
  expect(new Set(answers.map(({ user }) => user.tenant_id)).size).toBe(30)
  expect((await readColumn(fixture.identity, 'tenants', 'tenant_id')).length).toBe(30)
})

test('registering signs in, with a shape that carries no hash', async () => {
  const answer = await register('shape@example.com')
  expect(SessionAnswer.strict().parse(answer)).toEqual(answer)
  expect(Object.keys(answer.user).sort()).toEqual(
    ['avatar_url', 'created_at', 'email', 'id', 'logline_id', 'name', 'role', 'tenant_id'].sort(),
  )
  expect(JSON.stringify(answer)).not.toMatch(/argon2|hash/)
  expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 900 })
  expect(answer.user.logline_id).toMatch(/^LL-BR-2026-\d{9}-[0-9A-F]{8}$/)
  expect(isLoglineId(answer.user.logline_id!, fixture.identity.settings.loglinePepper)).toBe(true)
  expect(decodeJwt(answer.access_token)).toMatchObject({ logline_id: answer.user.logline_id })
  expect((await resolveBearer(fixture.identity, answer.access_token)).principal).toEqual({
    id: `user:${answer.user.id}`,
    ownerId: `user:${answer.user.id}`,
    kind: 'user',
    tenantId: answer.user.tenant_id,
    role: 'user',
    permissions: ['read', 'write'],
    name: 'shape',
    loglineId: answer.user.logline_id,
  })
})

test('passwords and refresh tokens are stored as hashes only', async () => {
  const answer = await register('at-rest@example.com')
  const passwordHashes = await readColumn(fixture.identity, 'users', 'password_hash')
  expect(passwordHashes.every((hash) => String(hash).startsWith('$argon2id$v=19$m=19456,t=2,p=1$'))).toBe(
    true,
  )
  const tokens = await readColumn(fixture.identity, 'refresh_tokens', 'token_hash')
  expect(tokens.every((hash) => /^[0-9a-f]{64}$/.test(String(hash)))).toBe(true)
  expect(tokens).not.toContain(answer.refresh_token)
})

test.each([
  ['the same e-mail', 'taken@example.com'],
  ['another case', 'TAKEN@Example.COM'],
  ['spaces around it', '  taken@example.com '],
])('a second registration with %s is 409 EMAIL_TAKEN', async (_, email) => {
  await register('taken@example.com').catch(() => {})
  await expect(register(email)).rejects.toMatchObject({ code: 'EMAIL_TAKEN', status: 409 })
})

test('e-mails that differ in case or composition beyond ASCII are the same', async () => {
  await register('JOSÉ@example.com')
  await expect(register('jose\u0301@example.com')).rejects.toMatchObject({ code: 'EMAIL_TAKEN' })
  expect((await login('José@EXAMPLE.com', PASSWORD)).user.email).toBe('JOSÉ@example.com')
})

test('of 10 parallel registrations with one e-mail exactly one succeeds, the others are EMAIL_TAKEN', async () => {
  const identity = barrierAfterHashing(fixture.identity, 10)
  const input = { email: 'race@example.com', password: PASSWORD, name: 'Race' }
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => registerUser(identity, input)))
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  expect(refused.map(({ reason }) => reason.code)).toEqual(Array(9).fill('EMAIL_TAKEN'))
  // The losers leave nothing behind, neither a session nor a tenant.
  const users = await readColumn(fixture.identity, 'users', 'id')
  expect((await readColumn(fixture.identity, 'tenants', 'tenant_id')).length).toBe(users.length)
})

test('logging in opens another session and stores where it came from', async () => {
  await register('again@example.com')
  const input = { email: 'again@example.com', password: PASSWORD }
  const client = { ip: '192.0.2.7', userAgent: `agent ${'x'.repeat(2000)}` }
  const answer = await loginUser(fixture.identity, input, client)
  expect(answer.user.email).toBe('again@example.com')
  expect(await readColumn(fixture.identity, 'sessions', 'ip')).toContain('192.0.2.7')
  const agents = await readColumn(fixture.identity, 'sessions', 'length(user_agent)')
  expect(agents).toContain(512)
})

test('a wrong password and an unknown e-mail get the same answer after the same work', async () => {
  await register('known@example.com')
  const errors = []
  const verified = []
  for (const email of ['known@example.com', 'unknown@example.com']) {
    const before = fixture.identity.passwords.counts().verified
    errors.push(await login(email, 'not the password').catch((error) => error))
    verified.push(fixture.identity.passwords.counts().verified - before)
  }
  expect(verified).toEqual([1, 1])
  expect(errors[0]).toMatchObject({ code: 'INVALID_CREDENTIALS', status: 401 })
  expect(errors[1].toEnvelope()).toEqual(errors[0].toEnvelope())
  expect(errors[1].headers).toEqual(errors[0].headers)
})

test('no two accounts have one LogLine ID, and an account from before gets its own at the next sign-in', async () => {
  const { user } = await register('earlier@example.com')
  await fixture.identity.database.transaction(user.tenant_id, (session) =>
    session.query('UPDATE users SET logline_id = NULL WHERE id = $1', [user.id]),
  )
  const named = (await login('earlier@example.com', PASSWORD)).user.logline_id
  expect(named).toMatch(/^LL-BR-2026-/)
  expect((await login('earlier@example.com', PASSWORD)).user.logline_id).toBe(named)
  const ids = await readColumn(fixture.identity, 'users', 'logline_id')
  expect(new Set(ids).size).toBe(ids.length)
})
