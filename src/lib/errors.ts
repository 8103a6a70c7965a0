/** One fault in a request or a state, in the shape every error of the API carries. */
export type ErrorDetail = {
  /** Dot-joined member names, e.g. `approval.status`; list positions are part of it: `evidence.0.kind`. */
  path: string
  message: string
  type: string
  code: string
  rule_id?: string
}

type AppErrorFields = {
  code: string
  status: number
  message: string
  details?: ErrorDetail[]
  ruleIds?: string[]
  headers?: Record<string, string>
  cause?: unknown
}

/**
 * The one base of every failure a caller may see. A message states what was expected, what came and what to
 * do next; it never carries a secret. Whatever is not an AppError becomes a 500 without its text.
 */
export class AppError extends Error {
  readonly code: string
  readonly status: number
  readonly details: ErrorDetail[]
  readonly ruleIds: string[] | undefined
  readonly headers: Record<string, string>

  constructor(fields: AppErrorFields) {
    super(fields.message, { cause: fields.cause })
    this.name = 'AppError'
    this.code = fields.code
    this.status = fields.status
    this.details = fields.details ?? []
    this.ruleIds = fields.ruleIds
    this.headers = fields.headers ?? {}
  }

  /** The body of the one error envelope. */
  toEnvelope() {
    return {
      error: {
        code: this.code,
        message: this.message,
        details: this.details,
        ...(this.ruleIds && { rule_ids: this.ruleIds }),
      },
    }
  }
}

/** A conflict with the state of a run, an approval or a token: HTTP 409. */
export function stateConflict(
  code: string,
  message: string,
  detail: { path: string; message?: string; code?: string; rule_id?: string },
  ruleIds?: string[],
): AppError {
  return new AppError({
    code,
    status: 409,
    message,
    details: [{ message, code, type: 'state_conflict', ...detail }],
    ...(ruleIds && { ruleIds }),
  })
}

/** Something the caller named does not exist, or belongs to another tenant (which must look the same): HTTP 404. */
export function notFound(code: string, message: string, path: string, detailMessage: string): AppError {
  return new AppError({
    code,
    status: 404,
    message,
    details: [{ path, message: detailMessage, type: 'not_found', code }],
  })
}

export function storageWriteError(cause: unknown, message = 'storage backend append failed'): AppError {
  return new AppError({
    code: 'STORAGE_WRITE_ERROR',
    status: 500,
    message: 'Failed to persist event',
    details: [{ path: 'storage', message, type: 'storage_failure', code: 'STORAGE_APPEND_FAILED' }],
    cause,
  })
}

export function storageReadError(cause: unknown): AppError {
  return new AppError({
    code: 'STORAGE_READ_ERROR',
    status: 500,
    message: 'Failed to load events',
    details: [
      {
        path: 'storage',
        message: 'storage backend read failed',
        type: 'storage_failure',
        code: 'STORAGE_READ_FAILED',
      },
    ],
    cause,
  })
}
