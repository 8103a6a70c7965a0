import { expect, test } from 'vitest'
import { ApiKeyInput, LoginInput, RefreshInput, RegisterInput } from './schema.ts'

const ana = { email: 'ana@example.com', password: '12345678', name: 'Ana' }

test('a registration is trimmed and composed, its password is not trimmed', () => {
  const input = { email: ' Jose\u0301@Example.com ', password: ' pass\u0301word ', name: ' Jose\u0301 ' }
  expect(RegisterInput.parse(input)).toEqual({
    email: 'Jos\u00e9@Example.com',
    password: ' pas\u015bword ',
    name: 'Jos\u00e9',
  })
})

test.each([
  ['an unknown member', { role: 'admin' }],
  ['no e-mail', { email: undefined }],
  ['an e-mail without @', { email: 'ana.example.com' }],
  ['two @', { email: 'a@b@example.com' }],
  ['an e-mail with NUL', { email: 'a\0@example.com' }],
  ['an e-mail with an invisible character', { email: 'a\u200b@example.com' }],
  ['an e-mail with a lone surrogate', { email: 'a\ud800@example.com' }],
  ['an endless e-mail', { email: `${'a'.repeat(300)}@example.com` }],
  ['a password of 7', { password: '1234567' }],
  ['a password of 257', { password: 'x'.repeat(257) }],
  ['a password with a lone surrogate', { password: 'password\ud800' }],
  ['a password that is no text', { password: 12345678 }],
  ['a blank name', { name: '  ' }],
  ['a name of 201', { name: 'x'.repeat(201) }],
  ['a name with NUL', { name: 'A\0' }],
  ['a name with a line break', { name: 'Ana\nApproved' }],
  ['a name that turns the line around', { name: 'Ana\u202e' }],
])('a registration with %s is refused', (_, change) => {
  expect(RegisterInput.safeParse({ ...ana, ...change }).success).toBe(false)
})

test('names in any script pass, joined emoji too', () => {
  for (const name of ['Ана', '日本', 'علی‌رضا', '👩‍👩‍👧']) {
    expect(RegisterInput.safeParse({ ...ana, name }).success).toBe(true)
  }
})

test('a short password may still be tried at sign-in: the answer is that of any wrong one', () => {
  expect(LoginInput.safeParse({ email: ana.email, password: 'x' }).success).toBe(true)
})

test('a refresh may come without a token in its body, for it may be in a cookie', () => {
  expect(RefreshInput.parse({})).toEqual({})
  expect(RefreshInput.safeParse({ refresh_token: 'x', user_id: '1' }).success).toBe(false)
})

test('an API key has both permissions unless it says otherwise', () => {
  expect(ApiKeyInput.parse({ name: 'k' })).toEqual({
    name: 'k',
    permissions: ['read', 'write'],
    policies: [],
  })
  expect(ApiKeyInput.parse({ name: 'k', permissions: ['write'], expires_at: null })).toMatchObject({
    permissions: ['write'],
  })
})

test.each([
  { permissions: [] },
  { permissions: ['admin'] },
  { permissions: ['read', 'read'] },
  { expires_at: '2027-01-01T00:00:00' },
  { expires_at: '2027-01-01' },
  { expires_at: '2027-02-30T00:00:00Z' },
  { expires_at: '9999-12-31T23:59:59-05:00' },
  { expires_at: 1_900_000_000 },
  { tenant_id: 'default' },
])('an API key with %j is refused', (change) => {
  expect(ApiKeyInput.safeParse({ name: 'k', ...change }).success).toBe(false)
})
