import { type Address, formatUnits } from 'viem'
import type { Artifacts, Check, Quote, TxRequest } from '../../apps/copilot/schema.ts'
import { type DecodedCall, decodeCall } from '../../web3/transactions/decode-call.ts'
import type { Chain } from '../api/copilot-client.ts'

/** A transaction with what its bytes say: read here, not told by the server. */
export type ReadRequest = { request: TxRequest; call: DecodedCall; value: bigint }

export const readRequests = (requests: TxRequest[]): ReadRequest[] =>
  requests.map((request) => ({
    request,
    call: decodeCall(request.data, request.to),
    value: BigInt(request.valueWei),
  }))

/** `native`, or the address of a token. */
export type Asset = Address | 'native'
export type Move = { asset: Asset; amount: bigint; bound: 'exact' | 'least' | 'most'; to: Address | null }
export type Moves = { sends: Move[]; receives: Move[]; isComplete: boolean }

/** What leaves the wallet and what comes, by the bytes of all transactions; allowances move nothing. */
export function movesOf(requests: ReadRequest[], wallet: string): Moves {
  const moves: Moves = { sends: [], receives: [], isComplete: true }
  const self = (address: string) => address.toLowerCase() === wallet.toLowerCase()
  for (const { request, call, value } of requests) {
    const send = (asset: Asset, amount: bigint, bound: Move['bound'] = 'exact', to: Address | null = null) =>
      moves.sends.push({ asset, amount, bound, to })
    const receive = (
      asset: Asset,
      amount: bigint,
      bound: Move['bound'] = 'exact',
      to: Address | null = null,
    ) => moves.receives.push({ asset, amount, bound, to })
    switch (call.type) {
      case 'approve':
        break
      case 'empty':
        send('native', value, 'exact', request.to)
        break
      case 'transfer':
        send(call.to, call.amount, 'exact', call.recipient)
        break
      case 'deposit':
        send('native', value)
        receive(call.to, value)
        break
      case 'withdraw':
        send(call.to, call.amount)
        receive('native', call.amount)
        break
      case 'swap': {
        const [first, last] = [call.path[0]!, call.path.at(-1)!]
        const isExactIn = call.exact === 'in'
        send(call.nativeIn ? 'native' : first, call.amountIn ?? value, isExactIn ? 'exact' : 'most')
        const to = self(call.recipient) ? null : call.recipient
        receive(call.nativeOut ? 'native' : last, call.amountOut, isExactIn ? 'least' : 'exact', to)
        break
      }
      case 'transferFrom':
      case 'batch':
      case 'unknown':
        moves.isComplete = false
    }
  }
  return moves
}

/** What the quote adds to what was asked for: what comes, or with an exact output what goes. */
export function quotedOf(
  { exact, amountIn, amountsOut, arrives }: Quote,
  { sends, receives }: Moves,
): { asset: Asset; amount: bigint } | null {
  const [move, amount] = exact === 'out' ? [sends[0], amountIn] : [receives[0], arrives ?? amountsOut.at(-1)]
  return move && amount !== undefined ? { asset: move.asset, amount: BigInt(amount) } : null
}

/** The second, in the time of the chain, until which all of it holds; null where none of it says, or no date can. */
export function deadlineOf(requests: ReadRequest[]): number | null {
  const deadlines = requests.flatMap(({ call }) => (call.type === 'swap' ? Number(call.deadline) : []))
  const first = Math.min(...deadlines)
  return first < LAST_SECOND ? first : null
}
const LAST_SECOND = 8.64e12

export type AllowanceChange = {
  token: Address
  spender: Address
  before: bigint | null
  approved: bigint
  /** Once all transactions are through; null where what they take has only a bound. */
  after: bigint | null
}

