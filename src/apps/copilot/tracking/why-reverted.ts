import type { Hex, PublicClient, Transaction } from 'viem'
import { z } from 'zod'
import { decodeRevert, findRevertData } from '../../../web3/rpc/decode-revert.ts'
import { traceTransaction } from '../../../web3/trace-transaction.ts'

/** The outermost call of a trace, as far as it tells how it ended. */
const Ended = z.object({
  error: z.string().max(500).optional(),
  output: z.templateLiteral(['0x', z.string()]).optional(),
})

/**
 * Why the chain undid a transaction, in the words of the contract. A trace tells what really happened; without one it is called
 * again as its block left the chain, where the same may go another way. Null where nothing tells it.
 */
export async function whyReverted(client: PublicClient, transaction: Transaction): Promise<string | null> {
  return (
    (await fromTrace(client, transaction).catch(() => null)) ??
    (await fromCall(client, transaction).catch(() => null))
  )
}

async function fromTrace(client: PublicClient, { hash }: Transaction): Promise<string | null> {
  const traced = await traceTransaction(client, hash)
  const ended = traced.answered ? Ended.safeParse(traced.answer).data : undefined
  if (!ended?.error) return null
  if (ended.output !== undefined && ended.output !== '0x') return decodeRevert(ended.output as Hex)
  return /out of ?gas/i.test(ended.error) ? 'it ran out of gas' : decodeRevert('0x')
}

async function fromCall(
  client: PublicClient,
  { from, to, input, value, gas, blockNumber }: Transaction,
): Promise<string | null> {
  try {
    await client.call({ account: from, to, data: input, value, gas, ...(blockNumber && { blockNumber }) })
    return null
  } catch (error) {
    const data = findRevertData(error)
    return data && decodeRevert(data)
  }
}
