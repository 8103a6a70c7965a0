import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../lib/errors.ts'
import { IJsonError } from '../lib/i-json.ts'
import { isStorageFailure } from '../lib/is-storage-failure.ts'
import { describeIssues, type ValidationVocabulary, validationError } from '../lib/validation.ts'
import { InvalidInput } from './invalid-input.ts'

/** How the faults of a request are named where a route has no words of its own. */
export const REQUEST_VOCABULARY: ValidationVocabulary = {
  code: 'REQUEST_VALIDATION_ERROR',
  message: 'Request failed validation',
  detailCode: () => 'REQUEST_VALIDATION_ERROR',
}

/** The one funnel: whatever was thrown becomes the error envelope. Only an AppError keeps its words. */
export function sendError(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = toAppError(error, request.routeOptions.config.vocabulary ?? REQUEST_VOCABULARY)
  if (known.status >= 500) request.log.error({ error, code: known.code }, 'request failed')
  return reply.code(known.status).headers(known.headers).send(known.toEnvelope())
}

function toAppError(error: FastifyError | Error, vocabulary: ValidationVocabulary): AppError {
  if (error instanceof AppError) return error
  if (error instanceof InvalidInput)
    return validationError(describeIssues(error.issues, error.input), vocabulary)
  if (error instanceof IJsonError) {
    return validationError([{ path: error.path, message: error.message, type: 'json_invalid' }], vocabulary)
  }
  const { statusCode, code } = error as FastifyError
  const explained = code ? TRANSPORT_ERRORS[code] : undefined
  if (explained) return requestError(statusCode ?? 400, ...explained)
  if (statusCode && statusCode >= 400 && statusCode < 500)
    return requestError(statusCode, 'BAD_REQUEST', error.message)
  if (isStorageFailure(error)) {
    return requestError(
      503,
      'STORAGE_UNAVAILABLE',
      'The database does not answer; nothing was changed. See /healthz',
      error,
    )
  }
  return requestError(
    500,
    'INTERNAL_ERROR',
    'Something went wrong here; the log has the details under x-request-id',
    error,
  )
}

const TRANSPORT_ERRORS: Record<string, [code: string, message: string]> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'expected content-type application/json'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['BODY_TOO_LARGE', 'expected a body of at most 1 MiB'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['BAD_REQUEST', 'expected a body as long as content-length says'],
  FST_ERR_BAD_URL: ['BAD_REQUEST', 'expected a path in valid percent-encoding'],
  FST_ERR_MAX_PARAM_LENGTH: ['URI_TOO_LONG', 'expected ids of at most 256 characters'],
}

function requestError(status: number, code: string, message: string, cause?: unknown): AppError {
  return new AppError({
    code,
    status,
    message,
    details: [{ path: '', message, type: status >= 500 ? 'internal_error' : 'request_error', code }],
    ...(cause !== undefined && { cause }),
  })
}

export function badRequest(message: string): AppError {
  return requestError(400, 'BAD_REQUEST', message)
}

export function unauthenticated(message: string): AppError {
  return new AppError({
    code: 'UNAUTHENTICATED',
    status: 401,
    message,
    details: [{ path: 'authorization', message, type: 'auth_error', code: 'UNAUTHENTICATED' }],
    headers: { 'www-authenticate': 'Bearer' },
  })
}

export function forbidden(message: string): AppError {
  return new AppError({
    code: 'FORBIDDEN',
    status: 403,
    message,
    details: [{ path: 'authorization', message, type: 'auth_error', code: 'FORBIDDEN' }],
  })
}
