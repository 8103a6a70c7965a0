import { DEFAULT_TENANT, type Principal } from '../kernel/schema.ts'
import { AppError } from '../lib/errors.ts'
import type { Permission, Role } from './schema.ts'

/** @throws AppError FORBIDDEN unless the principal has one of these roles. */
export function requireRole(principal: Principal, roles: readonly Role[]): void {
  if (roles.includes(principal.role)) return
  throw forbidden(`expected role ${orList(roles)}, got role '${principal.role}' of ${principal.id}`, 'role')
}

/**
 * For what an agent's key must not do although its owner may: change the rules it is held to, or settle what it did.
 *
 * @throws AppError FORBIDDEN for API keys.
 */
export function requirePerson(principal: Principal): void {
  if (principal.kind !== 'agent') return
  throw forbidden(`expected a person, got the API key ${principal.id}: sign in first`, 'kind')
}

/**
 * For what concerns all tenants, such as the keys that sign: an administrator of the installation's own tenant.
 *
 * @throws AppError FORBIDDEN for API keys, for other roles and for administrators of other tenants.
 */
export function requireOperator(principal: Principal): void {
  requirePerson(principal)
  requireRole(principal, ['admin'])
  if (isOperator(principal)) return
  throw forbidden(
    `expected an administrator of the installation, got ${principal.id}, who administers a tenant of their own`,
    'tenant',
  )
}

/** Whether a principal administers the installation's own tenant, and with it the installation. */
export function isOperator({ kind, role, tenantId }: Principal): boolean {
  return kind !== 'agent' && role === 'admin' && tenantId === DEFAULT_TENANT
}

const BUILDERS = { change: ['admin', 'developer'], remove: ['admin'] } as const

/**
 * For what runs are made of, workflows, tools and agents: people say it, by their role. A key that could change what is
 * there would give itself a tool, or take out the gate it has to pass.
 *
 * @throws AppError FORBIDDEN for API keys and for other roles.
 */
export function requireBuilder(principal: Principal, act: keyof typeof BUILDERS): void {
  requirePerson(principal)
  requireRole(principal, BUILDERS[act])
}

/**
 * For a workflow that was not there before. It gives nobody anything, because policies decide on each call of a tool; so a
 * script may bring it with the key of somebody who may build.
 *
 * @throws AppError FORBIDDEN for other roles.
 */
export function requireAuthor(principal: Principal): void {
  requireRole(principal, BUILDERS.change)
}

/** @throws AppError FORBIDDEN unless the principal, which may be a restricted API key, has this permission. */
export function requirePermission(principal: Principal, permission: Permission): void {
  if (principal.permissions.includes(permission)) return
  const held = principal.permissions.map((name) => `'${name}'`).join(', ') || 'none'
  throw forbidden(
    `expected permission '${permission}', got ${held} of ${principal.id}: use a key that has it`,
    'permissions',
  )
}

/**
 * The id of the signed-in user, for what people do and keys must not.
 *
 * @throws AppError FORBIDDEN for API keys, services and the built-in local administrator.
 */
export function requireUser(principal: Principal): string {
  if (principal.kind === 'user') return ownerIdOf(principal)
  throw forbidden(`expected a signed-in user, got ${principal.kind} ${principal.id}: sign in first`, 'kind')
}

/** The id of the user row that a principal acts for. */
export function ownerIdOf(principal: Principal): string {
  if (principal.ownerId.startsWith('user:')) return principal.ownerId.slice('user:'.length)
  throw forbidden(
    `expected a user or an API key, got ${principal.kind} ${principal.id}: sign in first`,
    'kind',
  )
}

function forbidden(message: string, path: string): AppError {
  return new AppError({
    code: 'FORBIDDEN',
    status: 403,
    message,
    details: [{ path: `principal.${path}`, message, type: 'forbidden', code: 'FORBIDDEN' }],
  })
}

const orList = (names: readonly string[]) => names.map((name) => `'${name}'`).join(' or ')
