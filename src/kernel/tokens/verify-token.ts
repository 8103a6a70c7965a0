import type { Context } from '../context.ts'
import { ExecutionClaims } from './schema.ts'
import { tokenRefused } from './token-errors.ts'

/** Of its own type, so that no other token of this installation passes for one (RFC 8725 §3.11). */
export const TOKEN_TYPE = 'exec+jwt'

export const audienceOf = (action: string) => `countersign:executor:${action}`

/**
 * The claims of an execution token for this action and tenant. Whether it was spent is only known when it is redeemed.
 *
 * @param authorization the `Authorization` header as it came.
 * @throws AppError 403 with the code that names what is wrong, in this order: missing, invalid, action.
 */
export async function verifyToken(
  context: Context,
  authorization: string | undefined,
  action: string,
): Promise<ExecutionClaims> {
  const token = /^Bearer +(\S+)\s*$/i.exec(authorization ?? '')?.[1]
  if (!token) throw tokenRefused('EXECUTION_TOKEN_MISSING', 'Execution token is required')
  const parsed = ExecutionClaims.safeParse(await context.tokenKeys.verify(token, TOKEN_TYPE))
  const { installation } = context.settings
  const claims = parsed.data
  const known = claims && claims.iss === installation && claims.tenant === context.principal.tenantId
  if (!known || claims.nbf > context.clock.now() / 1000 + 5) {
    throw tokenRefused('EXECUTION_TOKEN_INVALID', 'Execution token is invalid')
  }
  if (claims.act !== action || claims.aud !== audienceOf(action)) {
    throw tokenRefused(
      'EXECUTION_ACTION_MISMATCH',
      `Execution token is for '${claims.act}', this executor runs '${action}'`,
    )
  }
  return claims
}
