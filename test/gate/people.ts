import { randomBytes } from 'node:crypto'
import { OPERATOR } from '../../src/cli/operator.ts'
import { createInvitation } from '../../src/identity/create-invitation.ts'
import type { Role } from '../../src/identity/schema.ts'
import { setRole } from '../../src/identity/set-role.ts'
import { createAuthenticator, type SoftwareAuthenticator } from '../harness/software-authenticator.ts'
import type { TestServer } from '../harness/start-test-server.ts'
import { expectStatus, type PurchaseClient, purchaseClient } from './purchase-client.ts'

export const PASSWORD = 'correct horse battery staple'

export const AUTH_SETTINGS = { AUTH_SECRET: 'a-secret-of-at-least-thirty-two-characters' }

export type Person = {
  id: string
  email: string
  client: PurchaseClient
  /** What a request of theirs carries. */
  headers: Record<string, string>
  /** Makes an API key and a client that uses it. */
  withKey(permissions?: string[]): Promise<PurchaseClient>
}

/**
 * Registers somebody and signs them in. The first one is the administrator; later ones get a tenant of their own, and
 * the role `user` in it unless the operator gives them another.
 */
export async function signUp(server: TestServer, role?: Role): Promise<Person> {
  const email = `${randomBytes(6).toString('hex')}@example.com`
  const session = expectStatus(
    await server.post('/api/v1/auth/register', { email, password: PASSWORD, name: 'Ana' }),
    201,
  )
  if (role) await setRole(server.app.kernel, email, role, OPERATOR)
  return personOf(server, session)
}

/** Somebody else in the tenant of the administrator, whom they invited long ago. */
export async function signUpColleague(server: TestServer, role: Role = 'user'): Promise<Person> {
  const person = await signUpNewcomer(server, role)
  await server.app.kernel.database.transaction('default', (session) =>
    session.query("UPDATE users SET created_at = created_at - interval '2 days' WHERE 'user:' || id = $1", [
      person.id,
    ]),
  )
  return person
}

/** Somebody whom an administrator, the first one unless named, just invited. */
export async function signUpNewcomer(
  server: TestServer,
  role: Role = 'user',
  inviter?: Person,
): Promise<Person> {
  const { identity } = server.app
  const [admin] = await identity.database.transaction('default', (session) =>
    session.query<{ id: string }>("SELECT id FROM users WHERE role = 'admin' LIMIT 1"),
  )
  const id = inviter?.id ?? `user:${admin!.id}`
  const email = `${randomBytes(6).toString('hex')}@example.com`
  const { invitation_token } = await createInvitation(
    identity,
    {
      id,
      ownerId: id,
      kind: 'user',
      tenantId: 'default',
      role: 'admin',
      permissions: ['read', 'write'],
      name: 'Ana',
      loglineId: null,
    },
    { email, role },
  )
  const account = { email, password: PASSWORD, name: 'Ben', invitation_token }
  return personOf(server, expectStatus(await server.post('/api/v1/auth/register', account), 201))
}

function personOf(
  server: TestServer,
  session: { access_token: string; user: { id: string; email: string } },
): Person {
  const headers = { authorization: `Bearer ${session.access_token}` }
  const client = purchaseClient(server, { headers })
  return {
    id: `user:${session.user.id}`,
    email: session.user.email,
    client,
    headers,
    async withKey(permissions = ['read', 'write']) {
      const { key } = expectStatus(
        await client.post('/api/v1/auth/api-keys', { name: 'agent', permissions }),
        201,
      )
      return purchaseClient(server, { headers: { 'x-api-key': key } })
    },
  }
}

/** Makes a passkey for somebody, the way a browser on this origin does. Answers its id too. */
export async function addPasskey(
  { client }: Person,
  origin: string,
): Promise<{ authenticator: SoftwareAuthenticator; id: string }> {
  const authenticator = createAuthenticator()
  const { challenge } = expectStatus(
    await client.post('/api/v1/auth/passkeys/options', { password: PASSWORD }),
    200,
  )
  const credential = authenticator.register({ challenge, origin })
  const { id } = expectStatus(await client.post('/api/v1/auth/passkeys', { name: 'Key', credential }), 201)
  return { authenticator, id }
}

type Terms = {
  required_approvals?: number
  forbid_self_approval?: boolean
  expires_in_seconds?: number
  require_fresh_authentication?: 'password' | 'passkey'
}

/** A policy that wants an approval with these terms of every purchase to this merchant. */
export const approvalPolicy = (merchant: string, approval: Terms) => ({
  name: `Approvals for ${merchant}`,
  scope: 'tenant',
  effect: 'require_approval',
  priority: 1,
  reason_code: 'NEEDS_PEOPLE',
  rule_expr: {
    conditions: [{ field: 'context.merchant', operator: 'equals', value: merchant }],
    approval,
  },
})

/** A policy that denies every purchase to this merchant. */
export const denyPolicy = (merchant: string) => ({
  name: `Never ${merchant}`,
  scope: 'tenant',
  effect: 'deny',
  priority: 1,
  reason_code: 'MERCHANT_BLOCKED',
  rule_expr: { conditions: [{ field: 'context.merchant', operator: 'equals', value: merchant }] },
})
