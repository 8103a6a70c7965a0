import { AppError } from '../../lib/errors.ts'

/** Nobody told this installation how to reach the chain, or what is known on it. */
export class UnsupportedChainError extends AppError {
  override readonly name = 'UnsupportedChainError'

  /** @param chainId is null where none was named. */
  constructor(chainId: number | null, supported: number[]) {
    const list =
      supported.length === 0
        ? 'no chain can be reached here: set RPC_URLS, or DEVNET=on'
        : `supported: ${supported.join(', ')}`
    const message = chainId === null ? list : `chain ${chainId} is not supported; ${list}`
    super({
      code: 'UNSUPPORTED_CHAIN',
      status: 422,
      message,
      details: [{ path: 'chainId', message, type: 'unsupported_chain', code: 'UNSUPPORTED_CHAIN' }],
    })
  }
}

/** How an RPC failed: it may be another one's turn, or the call itself cannot succeed. */
export type RpcFailure =
  | 'timeout'
  | 'unreachable'
  | 'http_error'
  | 'garbage'
  | 'wrong_chain'
  | 'reverted'
  | 'refused'

/** The RPC of a chain did not give what was asked. The message holds no secret of its address. */
export class Web3RpcError extends AppError {
  override readonly name = 'Web3RpcError'
  readonly chainId: number
  readonly failure: RpcFailure

  constructor(chainId: number, failure: RpcFailure, message: string) {
    super({
      code: 'WEB3_RPC_ERROR',
      status: 502,
      message,
      details: [{ path: 'rpc', message, type: failure, code: 'WEB3_RPC_ERROR' }],
    })
    this.chainId = chainId
    this.failure = failure
  }
}

/** An address answers for another chain than it is configured for. */
export class WrongChainError extends Error {
  override readonly name = 'WrongChainError'
}

/** What an address answered cannot be what was asked for. */
export class GarbageAnswerError extends Error {
  override readonly name = 'GarbageAnswerError'
}
