import { type Client, type Hex, numberToHex } from 'viem'
import { z } from 'zod'
import { asAnswer } from './node-answer.ts'

/** The block that everything of one plan is read at, and what gas costs then. */
export type Head = {
  number: bigint
  /** In seconds. */
  timestamp: number
  fee: { baseFeePerGas: bigint; maxPriorityFeePerGas: bigint } | { gasPrice: bigint }
}

const Quantity = z.string().regex(/^0x[0-9a-f]{1,64}$/i)
const Block = z.object({
  number: Quantity.transform(BigInt),
  timestamp: Quantity.transform(Number),
  baseFeePerGas: Quantity.transform(BigInt).nullish(),
})

/**
 * The newest block of each chain as it was read last. Steps of one plan ask for the same one within milliseconds. That it is
 * replaced meanwhile is what a plan has to bear anyway.
 */
const newest = new WeakMap<object, { head: Head; readAt: number }>()
const KEPT_MS = 1_000

/** One round trip: block and price are asked for together. None for the block that was the newest just now. */
export async function readHead(client: Client, blockNumber?: bigint): Promise<Head> {
  const known = client.chain && newest.get(client.chain)
  const isFresh = known && performance.now() - known.readAt < KEPT_MS
  if (isFresh && known.head.number === blockNumber) return known.head
  const head = await askForHead(client, blockNumber === undefined ? 'latest' : numberToHex(blockNumber))
  if (client.chain && blockNumber === undefined) newest.set(client.chain, { head, readAt: performance.now() })
  return head
}

async function askForHead(client: Client, tag: Hex | 'latest'): Promise<Head> {
  const [block, priority] = await Promise.all([
    client.request({ method: 'eth_getBlockByNumber', params: [tag, false] }),
    asAnswer(client.request({ method: 'eth_maxPriorityFeePerGas' })),
  ])
  const { number, timestamp, baseFeePerGas } = Block.parse(block)
  if (typeof baseFeePerGas === 'bigint' && priority.answered) {
    const maxPriorityFeePerGas = quantity(priority.answer)
    return { number, timestamp, fee: { baseFeePerGas, maxPriorityFeePerGas } }
  }
  const gasPrice = quantity(await client.request({ method: 'eth_gasPrice' }))
  return { number, timestamp, fee: { gasPrice } }
}

const quantity = (value: Hex) => BigInt(Quantity.parse(value))
