import fc from 'fast-check'
import { SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createIdentity } from './context.ts'
import {
  openTestIdentity,
  resolveBearer,
  type SignedIn,
  signUp,
  type TestIdentity,
} from './identity.fixture.ts'
import { resolvePrincipal } from './resolve-principal.ts'

let fixture: TestIdentity
let ana: SignedIn

beforeAll(async () => {
  fixture = await openTestIdentity()
  ana = await signUp(fixture.identity)
}, 60_000)
afterAll(() => fixture.close())

const DEAD = { code: 'UNAUTHENTICATED', status: 401, headers: { 'WWW-Authenticate': 'Bearer' } }

/** An access token of Ana's, right in all but what is said. */
function forge({
  header = {},
  claims = {},
  issuer = 'countersign-test',
  secret = fixture.identity.settings.authSecret,
} = {}) {
  const issuedAt = Math.floor(fixture.clock.now() / 1000)
  const { principal, sessionId } = ana
  return new SignJWT({
    sid: sessionId,
    tenant_id: principal.tenantId,
    role: 'user',
    email: ana.email,
    ...claims,
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', ...header })
    .setSubject('sub' in claims ? String(claims.sub) : principal.id.slice('user:'.length))
    .setIssuer(issuer)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + 900)
    .sign(secret)
}

test('without a credential there is no principal; a cleared cookie is none', async () => {
  expect(await resolvePrincipal(fixture.identity, {})).toBeNull()
  expect(await resolvePrincipal(fixture.identity, { cookieToken: '' })).toBeNull()
})

test('an access token counts in the header and in the cookie, and the header decides', async () => {
  const { access_token } = ana.answer
  const { principal, sessionId, credentialRevision } = ana
  const expected = { principal, sessionId, credentialRevision }
  const resolve = (authorization: string) => resolvePrincipal(fixture.identity, { authorization })
  expect(await resolve(`Bearer ${access_token}`)).toEqual(expected)
  expect(await resolve(`bearer  ${access_token} `)).toEqual(expected)
  expect(await resolvePrincipal(fixture.identity, { cookieToken: access_token })).toEqual(expected)
  await expect(
    resolvePrincipal(fixture.identity, { authorization: 'Bearer no', cookieToken: access_token }),
  ).rejects.toMatchObject(DEAD)
})

test.each([
  '',
  'Bearer',
  'Bearer ',
  'Basic YTpi',
  'Bearer a b',
  'Bearer csk_',
  `Bearer csk_${'A'.repeat(43)}`,
  'Bearer a.b.c',
])('the header %j is refused', async (authorization) => {
  await expect(resolvePrincipal(fixture.identity, { authorization })).rejects.toMatchObject(DEAD)
})

test.each(['', 'csk_', `csk_${'A'.repeat(44)}`, `csr_${'A'.repeat(43)}`, '\0'])(
  'the API key %j is refused',
  async (apiKey) => {
    await expect(resolvePrincipal(fixture.identity, { apiKey })).rejects.toMatchObject(DEAD)
  },
)

test('any text as a credential is refused, never an error of another kind', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (text) => {
      for (const sent of [
        { authorization: text },
        { authorization: `Bearer ${text}` },
        { apiKey: text },
        { cookieToken: `x${text}` },
      ]) {
        await expect(resolvePrincipal(fixture.identity, sent)).rejects.toMatchObject(DEAD)
      }
    }),
    { numRuns: 200 },
  )
})

test('a token signed as ours counts, so the forgeries below fail for what they change', async () => {
  expect((await resolveBearer(fixture.identity, await forge())).principal).toEqual(ana.principal)
})

test('a token is dead with any one character changed', async () => {
  const token = ana.answer.access_token
  const [, payload] = token.split('.')
  for (const at of [2, token.indexOf(payload!) + 5, token.length - 10]) {
    const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
    await expect(resolveBearer(fixture.identity, changed)).rejects.toMatchObject(DEAD)
  }
})

test('a token without a signature (alg none) is refused', async () => {
  const { principal, sessionId } = ana
  const unsecured = new UnsecuredJWT({ sid: sessionId, tenant_id: principal.tenantId })
    .setSubject(principal.id.slice('user:'.length))
    .setIssuer('countersign-test')
    .setIssuedAt(Math.floor(fixture.clock.now() / 1000))
    .setExpirationTime(Math.floor(fixture.clock.now() / 1000) + 900)
    .encode()
  const typed = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${unsecured.split('.')[1]}.`
  await expect(resolveBearer(fixture.identity, unsecured)).rejects.toMatchObject(DEAD)
  await expect(resolveBearer(fixture.identity, typed)).rejects.toMatchObject(DEAD)
})

test.each([
  ['another algorithm', { header: { alg: 'HS512' } }],
  ['another type', { header: { typ: 'JWT' } }],
  ['no type', { header: { typ: undefined } }],
  ['another issuer', { issuer: 'somebody-else' }],
  ['another key', { secret: new Uint8Array(32) }],
  ['another user', { claims: { sub: '00000000-0000-4000-8000-000000000000' } }],
  ['a user that is no id', { claims: { sub: 'admin' } }],
  ['another session', { claims: { sid: '00000000-0000-4000-8000-000000000000' } }],
  ['another tenant', { claims: { tenant_id: 'ten_other' } }],
  ['no tenant', { claims: { tenant_id: '' } }],
])('a token with %s is refused', async (_, changes) => {
  await expect(resolveBearer(fixture.identity, await forge(changes))).rejects.toMatchObject(DEAD)
})

test('the role is the one the user has now, not the one in the token', async () => {
  const { answer, principal } = await signUp(fixture.identity)
  const id = principal.id.slice('user:'.length)
  await fixture.identity.database.transaction(principal.tenantId, (session) =>
    session.query("UPDATE users SET role = 'developer' WHERE id = $1", [id]),
  )
  expect((await resolveBearer(fixture.identity, answer.access_token)).principal.role).toBe('developer')
})

test('looking up a principal leaves no tenant behind on the connection', async () => {
  await resolveBearer(fixture.identity, ana.answer.access_token)
  expect(await fixture.identity.database.statement('SELECT id FROM users')).toEqual([])
})

test('a secret shorter than 32 bytes is refused at start', () => {
  const settings = { authSecret: new Uint8Array(31), issuer: 'x', loglinePepper: 'x' }
  expect(() => createIdentity(fixture.identity, settings)).toThrow(/at least 32 bytes/)
})

// Last in this file: the clock moves.
test('an access token is dead when its time is up', async () => {
  const { answer } = await signUp(fixture.identity)
  fixture.clock.advance(899)
  await expect(resolveBearer(fixture.identity, answer.access_token)).resolves.toBeDefined()
  fixture.clock.advance(1)
  await expect(resolveBearer(fixture.identity, answer.access_token)).rejects.toMatchObject(DEAD)
})
