/**
 * `MODEL_BAD_OUTPUT`: it answered something that cannot be used. `MODEL_TIMEOUT`: no answer in time.
 * `MODEL_UNAVAILABLE`: it cannot be reached or is failing. `MODEL_RATE_LIMITED`: it wants fewer calls.
 * `MODEL_REFUSED`: it declined to answer. `MODEL_UNAUTHORIZED`: it does not accept the key, or the account cannot pay.
 * `MODEL_BAD_REQUEST`: it does not accept the request, e.g. does not know the model.
 */
export type ModelErrorCode =
  | 'MODEL_BAD_OUTPUT'
  | 'MODEL_TIMEOUT'
  | 'MODEL_UNAVAILABLE'
  | 'MODEL_RATE_LIMITED'
  | 'MODEL_REFUSED'
  | 'MODEL_UNAUTHORIZED'
  | 'MODEL_BAD_REQUEST'

/**
 * A model step that gave nothing usable, in words for the trace. It has no cause on purpose: errors of providers carry
 * the prompt, addresses and headers.
 */
export class ModelError extends Error {
  override readonly name = 'ModelError'
  readonly code: ModelErrorCode
  /** Whether asking again later, or once more, may succeed. */
  readonly retryable: boolean

  constructor(code: ModelErrorCode, message: string, retryable: boolean) {
    super(message)
    this.code = code
    this.retryable = retryable
  }
}
