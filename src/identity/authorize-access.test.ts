import { expect, test } from 'vitest'
import type { Principal } from '../kernel/schema.ts'
import { requirePermission, requireRole, requireUser } from './authorize-access.ts'

const user: Principal = {
  id: 'user:7',
  ownerId: 'user:7',
  kind: 'user',
  tenantId: 'default',
  role: 'user',
  permissions: ['read', 'write'],
  name: 'Ana',
  loglineId: null,
}
const key: Principal = { ...user, id: 'key:1', kind: 'agent', permissions: ['read'] }
const local: Principal = { ...user, id: 'local', ownerId: 'local', kind: 'local', role: 'admin' }

const messageOf = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    return error
  }
  return null
}

test('a role that was asked for passes, another is 403 and says what was needed and what came', () => {
  expect(messageOf(() => requireRole(user, ['admin', 'user']))).toBeNull()
  expect(messageOf(() => requireRole(user, ['admin', 'developer']))).toMatchObject({
    code: 'FORBIDDEN',
    status: 403,
    message: "expected role 'admin' or 'developer', got role 'user' of user:7",
  })
})

test('a permission that the key has passes, another is 403 and says what was needed and what came', () => {
  expect(messageOf(() => requirePermission(key, 'read'))).toBeNull()
  expect(messageOf(() => requirePermission(key, 'write'))).toMatchObject({
    code: 'FORBIDDEN',
    status: 403,
    message: "expected permission 'write', got 'read' of key:1: use a key that has it",
  })
})

test('only a signed-in user is a user', () => {
  expect(requireUser(user)).toBe('7')
  for (const other of [key, local]) {
    expect(messageOf(() => requireUser(other))).toMatchObject({ code: 'FORBIDDEN', status: 403 })
  }
})
