import {
  BaseError,
  ContractFunctionRevertedError,
  ExecutionRevertedError,
  HttpRequestError,
  RpcError,
  RpcRequestError,
  TimeoutError,
} from 'viem'
import { AppError } from '../../lib/errors.ts'
import { decodeRevert, findRevertData } from './decode-revert.ts'
import { GarbageAnswerError, type RpcFailure, Web3RpcError, WrongChainError } from './errors.ts'

/** How much of a provider's own words is passed on. */
const LONGEST = 300

/** What went wrong with an RPC as an error that may be shown: whose, how, and nothing of its address. */
export function explainFailure(error: unknown, chainId: number, mask: (text: string) => string): AppError {
  if (error instanceof AppError) return error
  const [failure, says] = classify(error)
  const text = mask(`the RPC of chain ${chainId} ${says}`).slice(0, LONGEST)
  // Others put it into their sentences, which end by themselves.
  return new Web3RpcError(chainId, failure, text.replace(/[\s.]+$/, ''))
}

function classify(error: unknown): [RpcFailure, string] {
  const has = <T extends Error>(type: new (...args: never[]) => T): T | null => {
    if (error instanceof type) return error
    const found = error instanceof BaseError ? error.walk((cause) => cause instanceof type) : null
    return found instanceof type ? found : null
  }
  const wrongChain = has(WrongChainError)
  if (wrongChain) return ['wrong_chain', wrongChain.message]
  const garbage = has(GarbageAnswerError)
  if (garbage) return ['garbage', `answered with something that is no answer: ${garbage.message}`]
  const data = findRevertData(error)
  if (data) return ['reverted', `says that the call reverts: ${decodeRevert(data)}`]
  const reverted = has(ContractFunctionRevertedError) ?? has(ExecutionRevertedError)
  if (reverted) return ['reverted', `says that the call reverts: ${reverted.shortMessage}`]
  if (has(TimeoutError)) return ['timeout', 'did not answer in time']
  const http = has(HttpRequestError)
  if (http?.status) return ['http_error', `answered with HTTP ${http.status}`]
  if (http && !/JSON|token/i.test(http.details)) return ['unreachable', 'cannot be reached']
  if (http) return ['garbage', 'answered with something that is no JSON']
  const refused = has(RpcRequestError) ?? has(RpcError)
  if (refused) return ['refused', `refused: ${refused.details || refused.shortMessage}`]
  const says = error instanceof BaseError ? error.shortMessage : (error as Error).message
  return ['garbage', `answered with something that is no answer: ${says}`]
}
