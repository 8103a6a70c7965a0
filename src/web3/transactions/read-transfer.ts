import { type Address, getAddress, type Hex } from 'viem'

/** keccak256 of `Transfer(address,address,uint256)`. */
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'

/** The Transfer that a log tells of; null for anything else, tokens with numbers instead of amounts included. */
export function readTransfer(log: {
  topics: readonly Hex[]
  data: Hex
}): { from: Address; to: Address; value: bigint } | null {
  const [event, from, to] = log.topics
  if (event !== TRANSFER || log.topics.length !== 3 || log.data.length !== 66) return null
  if (from?.length !== 66 || to?.length !== 66) return null
  return { from: addressIn(from), to: addressIn(to), value: BigInt(log.data) }
}

// viem remembers checksums, which are most of the work.
const addressIn = (topic: Hex): Address => getAddress(`0x${topic.slice(26)}`)
