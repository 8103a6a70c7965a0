import type { FastifyRequest } from 'fastify'
import { findAccount } from '../identity/find-account.ts'
import { recordAudit } from '../kernel/audit/record-audit.ts'
import { DEFAULT_TENANT } from '../kernel/schema.ts'
import { AppError } from '../lib/errors.ts'
import { clientOf } from './client-of.ts'
import type { HttpContext } from './http-context.ts'

/**
 * Records a sign-in that was refused, and refuses it. With the account's tenant, or the installation's where nobody has
 * the e-mail; the e-mail itself is left out, because people type passwords there. Both ways do the same work.
 */
export async function refuseSignIn(
  { kernel, identity }: HttpContext,
  request: FastifyRequest,
  email: string,
  refusal: unknown,
): Promise<never> {
  if (refusal instanceof AppError && refusal.code === 'INVALID_CREDENTIALS') {
    const account = await findAccount(identity, email)
    const principal = {
      id: 'anonymous',
      ownerId: 'anonymous',
      tenantId: account?.tenantId ?? DEFAULT_TENANT,
    }
    await recordAudit(
      { ...kernel, principal, client: clientOf(request) },
      { action: 'failed_login', resourceType: 'user', resourceId: account?.userId ?? null },
    )
  }
  throw refusal
}

const MINUTE_MS = 60_000
const MAX_REMEMBERED = 10_000

/** Records that an API key was used, once a minute for each, whichever process it was used at. */
export function makeKeyAudit({
  kernel,
}: Pick<HttpContext, 'kernel'>): (request: FastifyRequest) => Promise<void> {
  const recorded = new Map<string, number>()
  return async (request) => {
    const { principal } = request
    if (!principal?.id.startsWith('key:')) return
    const minute = Math.floor(kernel.clock.now() / MINUTE_MS)
    if (recorded.get(principal.id) === minute) return
    const id = principal.id.replace(/^key:/, '')
    await recordAudit(
      { ...kernel, principal, client: clientOf(request) },
      { action: 'key_used', resourceType: 'api_key', resourceId: id, onceAs: `key_used_${id}_${minute}` },
    )
    if (recorded.size >= MAX_REMEMBERED) recorded.clear()
    recorded.set(principal.id, minute)
  }
}
