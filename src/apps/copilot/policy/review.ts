import type { Address } from 'viem'
import type { ChainRegistry, Router, Token } from '../../../web3/registry.ts'
import { type DecodedCall, decodeCall, type SwapCall } from '../../../web3/transactions/decode-call.ts'
import type { Artifacts, PlannedAction, SimulationResult, TxRequest } from '../schema.ts'
import type { ChainFacts } from './chain-facts.ts'
import type { PolicyLimits } from './limits.ts'

export type AddressBookEntry = { name: string; address: Address }

/** Everything that decides about a plan. Nothing else is asked: no clock, no network. */
export type ReviewInput = {
  chainId: number
  wallet: Address
  /** Null where nothing is known of the chain, which blocks every plan on it. */
  registry: ChainRegistry | null
  limits: PolicyLimits
  artifacts: Pick<Artifacts, 'wallet_snapshot' | 'tx_plan' | 'tx_requests' | 'quote' | 'simulation'>
  /** What the person said: the intent and the answers, and nothing that any tool or model said. */
  userTexts: string[]
  addressBook: AddressBookEntry[]
  facts: ChainFacts
  /** The chain that the person's wallet is on, where it told. */
  walletChainId?: number
}

/** A transaction with what its bytes mean. Checks go by the bytes; `meta` is only what they are compared with. */
export type ReviewedRequest = { request: TxRequest; call: DecodedCall; value: bigint }
export type Review = ReviewInput & {
  requests: ReviewedRequest[]
  /** What the person asked for: a plan does one thing. */
  action: PlannedAction | null
}

export function readReview(input: ReviewInput): Review {
  const { tx_requests = [], tx_plan } = input.artifacts
  const actions = tx_plan?.actions ?? []
  return {
    ...input,
    requests: tx_requests.map((request) => ({
      request,
      call: decodeCall(request.data, request.to),
      value: BigInt(request.valueWei),
    })),
    action: actions.length === 1 ? actions[0]! : null,
  }
}

export const sameAddress = (left: string, right: string): boolean =>
  left.toLowerCase() === right.toLowerCase()

export const includesAddress = (list: readonly string[], address: string): boolean =>
  list.some((each) => sameAddress(each, address))

/** A token by its symbol or its address. The coin itself is found by its symbol alone. */
export function findToken(registry: ChainRegistry | null, name: string | undefined): Token | null {
  if (!registry || name === undefined) return null
  if (Object.hasOwn(registry.tokens, name)) return registry.tokens[name]!
  return (
    Object.values(registry.tokens).find((token) => !token.isNative && sameAddress(token.address, name)) ??
    null
  )
}

/** A router by its key or its address. */
export function findRouter(registry: ChainRegistry | null, name: string | undefined): Router | null {
  if (!registry || name === undefined) return null
  if (Object.hasOwn(registry.routers, name)) return registry.routers[name]!
  return Object.values(registry.routers).find(({ address }) => sameAddress(address, name)) ?? null
}

export type ReviewedCall<Type extends DecodedCall['type']> = ReviewedRequest & {
  call: Extract<DecodedCall, { type: Type }>
}

/** The requests whose call is of this type. */
export function callsOf<Type extends DecodedCall['type']>(review: Review, type: Type): ReviewedCall<Type>[] {
  return review.requests.filter((each): each is ReviewedCall<Type> => each.call.type === type)
}

/** The token that a swap buys; null for the coin, wrapped or not, which needs no market. */
export function boughtToken({ registry }: Review, call: SwapCall): Address | null {
  const token = call.path.at(-1)!
  const isCoin = Object.values(registry?.tokens ?? {}).some(
    ({ isNative, address }) => isNative && sameAddress(address, token),
  )
  return call.nativeOut || isCoin ? null : token
}

/** What goes into a swap, or at most: of a coin it is the value of the transaction. */
export const swapInput = (call: SwapCall, value: bigint): bigint => call.amountIn ?? value

export function resultOf(review: Review, txRequestId: string): SimulationResult | null {
  return review.artifacts.simulation?.results.find((result) => result.txRequestId === txRequestId) ?? null
}

/** Who gets something: of transfers, and of swaps whose output goes elsewhere. */
export function payeesOf(review: Review): { txRequestId: string; payee: Address }[] {
  return review.requests.flatMap(({ request, call }) => {
    const { txRequestId } = request
    if (call.type === 'transfer' || call.type === 'transferFrom')
      return [{ txRequestId, payee: call.recipient }]
    if (call.type === 'empty') return [{ txRequestId, payee: request.to }]
    if (call.type === 'swap' && !sameAddress(call.recipient, review.wallet)) {
      return [{ txRequestId, payee: call.recipient }]
    }
    return []
  })
}

/** Whose code, nonce and balance the checks look at. */
export function addressesToLookAt(review: Review): Address[] {
  const found = review.requests.flatMap(({ request, call }) => [
    request.to,
    ...(call.type === 'approve' ? [call.spender] : []),
    ...(call.type === 'swap' ? call.path : []),
  ])
  const all = [review.wallet, ...found, ...payeesOf(review).map(({ payee }) => payee)]
  return [...new Map(all.map((address) => [address.toLowerCase(), address])).values()]
}

export const accountOf = ({ facts }: Review, address: string) => facts.accounts[address.toLowerCase()] ?? null
export const tokenFactsOf = ({ facts }: Review, address: string) =>
  facts.tokens[address.toLowerCase()] ?? null
