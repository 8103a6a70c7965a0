import { createPublicClient, defineChain } from 'viem'
import type { AppError } from '../../lib/errors.ts'
import type { Web3Client } from '../chains.ts'
import { explainFailure } from './explain-failure.ts'
import { makeUrlMask } from './mask-urls.ts'
import { type Endpoint, makeTransport, type RecordRpc } from './transport.ts'

/** Where Multicall3 stands on every chain that has it. */
export const MULTICALL3 = '0xcA11bde05977b3631167028862bE2a173976CA11'

type Options = { chainId: number; name: string; urls: string[]; timeoutMs: number }

export type Connection = {
  openClient(record: RecordRpc | undefined): Web3Client
  explain(error: unknown): AppError
}

/** The way to one chain: clients of it share what is known of its addresses. */
export function openConnection({ chainId, name, urls, timeoutMs }: Options): Connection {
  const mask = makeUrlMask(urls, chainId)
  const endpoints: Endpoint[] = urls.map((url) => ({ url, verified: null, batches: null }))
  const chain = defineChain({
    id: chainId,
    name,
    nativeCurrency: { name: 'Native', symbol: 'NATIVE', decimals: 18 },
    rpcUrls: { default: { http: [] } },
    contracts: { multicall3: { address: MULTICALL3 } },
  })
  return {
    openClient: (record) =>
      createPublicClient({
        chain,
        transport: makeTransport({ chainId, endpoints, timeoutMs, mask, record }),
        // A block number that is remembered would pin reads to an old block.
        cacheTime: 0,
        pollingInterval: 1_000,
      }),
    explain: (error) => explainFailure(error, chainId, mask),
  }
}
