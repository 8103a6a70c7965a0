import { expect, test } from 'vitest'
import { createPasswordHashing } from './password-hashing.ts'

test('a password verifies against its own hash only', async () => {
  const passwords = createPasswordHashing()
  const hash = await passwords.hashPassword('open sesame')
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(hash).not.toBe(await passwords.hashPassword('open sesame'))
  expect(await passwords.verifyPassword(hash, 'open sesame')).toBe(true)
  expect(await passwords.verifyPassword(hash, 'open sesam')).toBe(false)
})

test('without a hash a verification still runs, and fails', async () => {
  const passwords = createPasswordHashing()
  expect(await passwords.verifyPassword(null, 'anything')).toBe(false)
  expect(passwords.counts().verified).toBe(1)
})

test('at most four run at once, the rest wait their turn, and one too many is 429 with Retry-After', async () => {
  const passwords = createPasswordHashing({ running: 4, waiting: 3 })
  let most = 0
  const watch = setInterval(() => {
    most = Math.max(most, passwords.counts().running)
  }, 1)
  const outcomes = Promise.allSettled(Array.from({ length: 9 }, () => passwords.hashPassword('password')))
  expect(passwords.counts()).toMatchObject({ running: 4, waiting: 3, refused: 2 })
  const refused = (await outcomes).filter((outcome) => outcome.status === 'rejected')
  clearInterval(watch)
  expect(refused.length).toBe(2)
  expect(refused[0]?.reason).toMatchObject({
    code: 'RATE_LIMITED',
    status: 429,
    headers: { 'Retry-After': '1' },
  })
  expect(most).toBe(4)
  expect(passwords.counts()).toMatchObject({ running: 0, waiting: 0, hashed: 7 })
})

test('by default four wait', async () => {
  const passwords = createPasswordHashing()
  const outcomes = Promise.allSettled(Array.from({ length: 10 }, () => passwords.verifyPassword(null, 'x')))
  expect(passwords.counts()).toMatchObject({ running: 4, waiting: 4, refused: 2 })
  await outcomes
})

test('a verification that throws gives its place back', async () => {
  const passwords = createPasswordHashing({ running: 1, waiting: 1 })
  await expect(passwords.verifyPassword('not a hash', 'password')).rejects.toThrow()
  expect(await passwords.verifyPassword(null, 'password')).toBe(false)
  expect(passwords.counts().running).toBe(0)
})