/** What others may take of the wallet's tokens: before, as approved, and when everything is through. */
export function allowanceChanges(
  requests: ReadRequest[],
  known: { token: string; spender: string; allowance: string }[],
): AllowanceChange[] {
  const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()
  const changes = new Map<string, AllowanceChange>()
  for (const { call } of requests) {
    if (call.type !== 'approve') continue
    const { to: token, spender, amount } = call
    const key = `${token}${spender}`.toLowerCase()
    const before = known.find((one) => same(one.token, token) && same(one.spender, spender))
    changes.set(key, {
      token,
      spender,
      before: changes.get(key)?.before ?? (before ? BigInt(before.allowance) : null),
      approved: amount,
      after: amount,
    })
  }
  for (const change of changes.values()) {
    for (const { call } of requests) {
      if (call.type !== 'swap' || call.nativeIn || change.after === null) continue
      if (!same(call.to, change.spender) || !same(call.path[0]!, change.token)) continue
      change.after = call.exact === 'in' ? change.after - call.amountIn! : null
    }
  }
  return [...changes.values()]
}

/** The most that the gas of all transactions costs at the price of the simulation, in wei; null where the simulation does not say. */
export function highestFee({ simulation }: Artifacts): bigint | null {
  const results = simulation?.results ?? []
  const costs = results.map(({ gasLimit, gasEstimate, fee }) => {
    const [gas, price] = [gasLimit ?? gasEstimate, fee?.maxFeePerGas ?? fee?.gasPrice]
    return gas && price ? BigInt(gas) * BigInt(price) : null
  })
  if (costs.length === 0 || costs.includes(null)) return null
  return costs.reduce<bigint>((sum, cost) => sum + cost!, 0n)
}

/** How much the simulation is worth: it saw it happen, it took it for granted, it saw it fail, or there is none. */
export type Proof = 'proved' | 'assumed' | 'fails' | 'none'

export function proofOf({ simulation }: Artifacts, txRequestId?: string): Proof {
  if (simulation?.status !== 'completed') return 'none'
  const results = simulation.results.filter((one) => !txRequestId || one.txRequestId === txRequestId)
  if (results.length === 0) return 'none'
  if (results.some(({ assumed_success }) => assumed_success)) return 'assumed'
  return results.every(({ success }) => success) ? 'proved' : 'fails'
}

export type ChecksByStatus = Record<Check['status'], Check[]>

/** The rules and the checks of transactions, by what came of them. */
export function groupChecks({ policy_result, security_result }: Artifacts): ChecksByStatus {
  const groups: ChecksByStatus = { FAIL: [], WARN: [], UNKNOWN: [], PASS: [] }
  for (const check of [...(policy_result?.checks ?? []), ...(security_result?.output.checks ?? [])]) {
    groups[check.status].push(check)
  }
  return groups
}

/** How a chain calls an asset, and its decimals; null where it stands in no registry. */
export function findAsset(
  chain: Chain | undefined,
  asset: Asset,
): { symbol: string; decimals: number } | null {
  const entries = Object.entries(chain?.tokens ?? {})
  const found = entries.find(([, token]) =>
    asset === 'native'
      ? token.is_native
      : !token.is_native && token.address.toLowerCase() === asset.toLowerCase(),
  )
  return found ? { symbol: found[0], decimals: found[1].decimals } : null
}

/** The key of a router, in words as people call it: `UNISWAP_V2_ROUTER` is Uniswap V2. */
export function findRouterName(chain: Chain | undefined, address: string): string | null {
  const found = Object.entries(chain?.routers ?? {}).find(
    ([, router]) => router.address.toLowerCase() === address.toLowerCase(),
  )
  if (!found) return null
  const words = found[0].replace(/_ROUTER$/, '').split('_')
  return words.map((word) => (/\d/.test(word) ? word : word[0] + word.slice(1).toLowerCase())).join(' ')
}

/** Exactly, never rounded: what is approved is this number. */
export const sayAmount = (amount: bigint, { symbol, decimals }: { symbol: string; decimals: number }) =>
  `${formatUnits(amount, decimals)} ${symbol}`
