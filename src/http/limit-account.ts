import type { FastifyRequest } from 'fastify'
import { emailKey } from '../identity/email-key.ts'
import { hasSessionFrom } from '../identity/has-session-from.ts'
import { addressKey } from './address-key.ts'
import type { HttpContext } from './http-context.ts'

/**
 * Counts a sign-in by the account that it tries, so that many addresses together get no further than one. Guesses of
 * strangers must not keep its owner out: from where they signed in lately, the limit of the address is the only one.
 *
 * @throws AppError RATE_LIMITED
 */
export async function limitAccount(
  { rateLimits, identity }: HttpContext,
  request: FastifyRequest,
  email: string,
): Promise<void> {
  await rateLimits.countAccount(emailKey(email)).catch(async (refusal) => {
    const here = addressKey(request.ip)
    if (await hasSessionFrom(identity, email, (ip) => addressKey(ip) === here)) return
    throw refusal
  })
}
