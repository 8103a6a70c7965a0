import { type Address, encodeFunctionData } from 'viem'
import type { Web3Client } from '../../../web3/chains.ts'
import type { SimulationMemory } from '../../../web3/simulate/probe-engines.ts'
import { readHead } from '../../../web3/simulate/read-head.ts'
import { simulateRequests } from '../../../web3/simulate/simulate-requests.ts'
import { ROUTER_ABI } from '../../../web3/transactions/abis.ts'
import { buildApproval } from '../../../web3/transactions/build-approval.ts'
import type { TxDraft, TxRequest } from '../../../web3/transactions/transaction-request.ts'
import { shortfallBps } from '../policy/amounts.ts'
import type { ChainFacts } from '../policy/chain-facts.ts'
import {
  boughtToken,
  callsOf,
  type Review,
  type ReviewedCall,
  sameAddress,
  swapInput,
} from '../policy/review.ts'
import { changesOf, NATIVE } from '../policy/simulated-changes.ts'

type Sales = NonNullable<ChainFacts['sellBack']>

/**
 * Buys and sells again what the swap of a plan buys, in one simulation by the same router: buying proves nothing about selling.
 * The wrapped coin needs no market, and where the engine cannot run calls one after another nothing is found out.
 */
export async function trySelling(
  client: Web3Client,
  review: Review,
  memory: SimulationMemory,
): Promise<Sales | null> {
  const [swap] = callsOf(review, 'swap')
  const { simulation } = review.artifacts
  const token = swap && boughtToken(review, swap.call)
  if (!token) return {}
  const received = changesOf(review, swap.call.recipient)?.get(token.toLowerCase()) ?? 0n
  if (received <= 0n || simulation?.blockNumber === undefined) return null
  const plan = review.requests.map((each) =>
    each.request === swap.request ? boughtForWallet(review, swap) : (each.request as TxRequest),
  )
  const { engine, results } = await simulateRequests(client, {
    requests: [...plan, ...saleOf(review, swap, token, received)],
    wallet: review.wallet,
    registry: review.registry!,
    memory,
    head: await readHead(client, BigInt(simulation.blockNumber)),
  })
  if (engine !== 'eth_simulateV1' && engine !== 'code_override') return null
  const sale = results.at(-1)!
  if (!sale.success) return { [token.toLowerCase()]: { success: false, lossBps: null } }
  const key = swap.call.nativeIn ? NATIVE : swap.call.path[0]!.toLowerCase()
  const back = (sale.assetChanges ?? [])
    .filter(({ address, token: each }) => sameAddress(address, review.wallet) && each.toLowerCase() === key)
    .reduce((sum, { delta }) => sum + BigInt(delta), 0n)
  const paid = swapInput(swap.call, swap.value)
  return { [token.toLowerCase()]: { success: true, lossBps: shortfallBps(back, paid) } }
}

/** Whoever gets the token: who sells it here is the wallet. */
function boughtForWallet({ wallet }: Review, { call, request }: ReviewedCall<'swap'>): TxRequest {
  const bought = request as TxRequest
  if (sameAddress(call.recipient, wallet)) return bought
  const { amountIn, amountOut, path, deadline, functionName } = call
  const amounts =
    amountIn === null ? [amountOut] : call.exact === 'in' ? [amountIn, amountOut] : [amountOut, amountIn]
  const args = [...amounts, path, wallet, deadline]
  return { ...bought, data: encodeFunctionData({ abi: ROUTER_ABI, functionName, args } as never) }
}

/** By the functions that take what arrives: a token that keeps a part shall show its loss, and not fail. */
function saleOf(
  { chainId, wallet, artifacts }: Review,
  { call, request }: ReviewedCall<'swap'>,
  address: Address,
  amount: bigint,
): TxRequest[] {
  const standing = artifacts.wallet_snapshot?.allowances.find(
    (each) => sameAddress(each.token, address) && sameAddress(each.spender, request.to),
  )
  const approvals = buildApproval({
    chainId,
    token: { symbol: '', address, decimals: 0, isNative: false },
    spender: request.to,
    amount,
    allowance: BigInt(standing?.allowance ?? 0),
    resetFirst: true,
  })
  const functionName =
    `swapExactTokensFor${call.nativeIn ? 'ETH' : 'Tokens'}SupportingFeeOnTransferTokens` as const
  const sale: TxDraft = {
    chainId,
    to: request.to,
    data: encodeFunctionData({
      abi: ROUTER_ABI,
      functionName,
      args: [amount, 0n, call.path.toReversed(), wallet, call.deadline],
    }),
    valueWei: '0',
    meta: { kind: 'SWAP' },
  }
  return [...approvals, sale].map((draft, at) => ({ txRequestId: `sale-${at + 1}`, ...draft }))
}
