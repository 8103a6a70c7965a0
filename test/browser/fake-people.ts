import type { ApiKey, Invitation, SessionView, TenantApiKey, User } from '../../src/identity/schema.ts'
import type { Principal } from '../../src/kernel/schema.ts'
import type { Answer, Call } from './fake-server.ts'
import { ago, LOCAL } from './fixtures.ts'

/** What the fake server knows of people and what acts for them. */
export type FakePeople = {
  user: User
  sessions: SessionView[]
  keys: ApiKey[]
  members: User[]
  invitations: Invitation[]
  tenantKeys: TenantApiKey[]
}

/** An id that looks like one of ours. */
export const uuid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`

export function makeUser(number: number, changes: Partial<User> = {}): User {
  return {
    id: uuid(number),
    email: `person${number}@example.com`,
    name: `Person ${number}`,
    avatar_url: null,
    role: 'user',
    tenant_id: 'default',
    created_at: ago(900),
    logline_id: `LL-BR-2026-${String(number).padStart(9, '0')}-9F3A01BC`,
    ...changes,
  }
}

const ANA = makeUser(1, { name: 'Ana Lobo', email: 'ana@example.com', role: 'admin' })

export const signedInAs = (user: User) => ({
  ...LOCAL,
  mode: 'authenticated' as const,
  has_accounts: true,
  principal: {
    id: `user:${user.id}`,
    ownerId: `user:${user.id}`,
    kind: 'user',
    tenantId: user.tenant_id,
    role: user.role,
    permissions: ['read', 'write'],
    name: user.name,
    loglineId: user.logline_id,
  } satisfies Principal,
})

export function makeSession(number: number, changes: Partial<SessionView> = {}): SessionView {
  return {
    id: uuid(number),
    created_at: ago(number),
    last_used_at: number % 2 ? ago(number) : null,
    expires_at: ago(-900),
    revoked_at: null,
    ip: '192.0.2.7',
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0',
    current: false,
    ...changes,
  }
}

export function makeKey(number: number, changes: Partial<ApiKey> = {}): ApiKey {
  return {
    id: uuid(number),
    name: `agent ${number}`,
    prefix: 'csk_abcdefgh',
    permissions: ['read', 'write'],
    policies: [],
    created_at: ago(number),
    expires_at: null,
    last_used_at: null,
    revoked_at: null,
    ...changes,
  }
}

export const noPeople = (): FakePeople => ({
  user: ANA,
  sessions: [],
  keys: [],
  members: [ANA],
  invitations: [],
  tenantKeys: [],
})

/** Undefined where it is about something else. */
export function answerPeople(people: FakePeople, { method, path, body }: Call): Answer | undefined {
  const ok = (answer: unknown, status = 200): Answer => ({ status, body: answer })
  const sent = body as Record<string, string>
  switch (`${method} ${path}`) {
    case 'GET /api/v1/auth/me':
      return ok(people.user)
    case 'PATCH /api/v1/auth/me':
      people.user = { ...people.user, ...sent }
      return ok(people.user)
    case 'GET /api/v1/auth/sessions':
      return ok({ sessions: people.sessions })
    case 'GET /api/v1/auth/passkeys':
      return ok({ passkeys: [] })
    case 'GET /api/v1/auth/api-keys':
      return ok({ api_keys: people.keys })
    case 'POST /api/v1/auth/api-keys': {
      const key = makeKey(people.keys.length + 500, sent)
      people.keys = [key, ...people.keys]
      return ok({ ...key, key: `csk_${'k'.repeat(43)}` }, 201)
    }
    case 'GET /api/v1/tenant/members':
      return ok({ members: people.members })
    case 'GET /api/v1/tenant/api-keys':
      return ok({ api_keys: people.tenantKeys })
    case 'GET /api/v1/auth/invitations':
      return ok({ invitations: people.invitations })
    case 'POST /api/v1/auth/invitations': {
      const made = makeInvitation(people.invitations.length + 500, sent)
      people.invitations = [made, ...people.invitations]
      return ok({ ...made, invitation_token: `csi_${'i'.repeat(43)}` }, 201)
    }
    default:
      return undefined
  }
}

export function makeInvitation(number: number, changes: Partial<Invitation> = {}): Invitation {
  return {
    id: uuid(number),
    email: `invited${number}@example.com`,
    role: 'user',
    status: 'pending',
    created_by: `user:${ANA.id}`,
    created_at: ago(number),
    expires_at: ago(-900),
    accepted_at: null,
    revoked_at: null,
    ...changes,
  }
}
