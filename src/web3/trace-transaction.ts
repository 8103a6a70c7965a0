import type { Hash, PublicClient } from 'viem'
import { asAnswer, type NodeAnswer } from './simulate/node-answer.ts'
import { readWalletCalls } from './transactions/wallet-calls.ts'

/** The chains whose RPC was seen to trace. That one does not may be so for a moment only, and is not remembered. */
export type TracingMemory = Set<number>

/** The calls of a mined transaction within each other, by geth's `callTracer`. A node that does not trace refuses. */
export const traceTransaction = (client: PublicClient, hash: Hash): Promise<NodeAnswer<unknown>> =>
  asAnswer(
    client.request({ method: 'debug_traceTransaction', params: [hash, { tracer: 'callTracer' }] } as never),
  )

/** So many of the newest blocks are looked into for a transaction to try it on. */
const MAX_BLOCKS = 8

/**
 * Whether the RPC of a chain tells what a transaction did inside, tried on one that was mined lately: a node that only says
 * yes is not believed.
 *
 * @returns null where it is not known because the newest blocks are empty.
 */
export async function canTrace(
  client: PublicClient,
  chainId: number,
  memory: TracingMemory,
): Promise<boolean | null> {
  if (memory.has(chainId)) return true
  const mined = await findMined(client)
  if (!mined) return null
  const traced = await traceTransaction(client, mined.hash)
  const can = traced.answered && isTraceOf(traced.answer, mined.from)
  if (can) memory.add(chainId)
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
