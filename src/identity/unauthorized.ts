import { AppError } from '../lib/errors.ts'

/** HTTP 401: a credential was needed, or the one that came does not hold. It says no more than its sender may know. */
export function unauthorized(code: string, message: string, path: string, cause?: unknown): AppError {
  return new AppError({
    code,
    status: 401,
    message,
    details: [{ path, message, type: 'unauthorized', code }],
    headers: { 'WWW-Authenticate': 'Bearer' },
    ...(cause !== undefined && { cause }),
  })
}
