import { type Address, type Client, type Hex, numberToHex, size } from 'viem'
import type { TxRequest } from '../transactions/transaction-request.ts'
import { BATCH_CODE, decodeRun, encodeRun } from './batch-contract.ts'
import { asAnswer } from './node-answer.ts'
import { type EngineSupport, nextBlock } from './probe-engines.ts'
import type { Head } from './read-head.ts'
import type { EngineRun, WatchList } from './simulation.ts'

/** What the first touch of an address and of some slots costs. Our readings touch them first, so the calls do not pay it. */
const FIRST_TOUCHES = 15_000n

type Wallet = {
  address: Address
  requests: TxRequest[]
  watch: WatchList
  head: Head
  support: EngineSupport
}

/**
 * All calls in one `eth_call`, made by our code at the wallet's own address, so that the wallet is their sender. No logs.
 * Null where the node refuses, and for a wallet that has code: that would not run.
 */
export async function runCodeOverride(client: Client, wallet: Wallet): Promise<EngineRun | null> {
  const { address, requests, watch, head, support } = wallet
  const block = numberToHex(head.number)
  const own = await client.request({ method: 'eth_getCode', params: [address, block] })
  if (own && own !== '0x') return null
  const { number, time } = nextBlock(head)
  const later = { number: numberToHex(number), time: numberToHex(time) }
  const params = [
    { from: address, to: address, data: encodeRun(requests, watch) },
    block,
    { [address]: { code: BATCH_CODE } },
    ...(support.blockOverride ? [later] : []),
  ]
  const answer = await asAnswer(client.request({ method: 'eth_call', params } as never) as Promise<Hex>)
  if (!answer.answered) return null
  try {
    const { blockTime, outcomes, readings } = decodeRun(watch, answer.answer)
    return {
      engine: 'code_override',
      blockTime,
      readings,
      outcomes: outcomes.map((outcome, at) => ({
        ...outcome,
        gasUsed: (outcome.gasUsed ?? 0n) + FIRST_TOUCHES + intrinsicGas(requests[at]!.data),
      })),
    }
  } catch {
    return null
  }
}

/** What a transaction costs before its first instruction: 21000, and its bytes at the prices of EIP-2028. */
function intrinsicGas(data: Hex): bigint {
  const zeros =
    data
      .slice(2)
      .match(/../g)
      ?.filter((byte) => byte === '00').length ?? 0
  return BigInt(21_000 + zeros * 4 + (size(data) - zeros) * 16)
}
