import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Context } from '../kernel/context.ts'
import { changeRole } from './change-role.ts'
import type { Identity } from './context.ts'
import { createApiKey } from './create-api-key.ts'
import { createInvitation } from './create-invitation.ts'
import { createUser } from './create-user.ts'
import { findAccount } from './find-account.ts'
import { openTestIdentity, PASSWORD, readColumn, signUp, type TestIdentity } from './identity.fixture.ts'
import { listApiKeys } from './list-api-keys.ts'
import { listInvitations } from './list-invitations.ts'
import { listSessions } from './list-sessions.ts'
import { loginUser } from './login-user.ts'
import { loginWithOidc } from './login-with-oidc.ts'
import { UNKNOWN_CLIENT } from './open-session.ts'
import { deletePasskey } from './passkeys/delete-passkey.ts'
import { listPasskeys } from './passkeys/list-passkeys.ts'
import { renamePasskey } from './passkeys/rename-passkey.ts'
import { registerUser } from './register-user.ts'
import { resetPassword } from './reset-password.ts'
import { resolvePrincipal } from './resolve-principal.ts'
import { revokeApiKey } from './revoke-api-key.ts'
import { revokeInvitation } from './revoke-invitation.ts'
import { revokeSession } from './revoke-session.ts'
import { ApiKeyInput, UserChange } from './schema.ts'
import { setRole } from './set-role.ts'
import { updateUser } from './update-user.ts'

const BY = { id: 'system:test', ownerId: 'system:test' }

let fixture: TestIdentity
/** The same identity on a ledger that takes no entry. */
let full: Identity
beforeAll(async () => {
  fixture = await openTestIdentity()
  const { ledger } = fixture.identity
  full = {
    ...fixture.identity,
    ledger: {
      ...ledger,
      transaction: (tenantId, work) =>
        ledger.transaction(tenantId, (transaction) =>
          work({ ...transaction, append: () => Promise.reject(new Error('no room')) }),
        ),
    },
  }
}, 60_000)
afterAll(() => fixture.close())

test('nobody registers, and no account is made, without the entry that says so', async () => {
  const email = `${randomUUID()}@example.com`
  const account = { email, password: PASSWORD, name: 'Ana' }
  await expect(registerUser(full, account)).rejects.toThrow('no room')
  await expect(createUser(full, { ...account, tenantId: 'default', role: 'user', by: BY })).rejects.toThrow(
    'no room',
  )
  expect(await findAccount(full, email)).toBeNull()
  await registerUser(fixture.identity, account)
})

test('no key is made and none revoked without the entry that says so', async () => {
  const { principal } = await signUp(fixture.identity)
  const input = ApiKeyInput.parse({ name: 'agent' })
  await expect(createApiKey(full, principal, input)).rejects.toThrow('no room')
  expect(await listApiKeys(full, principal)).toEqual([])
  const { id, key } = await createApiKey(fixture.identity, principal, input)
  await expect(revokeApiKey(full, principal, id)).rejects.toThrow('no room')
  expect(await resolvePrincipal(fixture.identity, { apiKey: key })).not.toBeNull()
})

test('no role and no password is changed without the entry that says so', async () => {
  const { principal, sessionId, email } = await signUp(fixture.identity)
  const [first] = await readColumn(fixture.identity, "users WHERE tenant_id = 'default'", 'id')
  const operator = {
    ...principal,
    id: `user:${first}`,
    ownerId: `user:${first}`,
    role: 'admin',
    tenantId: 'default',
  } as const
  const userId = principal.id.replace('user:', '')
  const change = UserChange.parse({ current_password: PASSWORD, new_password: 'another password' })
  for (const changed of [
    setRole(full, email, 'admin', BY),
    changeRole(full, operator, userId, 'admin'),
    resetPassword(full, email, 'another password', BY),
    updateUser(full, principal, sessionId, change),
  ]) {
    await expect(changed).rejects.toThrow('no room')
  }
  const { user } = await loginUser(fixture.identity, { email, password: PASSWORD })
  expect(user.role).toBe(principal.role)
})

test('no session is opened and none ended without the entry that says so', async () => {
  const { identity } = fixture
  const { principal, sessionId, email } = await signUp(identity)
  const subject = randomUUID()
  const claims = { issuer: 'https://idp.example', subject, email, name: 'Ana' }
  const login = { claims, userId: principal.id.replace('user:', ''), joinsDefaultTenant: false }
  await expect(loginWithOidc(full, login, UNKNOWN_CLIENT)).rejects.toThrow('no room')
  // Their account at the provider was not added either, which the second one knows.
  await loginWithOidc(identity, login, UNKNOWN_CLIENT)
  for (const change of [
    () => loginUser(full, { email, password: PASSWORD }),
    () => loginWithOidc(full, login, UNKNOWN_CLIENT),
    () => revokeSession(full, principal, sessionId!, null),
  ]) {
    await expect(change()).rejects.toThrow('no room')
  }
  expect(await listSessions(identity, principal, sessionId)).toHaveLength(2)
})

test('no invitation is made and none taken back without the entry that says so', async () => {
  const { identity } = fixture
  const principal = { ...(await signUp(identity)).principal, role: 'admin' } as const
  const input = { email: 'ben@example.com', role: 'user' } as const
  await expect(createInvitation(full, principal, input)).rejects.toThrow('no room')
  expect(await listInvitations(identity, principal)).toEqual([])
  const { id } = await createInvitation(identity, principal, input)
  await expect(revokeInvitation(full, principal, id)).rejects.toThrow('no room')
  expect(await listInvitations(identity, principal)).toMatchObject([{ id, status: 'pending' }])
})

test('no passkey is named or removed without the entry that says so, and none by a reset without it', async () => {
  const { identity } = fixture
  const { principal, email } = await signUp(identity)
  const context = { ledger: full.ledger, clock: full.clock, principal } as Context
  const id = randomUUID()
  await identity.database.transaction(principal.tenantId, (transaction) =>
    transaction.query(
      `INSERT INTO webauthn_credentials (tenant_id, id, user_id, credential_id, public_key, counter, transports,
         relying_party_id, name, created_at)
       VALUES ($1, $2, $3, $4, $5, 0, '{}', 'localhost', 'Key', now())`,
      [principal.tenantId, id, principal.id.replace('user:', ''), randomUUID(), Buffer.from('key')],
    ),
  )
  for (const change of [
    () => renamePasskey(context, id, 'Blue'),
    () => deletePasskey(context, id),
    () => resetPassword(full, email, 'another password', BY),
  ]) {
    await expect(change()).rejects.toThrow(/no room|Failed to persist/)
  }
  expect(await listPasskeys(identity, principal)).toMatchObject([{ id, name: 'Key' }])
})
