import type { ErrorEnvelope } from '../../http/schema.ts'

type EnvelopeFields = ErrorEnvelope['error']

/** The server answered, and the answer is no. Carries the envelope and the id under which the server logged it. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string
  readonly details: EnvelopeFields['details']
  readonly ruleIds: string[]
  readonly requestId: string | null

  constructor(status: number, envelope: EnvelopeFields, requestId: string | null) {
    super(envelope.message)
    this.status = status
    this.code = envelope.code
    this.details = envelope.details
    this.ruleIds = envelope.rule_ids ?? []
    this.requestId = requestId
  }

  /** @param body whatever came: a proxy in between may answer with something that is no envelope. */
  static fromResponse(response: Response, body: unknown): ApiError {
    const sent = (body as Partial<ErrorEnvelope> | null)?.error
    const envelope: EnvelopeFields = {
      code: typeof sent?.code === 'string' ? sent.code : `HTTP_${response.status}`,
      message: typeof sent?.message === 'string' ? sent.message : response.statusText || 'No message',
      details: Array.isArray(sent?.details) ? sent.details : [],
      ...(Array.isArray(sent?.rule_ids) && { rule_ids: sent.rule_ids }),
    }
    return new ApiError(response.status, envelope, response.headers.get('x-request-id'))
  }
}

/** No answer came, so what the server did is not known. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError'

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401
}

/** Someone else was first. The same code also says that this person has voted already: that is a refusal. */
export function isAlreadyResolved(error: unknown): boolean {
  return hasCode(error, 'DUPLICATE_APPROVAL') && !error.details.some(({ path }) => path === 'approver_id')
}

/** What is wrong with one member of what was sent, to stand at its field. */
export function faultAt(error: unknown, path: string): string | undefined {
  return error instanceof ApiError ? error.details.find((detail) => detail.path === path)?.message : undefined
}

export function hasCode(error: unknown, ...codes: string[]): error is ApiError {
  return error instanceof ApiError && codes.includes(error.code)
}
