import type { Address, Hex } from 'viem'
import { checksumAddress } from '../checksum-address.ts'
import { readTransfer } from './read-transfer.ts'

export type SeenReceipt = {
  status: 'success' | 'reverted'
  to: string | null
  gasUsed: bigint
  effectiveGasPrice: bigint
  logs: { address: string; topics: readonly Hex[]; data: Hex }[]
}

export type RealisedChange = { address: Address; token: Address | 'native'; delta: bigint }

type RealisedOptions = {
  wrappedNative?: Address | undefined
  /** Of the transaction, in wei. */
  value?: bigint
  /** How many more coins the wallet has, where a trace tells it, in wei. */
  native?: bigint | undefined
  /** To whom the called contract pays out coins, where that is not the wallet. */
  recipient?: Address
}

/** keccak256 of `Deposit(address,uint256)` and `Withdrawal(address,uint256)`, the events of wrapped coins. */
const DEPOSIT = '0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c'
const WITHDRAWAL = '0x7fcf532c15f0a6db0bd6d0e038bea71d30d808c7d98cb3bf7268a95bf5081b65'

/**
 * What a mined transaction changed for its sender, from the logs, and what its gas cost. Coins leave no log: what moved is
 * read from the wrapped coin, where the wallet or the contract it called wrapped or unwrapped some; else it is the
 * transaction's value. Gas is told beside the changes and not within, as a simulation tells it.
 */
export function realisedChanges(
  receipt: SeenReceipt,
  wallet: Address,
  { wrappedNative, value = 0n, native, recipient = wallet }: RealisedOptions = {},
): { changes: RealisedChange[]; gasPaidWei: bigint } {
  const gasPaidWei = receipt.gasUsed * receipt.effectiveGasPrice
  // Nothing of a transaction that reverted stays but what its gas cost.
  if (receipt.status !== 'success') return { changes: [], gasPaidWei }
  const own = wallet.toLowerCase()
  const deltas = new Map<string, bigint>()
  const add = (token: string, delta: bigint) => deltas.set(token, (deltas.get(token) ?? 0n) + delta)
  const wrapped: bigint[] = []
  for (const log of receipt.logs) {
    const transfer = readTransfer(log)
    if (transfer?.from.toLowerCase() === own) add(log.address.toLowerCase(), -transfer.value)
    if (transfer?.to.toLowerCase() === own) add(log.address.toLowerCase(), transfer.value)
    const [event, holder] = log.topics
    if (log.address.toLowerCase() !== wrappedNative?.toLowerCase()) continue
    if (!holder || log.data.length !== 66) continue
    const account = `0x${holder.slice(26).toLowerCase()}`
    const sign = event === WITHDRAWAL ? 1n : event === DEPOSIT ? -1n : 0n
    if (sign === 0n || (account !== own && account !== receipt.to?.toLowerCase())) continue
    const amount = BigInt(log.data)
    const paidElsewhere = event === WITHDRAWAL && account !== own && recipient.toLowerCase() !== own
    wrapped.push(paidElsewhere ? 0n : sign * amount)
    // Wrapped coins come and go without a Transfer where the wallet itself wraps them.
    if (account === own) add(log.address.toLowerCase(), -sign * amount)
  }
  const told = wrapped.length > 0 ? wrapped.reduce((sum, delta) => sum + delta, 0n) : -value
  add('native', native ?? told)
  const changes = [...deltas]
    .filter(([, delta]) => delta !== 0n)
    .map(([token, delta]) => ({
      address: wallet,
      token: token === 'native' ? ('native' as const) : checksumAddress(token)!,
      delta,
    }))
  return { changes, gasPaidWei }
}
