import type { Address, PublicClient, Transaction } from 'viem'

/** So many blocks are looked through, newest first, where the chain does not tell how an account stood at an older block. */
const MAX_SCANNED = 64n

type Wanted = {
  wallet: Address
  nonce: number
  /** It was not mined in this block or before it. */
  after: bigint
  /** A block at which the nonce is used. */
  head: bigint
}

/**
 * The mined transaction that used a nonce of a wallet. Null where there is none: a delegated account may use one up without
 * sending anything, and a block that lies too deep is not found on every chain.
 */
export async function findByNonce(client: PublicClient, wanted: Wanted): Promise<Transaction | null> {
  const block = await blockOf(client, wanted).catch(() => null)
  if (block !== null) return findIn(client, block, wanted)
  const { after, head } = wanted
  const last = head - after > MAX_SCANNED ? head - MAX_SCANNED : after
  for (let number = head; number > last; number--) {
    const found = await findIn(client, number, wanted)
    if (found) return found
  }
  return null
}

/** The first block after which the nonce is used. Near the head first: there most nodes know how accounts stood. */
async function blockOf(
  client: PublicClient,
  { wallet: address, nonce, after, head }: Wanted,
): Promise<bigint> {
  const isUsedAt = async (blockNumber: bigint) =>
    (await client.getTransactionCount({ address, blockNumber })) > nonce
  let used = head
  let unused = after
  for (let step = 1n; head - step > after; step *= 2n) {
    const block = head - step
    if (!(await isUsedAt(block))) {
      unused = block
      break
    }
    used = block
  }
  while (used - unused > 1n) {
    const middle = (used + unused) / 2n
    if (await isUsedAt(middle)) used = middle
    else unused = middle
  }
  return used
}

async function findIn(
  client: PublicClient,
  blockNumber: bigint,
  { wallet, nonce }: Wanted,
): Promise<Transaction | null> {
  const { transactions } = await client.getBlock({ blockNumber, includeTransactions: true })
  return (
    transactions.find((one) => one.nonce === nonce && one.from.toLowerCase() === wallet.toLowerCase()) ?? null
  )
}
