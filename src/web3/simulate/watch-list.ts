import type { Address } from 'viem'
import { checksumAddress } from '../checksum-address.ts'
import { type DecodedCall, decodeCall } from '../transactions/decode-call.ts'
import type { TxRequest } from '../transactions/transaction-request.ts'
import type { WatchList } from './simulation.ts'

/**
 * Whose balances of what to read around the calls: the wallet's and those of whom the calls name as recipients, in the
 * tokens that are known and those that the calls name. Of the same tokens, what those may take whom the calls give an allowance
 * or swap by. Read from the bytes, not from what the plan says of itself.
 */
export function watchListOf(requests: TxRequest[], wallet: Address, known: Address[]): WatchList {
  const holders = new Set([wallet])
  const tokens = new Set(known)
  const spenders = new Set<Address>()
  const look = (call: DecodedCall): void => {
    switch (call.type) {
      case 'approve':
        tokens.add(call.to)
        spenders.add(call.spender)
        return
      case 'withdraw':
      case 'deposit':
        tokens.add(call.to)
        return
      case 'transfer':
      case 'transferFrom':
        tokens.add(call.to)
        holders.add(call.recipient)
        return
      case 'swap':
        tokens.add(call.path[0] ?? call.to)
        tokens.add(call.path.at(-1) ?? call.to)
        holders.add(call.recipient)
        spenders.add(call.to)
        return
      case 'batch':
        for (const nested of call.calls) look(nested.call)
        return
      case 'empty':
        holders.add(call.to)
        return
      case 'unknown':
    }
  }
  for (const { data, to } of requests) look(decodeCall(data, to))
  const targets = requests.map(({ to }) => checksumAddress(to) ?? to)
  return { holders: [...holders], tokens: [...tokens], spenders: [...spenders], targets }
}
