import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Principal } from '../kernel/schema.ts'
import type { Database } from '../store/database.ts'
import { createApiKey } from './create-api-key.ts'
import { createCredentialReaders } from './credential-readers.ts'
import { openTestIdentity, readColumn, resolveBearer, signUp, type TestIdentity } from './identity.fixture.ts'
import { listApiKeys } from './list-api-keys.ts'
import { readUser } from './read-user.ts'
import { resolvePrincipal } from './resolve-principal.ts'
import { revokeApiKey } from './revoke-api-key.ts'
import { ApiKey, ApiKeyCreated, ApiKeyInput } from './schema.ts'

let fixture: TestIdentity

beforeAll(async () => {
  fixture = await openTestIdentity()
}, 60_000)
afterAll(() => fixture.close())

const DEAD = { code: 'UNAUTHENTICATED', status: 401, headers: { 'WWW-Authenticate': 'Bearer' } }
const key = (fields: object = {}) => ApiKeyInput.parse({ name: 'Purchasing agent', ...fields })
const inSeconds = (seconds: number) => new Date(fixture.clock.now() + seconds * 1000).toISOString()
const lastUsedOf = async (principal: Principal) =>
  (await listApiKeys(fixture.identity, principal))[0]?.last_used_at

test('a key is shown once and stored as its SHA-256', async () => {
  const { principal } = await signUp(fixture.identity)
  const created = await createApiKey(fixture.identity, principal, key())
  expect(ApiKeyCreated.strict().parse(created)).toEqual(created)
  expect(created.key).toMatch(/^csk_[A-Za-z0-9_-]{43}$/)
  expect(created.prefix).toBe(created.key.slice(0, 12))
  expect(created.permissions).toEqual(['read', 'write'])
  const stored = await readColumn(fixture.identity, 'api_keys k', 'k::text')
  expect(stored.some((row) => String(row).includes(created.key))).toBe(false)
  const hash = createHash('sha256').update(created.key).digest('hex')
  expect(await readColumn(fixture.identity, 'api_keys', 'key_hash')).toContain(hash)
  const listed = await listApiKeys(fixture.identity, principal)
  expect(listed.map((one) => ApiKey.strict().parse(one).id)).toEqual([created.id])
  expect(JSON.stringify(listed)).not.toContain(created.key)
  expect(JSON.stringify(listed)).not.toContain(hash)
})

test('a key speaks as an agent of its owner, with its own permissions', async () => {
  const { principal } = await signUp(fixture.identity)
  const created = await createApiKey(fixture.identity, principal, key({ permissions: ['read'] }))
  const expected = {
    principal: {
      id: `key:${created.id}`,
      ownerId: principal.id,
      kind: 'agent',
      tenantId: principal.tenantId,
      role: principal.role,
      permissions: ['read'],
      name: 'Purchasing agent',
      loglineId: principal.loglineId,
    },
    sessionId: null,
    credentialRevision: 0,
  }
  expect(await resolveBearer(fixture.identity, created.key)).toEqual(expected)
  expect(await resolvePrincipal(fixture.identity, { apiKey: created.key })).toEqual(expected)
})

test('X-API-Key decides before Authorization, and a bad one does not fall through to it', async () => {
  const { principal, answer } = await signUp(fixture.identity)
  const created = await createApiKey(fixture.identity, principal, key())
  const authorization = `Bearer ${answer.access_token}`
  const resolved = await resolvePrincipal(fixture.identity, { authorization, apiKey: created.key })
  expect(resolved?.principal.id).toBe(`key:${created.id}`)
  await expect(
    resolvePrincipal(fixture.identity, { authorization, apiKey: `csk_${'A'.repeat(43)}` }),
  ).rejects.toMatchObject(DEAD)
})

test('those who come together share statements, and each is answered as whoever they are', async () => {
  const [ana, ben] = [await signUp(fixture.identity), await signUp(fixture.identity)]
  const ofAna = await createApiKey(fixture.identity, ana.principal, key())
  const ofBen = await createApiKey(fixture.identity, ben.principal, key())
  await Promise.all([ofAna.key, ofBen.key].map((each) => resolveBearer(fixture.identity, each)))
  let statements = 0
  const database: Database = {
    ...fixture.identity.database,
    statement(text, values, name) {
      statements++
      return fixture.identity.database.statement(text, values, name)
    },
  }
  const identity = { ...fixture.identity, credentials: createCredentialReaders(database) }
  const sent = [
    ofAna.key,
    ofBen.key,
    `csk_${'A'.repeat(43)}`,
    ana.answer.access_token,
    ben.answer.access_token,
  ]
  const asked = Array.from({ length: 8 }, () => sent)
    .flat()
    .map((token) => resolveBearer(identity, token).catch(() => null))
  const answers = (await Promise.all(asked)).map(
    (found) => found && [found.principal.id, found.principal.tenantId],
  )
  const expected = [
    [`key:${ofAna.id}`, ana.principal.tenantId],
    [`key:${ofBen.id}`, ben.principal.tenantId],
    null,
    [ana.principal.id, ana.principal.tenantId],
    [ben.principal.id, ben.principal.tenantId],
  ]
  expect(answers).toEqual(Array.from({ length: 8 }, () => expected).flat())
  expect(statements).toBeLessThanOrEqual(8)
})

