import { hash, verify } from '@node-rs/argon2'
import { AppError } from '../lib/errors.ts'

/** Argon2id as OWASP advises; the algorithm is the library's default. */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Of a random password that nobody kept, with the same cost as every other: what an unknown e-mail is verified against. */
const DUMMY_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$styxUzgD0P9wYWA0YO0lng$XTE5mMYXOAqvNCs0O8lZKVSpMEhdBk7aJZkiN+eqamo'

export type PasswordHashing = {
  hashPassword(password: string): Promise<string>
  /** Without a hash it takes as long and answers false, so that time does not tell whether an account exists. */
  verifyPassword(passwordHash: string | null, password: string): Promise<boolean>
  counts(): { running: number; waiting: number; hashed: number; verified: number; refused: number }
}

/**
 * Argon2id behind a bounded queue. One hash costs 13 ms of a core and 19 MiB, which makes sign-in the cheapest way to
 * drown a server (76 verifications a second on two cores): at most 4 run, 4 wait, the rest are told to come back.
 *
 * @throws AppError RATE_LIMITED when the line is full.
 */
export function createPasswordHashing(limits = { running: 4, waiting: 4 }): PasswordHashing {
  const line: (() => void)[] = []
  const counts = { running: 0, hashed: 0, verified: 0, refused: 0 }

  const takeTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (counts.running < limits.running) counts.running++
    else if (line.length < limits.waiting) await new Promise<void>((resolve) => line.push(resolve))
    else {
      counts.refused++
      throw rateLimited()
    }
    try {
      return await work()
    } finally {
      // The place is handed to the next in line, so nobody can slip in between.
      const next = line.shift()
      if (next) next()
      else counts.running--
    }
  }

  return {
    hashPassword: (password) =>
      takeTurn(async () => {
        counts.hashed++
        return hash(password, ARGON2)
      }),
    verifyPassword: (passwordHash, password) =>
      takeTurn(async () => {
        counts.verified++
        const matches = await verify(passwordHash ?? DUMMY_HASH, password)
        return matches && passwordHash !== null
      }),
    counts: () => ({ ...counts, waiting: line.length }),
  }
}

function rateLimited(): AppError {
  return new AppError({
    code: 'RATE_LIMITED',
    status: 429,
    message: 'too many sign-ins and registrations at once: try again in a second',
    headers: { 'Retry-After': '1' },
  })
}
