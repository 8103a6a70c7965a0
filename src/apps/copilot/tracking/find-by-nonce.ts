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
  /** The newest blocks were looked through before: what used the nonce is not in later ones. */
  scanned: boolean
}

/**
 * `none`: a delegated account may use a nonce up without sending anything. `unknown`: the block where it was used could not be
 * told just now, and the newest blocks do not hold it, where they could be looked through.
 */
type Found = { type: 'found'; transaction: Transaction } | { type: 'none' } | Unknown
type Unknown = { type: 'unknown'; scanned: boolean }

/** The mined transaction that used a nonce of a wallet. Only the block in which it was used can show that there is none. */
export async function findByNonce(client: PublicClient, wanted: Wanted): Promise<Found> {
  const exact = await findExactly(client, wanted).catch(() => null)
  if (exact) return exact
  const unknown = (scanned: boolean): Unknown => ({ type: 'unknown', scanned })
  return wanted.scanned ? unknown(true) : findInNewest(client, wanted).catch(() => unknown(false))
}

const findExactly = async (client: PublicClient, wanted: Wanted): Promise<Found> =>
  (await findIn(client, await blockOf(client, wanted), wanted)) ?? { type: 'none' }

async function findInNewest(client: PublicClient, wanted: Wanted): Promise<Found> {
  const { after, head } = wanted
  const isWhole = head - after <= MAX_SCANNED
  const last = isWhole ? after : head - MAX_SCANNED
  for (let number = head; number > last; number--) {
    const found = await findIn(client, number, wanted)
    if (found) return found
  }
  return isWhole ? { type: 'none' } : { type: 'unknown', scanned: true }
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
): Promise<Found | null> {
  const { transactions } = await client.getBlock({ blockNumber, includeTransactions: true })
  const transaction = transactions.find(
    (one) => one.nonce === nonce && one.from.toLowerCase() === wallet.toLowerCase(),
  )
  return transaction ? { type: 'found', transaction } : null
}
