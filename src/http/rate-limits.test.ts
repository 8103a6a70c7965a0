import { afterEach, expect, test, vi } from 'vitest'
import type { Principal } from '../kernel/schema.ts'
import { AppError } from '../lib/errors.ts'
import { createRateLimits } from './rate-limits.ts'

afterEach(() => {
  vi.useRealTimers()
})

const NONE = { attempt: 0, account: 0, address: 0, user: 0, apiKey: 0, tenant: 0 }
const principal = (kind: Principal['kind'], id: string, tenantId = 'acme'): Principal => ({
  id,
  ownerId: id,
  kind,
  tenantId,
  role: 'user',
  permissions: ['read', 'write'],
  name: id,
  loglineId: null,
})
const ana = principal('user', 'user:ana')
const agent = principal('agent', 'key:1')

async function countUntilRefused(count: () => Promise<unknown>): Promise<{ passed: number; error: unknown }> {
  for (let passed = 0; passed < 50; passed++) {
    try {
      await count()
    } catch (error) {
      return { passed, error }
    }
  }
  throw new Error('never refused')
}

test.each([
  ['an address without a credential', { address: 3 }, null],
  ['a user', { user: 3 }, ana],
  ['an API key', { apiKey: 3 }, agent],
  ['all of a tenant', { tenant: 3 }, agent],
])('%s is refused beyond its limit, with the seconds to wait', async (_, settings, who) => {
  const limits = createRateLimits({ ...NONE, ...settings }, null)
  expect(await limits.countRequest(who, '192.0.2.1')).toEqual({
    limit: 3,
    remaining: 2,
    resetSeconds: expect.any(Number),
  })
  const { passed, error } = await countUntilRefused(() => limits.countRequest(who, '192.0.2.1'))
  expect(passed).toBe(2)
  expect(error).toMatchObject({ code: 'RATE_LIMITED', status: 429 })
  const seconds = Number((error as { headers: Record<string, string> }).headers['retry-after'])
  expect(seconds).toBeGreaterThan(0)
  expect(seconds).toBeLessThanOrEqual(60)
})

test('one who is refused does not hinder another: address, user, key and tenant are counted apart', async () => {
  const limits = createRateLimits({ attempt: 1, account: 1, address: 1, user: 1, apiKey: 1, tenant: 2 }, null)
  await limits.countRequest(null, '192.0.2.1')
  await limits.countRequest(null, '192.0.2.2')
  await limits.countAttempt('192.0.2.1')
  await limits.countRequest(ana, '192.0.2.1')
  await limits.countRequest(agent, '192.0.2.1')
  await limits.countRequest(principal('user', 'user:ben', 'other'), '192.0.2.1')
  await expect(limits.countRequest(principal('user', 'user:eve'), '192.0.2.9')).rejects.toMatchObject({
    code: 'RATE_LIMITED',
  })
})

test('the local administrator is not counted, and a limit of 0 is none', async () => {
  const strict = createRateLimits({ attempt: 1, account: 1, address: 1, user: 1, apiKey: 1, tenant: 1 }, null)
  const open = createRateLimits(NONE, null)
  for (let n = 0; n < 5; n++) {
    expect(await strict.countRequest(principal('local', 'local'), '127.0.0.1')).toBeNull()
    expect(await open.countRequest(ana, '127.0.0.1')).toBeNull()
    expect(await open.countAttempt('127.0.0.1')).toBeNull()
  }
})

test('attempts are counted in this process when the database does not answer', async () => {
  const limits = createRateLimits(
    { ...NONE, attempt: 3 },
    { transaction: () => Promise.reject(new Error('gone')) },
  )
  expect((await countUntilRefused(() => limits.countAttempt('192.0.2.1'))).passed).toBe(3)
})

test('counting begins anew a minute after the first request', async () => {
  vi.useFakeTimers()
  const limits = createRateLimits({ ...NONE, address: 2 }, null)
  const { passed, error } = await countUntilRefused(() => limits.countRequest(null, '192.0.2.1'))
  expect([passed, (error as { headers: object }).headers]).toEqual([2, { 'retry-after': '60' }])
  vi.advanceTimersByTime(59_999)
  await expect(limits.countRequest(null, '192.0.2.1')).rejects.toMatchObject({
    headers: { 'retry-after': '1' },
  })
  vi.advanceTimersByTime(1)
  expect(await limits.countRequest(null, '192.0.2.1')).toMatchObject({ remaining: 1, resetSeconds: 60 })
})

test('an IPv6 address is counted by its /64, and one that maps an IPv4 address as that', async () => {
  const limits = createRateLimits({ ...NONE, attempt: 2 }, null)
  await limits.countAttempt('2001:db8:1:2::1')
  await limits.countAttempt('2001:db8:1:2:ffff::9%eth0')
  await expect(limits.countAttempt('2001:db8:1:2::3')).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  expect(await limits.countAttempt('2001:db8:1:3::1')).toMatchObject({ remaining: 1 })
  await limits.countAttempt('192.0.2.1')
  expect(await limits.countAttempt('::ffff:192.0.2.1')).toMatchObject({ remaining: 0 })
  expect(await limits.countAttempt('::ffff:192.0.2.2')).toMatchObject({ remaining: 1 })
})

test('a guess at a credential is counted before it is looked up, and beyond the limit nothing is looked up', async () => {
  const limits = createRateLimits({ ...NONE, address: 3 }, null)
  let asked = 0
  const unknown = async () => {
    asked++
    throw new AppError({ code: 'UNAUTHENTICATED', status: 401, message: 'unknown' })
  }
  const known = async () => ({ principal: agent })
  await limits.countGuess('good', '192.0.2.1', known)
  // All at once, so that none is refused by what another's look-up found.
  const guesses = Array.from({ length: 10 }, (_, n) => limits.countGuess(`bad ${n}`, '192.0.2.1', unknown))
  const codes = (await Promise.allSettled(guesses)).map(
    (guess) => (guess as PromiseRejectedResult).reason.code,
  )
  expect([asked, codes.filter((code) => code === 'RATE_LIMITED').length]).toEqual([3, 7])
  // A neighbour behind the same address whose credential was good before is not kept out.
  expect(await limits.countGuess('good', '192.0.2.1', known)).toEqual({ principal: agent })
})

test('requests without a credential keep no new key of a neighbour out', async () => {
  const limits = createRateLimits({ ...NONE, address: 2 }, null)
  await countUntilRefused(() => limits.countRequest(null, '192.0.2.1'))
  const known = async () => ({ principal: agent })
  expect(await limits.countGuess('new', '192.0.2.1', known)).toEqual({ principal: agent })
})

test('a credential that is good takes nothing from its address, and one that is revoked counts again', async () => {
  const limits = createRateLimits({ ...NONE, address: 1 }, null)
  for (let n = 0; n < 5; n++)
    await limits.countGuess(`key ${n}`, '192.0.2.1', async () => ({ principal: agent }))
  const revoked = () =>
    limits.countGuess('key 1', '192.0.2.1', () => {
      throw new AppError({ code: 'UNAUTHENTICATED', status: 401, message: 'revoked' })
    })
  await expect(revoked()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  await expect(revoked()).rejects.toMatchObject({ code: 'RATE_LIMITED' })
})
