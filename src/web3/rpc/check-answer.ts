import { GarbageAnswerError } from './errors.ts'

const QUANTITY = /^0x[0-9a-f]{1,64}$/i
const BYTES = /^0x([0-9a-f]{2})*$/i

/** What must come back from what is read as a figure or as bytes. */
const FORMS: Record<string, RegExp> = {
  eth_blockNumber: QUANTITY,
  eth_chainId: QUANTITY,
  eth_estimateGas: QUANTITY,
  eth_gasPrice: QUANTITY,
  eth_getBalance: QUANTITY,
  eth_getTransactionCount: QUANTITY,
  eth_maxPriorityFeePerGas: QUANTITY,
  eth_call: BYTES,
  eth_getCode: BYTES,
  eth_getStorageAt: BYTES,
}

/**
 * Refuses an answer that is none. JavaScript makes a figure of much, of an empty list zero, and a wallet that holds
 * nothing is not the same as one about which nothing is known.
 *
 * @throws GarbageAnswerError
 */
export function checkAnswer(method: string, answer: unknown): void {
  const form = FORMS[method]
  if (!form || (typeof answer === 'string' && form.test(answer))) return
  throw new GarbageAnswerError(`${method} gave ${JSON.stringify(answer)?.slice(0, 40) ?? 'nothing'}`)
}