test('a revoked key is dead at once, and revoking it again keeps the first time', async () => {
  const { principal } = await signUp(fixture.identity)
  const created = await createApiKey(fixture.identity, principal, key())
  await resolveBearer(fixture.identity, created.key)
  const revoked = await revokeApiKey(fixture.identity, principal, created.id)
  await expect(resolveBearer(fixture.identity, created.key)).rejects.toMatchObject(DEAD)
  fixture.clock.advance(5)
  const again = await revokeApiKey(fixture.identity, principal, created.id)
  expect(again.revoked_at).toBe(revoked.revoked_at)
  expect((await listApiKeys(fixture.identity, principal))[0]?.revoked_at).toBe(revoked.revoked_at)
})

test('an expired key is dead, and one that would be born expired is refused', async () => {
  const { principal } = await signUp(fixture.identity)
  const created = await createApiKey(fixture.identity, principal, key({ expires_at: inSeconds(30) }))
  fixture.clock.advance(29)
  await resolveBearer(fixture.identity, created.key)
  fixture.clock.advance(1)
  await expect(resolveBearer(fixture.identity, created.key)).rejects.toMatchObject(DEAD)
  await expect(
    createApiKey(fixture.identity, principal, key({ expires_at: inSeconds(0) })),
  ).rejects.toMatchObject({ status: 422, details: [{ path: 'expires_at' }] })
})

test("somebody else's key, of this tenant or another, is 404 and stays alive", async () => {
  const owner = await signUp(fixture.identity)
  const stranger = await signUp(fixture.identity)
  const created = await createApiKey(fixture.identity, owner.principal, key())
  const colleague = { ...owner.principal, id: `user:${randomUUID()}` }
  colleague.ownerId = colleague.id
  for (const principal of [stranger.principal, colleague]) {
    await expect(revokeApiKey(fixture.identity, principal, created.id)).rejects.toMatchObject({
      code: 'API_KEY_NOT_FOUND',
      status: 404,
    })
    expect(await listApiKeys(fixture.identity, principal)).toEqual([])
  }
  await expect(resolveBearer(fixture.identity, created.key)).resolves.toBeDefined()
})

test.each(['nonsense', '', '\0', randomUUID()])('revoking the id %j is 404', async (id) => {
  const { principal } = await signUp(fixture.identity)
  await expect(revokeApiKey(fixture.identity, principal, id)).rejects.toMatchObject({ status: 404 })
})

test('a key makes, lists and revokes no keys', async () => {
  const { principal } = await signUp(fixture.identity)
  const created = await createApiKey(fixture.identity, principal, key())
  const { principal: agent } = await resolveBearer(fixture.identity, created.key)
  const forbidden = { code: 'FORBIDDEN', status: 403 }
  await expect(createApiKey(fixture.identity, agent, key())).rejects.toMatchObject(forbidden)
  await expect(listApiKeys(fixture.identity, agent)).rejects.toMatchObject(forbidden)
  await expect(revokeApiKey(fixture.identity, agent, created.id)).rejects.toMatchObject(forbidden)
})

test('the use of a key is written at most once a minute', async () => {
  const { principal } = await signUp(fixture.identity)
  const created = await createApiKey(fixture.identity, principal, key())
  expect(await lastUsedOf(principal)).toBeNull()
  const first = inSeconds(0)
  await resolveBearer(fixture.identity, created.key)
  fixture.clock.advance(59)
  await resolveBearer(fixture.identity, created.key)
  expect(await lastUsedOf(principal)).toBe(first)
  fixture.clock.advance(1)
  await resolveBearer(fixture.identity, created.key)
  expect(await lastUsedOf(principal)).toBe(inSeconds(0))
})

test('me is the user, for a key its owner', async () => {
  const { principal, answer } = await signUp(fixture.identity)
  const created = await createApiKey(fixture.identity, principal, key())
  const { principal: agent } = await resolveBearer(fixture.identity, created.key)
  expect(await readUser(fixture.identity, principal)).toEqual(answer.user)
  expect(await readUser(fixture.identity, agent)).toEqual(answer.user)
})
