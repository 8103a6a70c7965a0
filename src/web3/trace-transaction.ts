import type { Hash, PublicClient } from 'viem'
import { asAnswer, type NodeAnswer } from './simulate/node-answer.ts'
import { readWalletCalls } from './transactions/wallet-calls.ts'

/** What was found out about tracing, by chain, so that it is found out once. */
export type TracingMemory = Map<number, boolean>

/** The calls of a mined transaction within each other, by geth's `callTracer`. A node that does not trace refuses. */
export const traceTransaction = (client: PublicClient, hash: Hash): Promise<NodeAnswer<unknown>> =>
  asAnswer(
    client.request({ method: 'debug_traceTransaction', params: [hash, { tracer: 'callTracer' }] } as never),
  )

/** So many of the newest blocks are looked into for a transaction to try it on. */
const MAX_BLOCKS = 8

/**
 * Whether the RPC of a chain tells what a transaction did inside, tried on one that was mined lately: a node that only says
 * yes is not believed. Where the newest blocks are empty it is not known, and asked again the next time.
 */
export async function canTrace(
  client: PublicClient,
  chainId: number,
  memory: TracingMemory,
): Promise<boolean> {
  const known = memory.get(chainId)
  if (known !== undefined) return known
  const mined = await findMined(client)
  if (!mined) return false
  const traced = await traceTransaction(client, mined.hash)
  const can = traced.answered && isTraceOf(traced.answer, mined.from)
  memory.set(chainId, can)
  return can
}

async function findMined(client: PublicClient) {
  const head = await client.getBlockNumber({ cacheTime: 0 })
  const last = head - BigInt(MAX_BLOCKS)
  for (let blockNumber = head; blockNumber > last && blockNumber >= 0n; blockNumber--) {
    const { transactions } = await client.getBlock({ blockNumber, includeTransactions: true })
    // One that makes a contract or calls one: the wallet that sent it made a call.
    const found = transactions.find(({ from, to }) => to?.toLowerCase() !== from.toLowerCase())
    if (found) return found
  }
  return null
}

function isTraceOf(trace: unknown, sender: `0x${string}`): boolean {
  try {
    return readWalletCalls(trace, sender).calls.length > 0
  } catch {
    return false
  }
}
