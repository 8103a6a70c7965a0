import { AppError, stateConflict } from '../../lib/errors.ts'

type TokenErrorCode =
  | 'EXECUTION_TOKEN_MISSING'
  | 'EXECUTION_TOKEN_INVALID'
  | 'EXECUTION_TOKEN_EXPIRED'
  | 'EXECUTION_TOKEN_REPLAYED'
  | 'EXECUTION_ACTION_MISMATCH'
  | 'EXECUTION_PAYLOAD_MISMATCH'

/** The executor's refusal of a token: HTTP 403. */
export function tokenRefused(code: TokenErrorCode, message: string): AppError {
  const path = code === 'EXECUTION_PAYLOAD_MISMATCH' ? 'payload' : 'authorization'
  return new AppError({ code, status: 403, message, details: [{ path, message, type: 'auth_error', code }] })
}

export function decisionNotApproved(decisionId: string, why: string): AppError {
  const message = `Decision '${decisionId}' is not approved for execution`
  return stateConflict('EXECUTION_DECISION_NOT_APPROVED', message, {
    path: 'decision_id',
    message: `${message}: ${why}`,
  })
}

export function decisionExecuted(decisionId: string, effectId: string): AppError {
  const message = `Decision '${decisionId}' has been executed already as '${effectId}'; a new purchase needs a new request_id`
  return stateConflict('EXECUTION_DECISION_ALREADY_EXECUTED', message, { path: 'decision_id' })
}
