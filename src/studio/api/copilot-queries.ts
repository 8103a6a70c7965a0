import { queryOptions } from '@tanstack/react-query'
import {
  pollTransactions,
  readAllowances,
  readBatchProof,
  readChains,
  readCopilotRun,
  readCopilotStatus,
  readToolCalls,
} from './copilot-client.ts'

export const chainsQuery = queryOptions({
  queryKey: ['web3', 'chains'],
  queryFn: ({ signal }) => readChains({ signal }),
})

/** Under `run`, so that each event of it has it read again. */
export const copilotRunQuery = (runId: string) =>
  queryOptions({
    queryKey: ['run', runId, 'copilot'],
    queryFn: ({ signal }) => readCopilotRun(runId, { signal }),
  })

export const copilotStatusQuery = (runId: string) =>
  queryOptions({
    queryKey: ['run', runId, 'copilot-status'],
    queryFn: ({ signal }) => readCopilotStatus(runId, { signal }),
  })

/** It may have been changed by anybody who holds the wallet: looked at anew whenever the page is. */
export const allowancesQuery = (wallet: string, chainId: number, spender: string) =>
  queryOptions({
    queryKey: ['allowances', wallet, chainId, spender],
    queryFn: ({ signal }) => readAllowances(wallet, { chainId, spender }, { signal }),
    staleTime: 0,
  })

const PROOF_AGAIN_MS = 60_000

/** The server may not know it yet: then it is asked again. */
export const batchProofQuery = (chainId: number) =>
  queryOptions({
    queryKey: ['batch-proof', chainId],
    queryFn: ({ signal }) => readBatchProof(chainId, { signal }),
    refetchInterval: ({ state }) => (state.data?.proves_batches === null ? PROOF_AGAIN_MS : false),
  })

export const toolCallsQuery = (runId: string) =>
  queryOptions({
    queryKey: ['run', runId, 'copilot-tool-calls'],
    queryFn: ({ signal }) => readToolCalls(runId, { signal }),
  })

const POLL_MS = 1_500

/** Asks after what was sent for as long as somebody looks. The server does so too, less often. */
export const transactionsPoll = (runId: string) =>
  queryOptions({
    queryKey: ['poll-transactions', runId],
    queryFn: () => pollTransactions(runId),
    refetchInterval: POLL_MS,
    staleTime: 0,
  })
