import type { FastifyRequest } from 'fastify'
import { type AuditEntry, recordAudit } from '../kernel/audit/record-audit.ts'
import { AppError } from '../lib/errors.ts'
import { contextFor } from './authenticate.ts'
import type { HttpContext } from './http-context.ts'

const WRONG = ['WRONG_PASSWORD', 'PASSKEY_REFUSED']

/**
 * Lets whoever is signed in show once more who they are, for what `about` names. What was wrong is entered in the audit log.
 * Wrong passwords are counted by account; a passkey cannot be guessed.
 *
 * @throws AppError RATE_LIMITED, or whatever `prove` refuses with.
 */
export async function proveAnew<T>(
  request: FastifyRequest,
  { http, method, about }: Proof,
  prove: () => Promise<T>,
): Promise<T> {
  const context = contextFor(request, http)
  const tellWrong = () =>
    prove().catch(async (error) => {
      if (error instanceof AppError && WRONG.includes(error.code)) {
        await recordAudit(context, { action: 'failed_login', ...about, changes: { method } })
      }
      throw error
    })
  return method === 'password'
    ? http.rateLimits.countPassword(context.principal.ownerId, tellWrong)
    : tellWrong()
}

type Proof = {
  http: HttpContext
  method: 'password' | 'passkey'
  about: Pick<AuditEntry, 'resourceType' | 'resourceId'>
}
