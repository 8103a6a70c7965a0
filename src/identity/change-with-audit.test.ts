import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { changeRole } from './change-role.ts'
import type { Identity } from './context.ts'
import { createApiKey } from './create-api-key.ts'
import { createUser } from './create-user.ts'
import { findAccount } from './find-account.ts'
import { openTestIdentity, PASSWORD, readColumn, signUp, type TestIdentity } from './identity.fixture.ts'
import { listApiKeys } from './list-api-keys.ts'
import { loginUser } from './login-user.ts'
import { registerUser } from './register-user.ts'
import { resetPassword } from './reset-password.ts'
import { resolvePrincipal } from './resolve-principal.ts'
import { revokeApiKey } from './revoke-api-key.ts'
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
