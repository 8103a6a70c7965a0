import type { Context } from '../context.ts'
import type { ExecutionClaims } from './schema.ts'
import { tokenRefused } from './token-errors.ts'

/** The payload that a token was minted for. A signed token without a row was not minted here. */
export async function readTokenPayload(
  { database, principal }: Context,
  claims: ExecutionClaims,
): Promise<Record<string, unknown>> {
  const { tenantId } = principal
  const [row] = await database.transaction(tenantId, (session) =>
    session.query<{ payload: Record<string, unknown> }>(
      'SELECT payload FROM execution_tokens WHERE tenant_id = $1 AND jti = $2 AND decision_id = $3',
      [tenantId, claims.jti, claims.decision_id],
    ),
  )
  if (!row) throw tokenRefused('EXECUTION_TOKEN_INVALID', 'Execution token is invalid')
  return row.payload
}
