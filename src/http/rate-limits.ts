import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Kernel } from '../kernel/context.ts'
import type { Principal } from '../kernel/schema.ts'
import { AppError } from '../lib/errors.ts'
import { sha256 } from '../lib/hash.ts'
import { addressKey } from './address-key.ts'
import { AttemptLimiter } from './attempt-limiter.ts'

/** How many a minute; 0 is no limit. */
export type RateLimitSettings = {
  /** Sign-ins, registrations and whatever else tries a password or a one-time token, from one address. */
  attempt: number
  /** Tries of the password of one account, from wherever they come. */
  account: number
  /** Requests from one address without a valid credential. */
  address: number
  user: number
  apiKey: number
  tenant: number
}

/** What is left of the limit that is nearest to its end. */
export type Allowance = { limit: number; remaining: number; resetSeconds: number }

export type RateLimits = {
  /** @throws AppError RATE_LIMITED */
  countAttempt(address: string): Promise<Allowance | null>
  /** Counts a try of the password of an account, by what it is known by. @throws AppError RATE_LIMITED */
  countAccount(account: string): Promise<Allowance | null>
  /**
   * Tries the password of an account for somebody who is signed in to it. Counts before it tries, and gives back what was no
   * wrong password, so that who knows it is never kept from anything. @throws AppError RATE_LIMITED
   */
  countPassword<T>(account: string, tryPassword: () => Promise<T>): Promise<T>
  /** @throws AppError RATE_LIMITED */
  countRequest(principal: Principal | null, address: string): Promise<Allowance | null>
  /**
   * Looks up whose a credential is. One that was not found good in this process before counts as a guess of its address
   * before anything is asked, and is given back when it is good. @throws AppError RATE_LIMITED
   */
  countGuess<T extends { principal: Principal | null }>(
    credential: string,
    address: string,
    lookUp: () => Promise<T>,
  ): Promise<T>
}

const WINDOW_SECONDS = 60
/** Wrong passwords of one account a minute from its own sessions: who is signed in knows it. */
const MOST_WRONG_PASSWORDS = 10
/** Credentials that were good: what is forgotten is counted once more, and given back. */
const MAX_REMEMBERED = 10_000

/**
 * Counts requests by who sends them. Attempts to sign in are counted for the whole installation when several servers
 * may share its database (`shared`). All others are counted by each server for itself: a write for each request
 * would cost more than what the limit protects.
 */
export function createRateLimits(
  settings: RateLimitSettings,
  shared: Pick<Kernel['database'], 'transaction'> | null,
): RateLimits {
  // Bad credentials by themselves, so that a neighbour's requests without any keep nobody's new key out.
  const limits = {
    ...settings,
    guess: settings.address,
    password: Math.min(settings.account, MOST_WRONG_PASSWORDS),
  }
  const limiterOf = (name: keyof typeof limits): RateLimiterAbstract => {
    const options = { keyPrefix: name, points: limits[name], duration: WINDOW_SECONDS }
    const isShared = name === 'attempt' || name === 'account' || name === 'password'
    return shared && isShared ? new AttemptLimiter(shared, options) : new RateLimiterMemory(options)
  }
  const limiters = {
    attempt: limiterOf('attempt'),
    account: limiterOf('account'),
    password: limiterOf('password'),
    address: limiterOf('address'),
    guess: limiterOf('guess'),
    user: limiterOf('user'),
    apiKey: limiterOf('apiKey'),
    tenant: limiterOf('tenant'),
  }
  const count = async (name: keyof typeof limits, key: string): Promise<Allowance | null> => {
    const limit = limits[name]
    if (limit === 0) return null
    try {
      const { remainingPoints, msBeforeNext } = await limiters[name].consume(key)
      return { limit, remaining: remainingPoints, resetSeconds: secondsOf(msBeforeNext) }
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused
      throw rateLimited(limit, secondsOf(refused.msBeforeNext))
    }
  }
  const good = new Set<string>()

  return {
    countAttempt: (address) => count('attempt', addressKey(address)),
    // Hashed, because an e-mail that nobody registered is still somebody's.
    countAccount: (account) => count('account', sha256(account).toString('hex')),
    async countPassword(account, tryPassword) {
      const key = sha256(account).toString('hex')
      const counted = await count('password', key)
      let isWrong = false
      try {
        return await tryPassword()
      } catch (error) {
        isWrong = error instanceof AppError && error.code === 'WRONG_PASSWORD'
        throw error
      } finally {
        if (counted && !isWrong) await limiters.password.reward(key, 1)
      }
    },
    async countRequest(principal, address) {
      if (!principal) return count('address', addressKey(address))
      if (principal.kind === 'local') return null
      const own = await count(principal.kind === 'agent' ? 'apiKey' : 'user', principal.id)
      const tenant = await count('tenant', principal.tenantId)
      return own && tenant ? (tenant.remaining < own.remaining ? tenant : own) : (own ?? tenant)
    },
    async countGuess(credential, address, lookUp) {
      const name = sha256(credential).toString('base64')
      const from = addressKey(address)
      // Neighbours behind one address are not kept out by another one's guesses: what was good is not counted.
      const counted = good.has(name) ? null : await count('guess', from)
      const giveBack = () => counted && limiters.guess.reward(from, 1)
      try {
        const found = await lookUp()
        if (!found.principal) return found
        if (good.size >= MAX_REMEMBERED) good.clear()
        good.add(name)
        await giveBack()
        return found
      } catch (error) {
        const isGuess = error instanceof AppError && error.status < 500
        if (!isGuess) await giveBack()
        else {
          if (good.delete(name)) await count('guess', from)
          await count('address', from)
        }
        throw error
      }
    },
  }
}

const secondsOf = (milliseconds: number) => Math.max(1, Math.ceil(milliseconds / 1000))

function rateLimited(limit: number, seconds: number): AppError {
  const code = 'RATE_LIMITED'
  const message = `expected at most ${limit} requests a minute, got more: try again in ${seconds} s`
  return new AppError({
    code,
    status: 429,
    message,
    details: [{ path: '', message, type: 'rate_limited', code }],
    headers: { 'retry-after': String(seconds) },
  })
}
