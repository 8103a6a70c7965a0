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

/** One round trip: block and price are asked for together. */
export async function readHead(client: Client, blockNumber?: bigint): Promise<Head> {
  const tag = blockNumber === undefined ? 'latest' : numberToHex(blockNumber)
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
