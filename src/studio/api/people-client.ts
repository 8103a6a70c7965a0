import type {
  ApiKey,
  ApiKeyCreated,
  ApiKeyInput,
  Invitation,
  InvitationCreated,
  InvitationInput,
  LoginInput,
  RegisterInput,
  Role,
  SessionView,
  TenantApiKey,
  User,
  UserChange,
} from '../../identity/schema.ts'
import { pathOf, requestJson } from './request.ts'

/** Accounts, sessions, keys and members: one entry per capability. */

type Signal = { signal?: AbortSignal }

export function loginUser(credentials: LoginInput): Promise<unknown> {
  return requestJson('/api/v1/auth/login', { method: 'POST', body: credentials, mayRefresh: false })
}

export function registerUser(account: RegisterInput): Promise<unknown> {
  return requestJson('/api/v1/auth/register', { method: 'POST', body: account, mayRefresh: false })
}

export function logoutUser(): Promise<unknown> {
  return requestJson('/api/v1/auth/logout', { method: 'POST', body: {}, mayRefresh: false })
}

export function readUser({ signal }: Signal = {}): Promise<User> {
  return requestJson('/api/v1/auth/me', { signal })
}

export function updateUser(change: UserChange): Promise<User> {
  return requestJson('/api/v1/auth/me', { method: 'PATCH', body: change })
}

export async function listSessions({ signal }: Signal = {}): Promise<SessionView[]> {
  const { sessions } = await requestJson<{ sessions: SessionView[] }>('/api/v1/auth/sessions', { signal })
  return sessions
}

export function revokeSession(id: string): Promise<SessionView> {
  return requestJson(pathOf`/api/v1/auth/sessions/${id}/revoke`, { method: 'POST' })
}

export async function listApiKeys({ signal }: Signal = {}): Promise<ApiKey[]> {
  const { api_keys } = await requestJson<{ api_keys: ApiKey[] }>('/api/v1/auth/api-keys', { signal })
  return api_keys
}

export function createApiKey(input: ApiKeyInput): Promise<ApiKeyCreated> {
  return requestJson('/api/v1/auth/api-keys', { method: 'POST', body: input })
}

export function revokeApiKey(id: string): Promise<ApiKey> {
  return requestJson(pathOf`/api/v1/auth/api-keys/${id}/revoke`, { method: 'POST' })
}

export async function listMembers({ signal }: Signal = {}): Promise<User[]> {
  const { members } = await requestJson<{ members: User[] }>('/api/v1/tenant/members', { signal })
  return members
}

export function changeRole(userId: string, role: Role): Promise<User> {
  return requestJson(pathOf`/api/v1/tenant/members/${userId}`, { method: 'PATCH', body: { role } })
}

export async function listInvitations({ signal }: Signal = {}): Promise<Invitation[]> {
  const answer = await requestJson<{ invitations: Invitation[] }>('/api/v1/auth/invitations', { signal })
  return answer.invitations
}

export function createInvitation(input: InvitationInput): Promise<InvitationCreated> {
  return requestJson('/api/v1/auth/invitations', { method: 'POST', body: input })
}

export function revokeInvitation(id: string): Promise<Invitation> {
  return requestJson(pathOf`/api/v1/auth/invitations/${id}/revoke`, { method: 'POST' })
}

export async function listTenantKeys({ signal }: Signal = {}): Promise<TenantApiKey[]> {
  const answer = await requestJson<{ api_keys: TenantApiKey[] }>('/api/v1/tenant/api-keys', { signal })
  return answer.api_keys
}
