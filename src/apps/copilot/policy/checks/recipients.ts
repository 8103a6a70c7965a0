import { hasWrongChecksum } from '../../../../web3/checksum-address.ts'
import { DEVNET_CHAIN_ID } from '../../../../web3/default-chains.ts'
import { PUBLIC_ACCOUNTS } from '../../../../web3/devnet/addresses.ts'
import { knownFactories, knownPairs } from '../../../../web3/quote/known-pairs.ts'
import { MULTICALL3 } from '../../../../web3/rpc/open-connection.ts'
import type { CheckDefinition } from '../check-definition.ts'
import { broken, fail, notApplicable, type Outcome, pass, quoted, warn, worst } from '../outcome.ts'
import { accountOf, callsOf, includesAddress, payeesOf, type Review, sameAddress } from '../review.ts'

const NO_RECIPIENT = notApplicable('Nothing goes to anybody else.')

const recipientIsSelf = (review: Review): Outcome => {
  const elsewhere = callsOf(review, 'swap').filter(({ call }) => !sameAddress(call.recipient, review.wallet))
  const asked = review.action?.kind === 'SWAP' ? review.action.recipient : undefined
  return worst(
    elsewhere.map(({ request, call: { recipient } }) => {
      const metadata = { txRequestId: request.txRequestId, recipient, wallet: review.wallet }
      return asked && sameAddress(asked, recipient)
        ? warn(
            `What comes out of the swap goes to ${recipient}, as was asked, and not to the wallet.`,
            metadata,
          )
        : fail(`What comes out of the swap goes to ${recipient} and not to the wallet.`, metadata)
    }),
    callsOf(review, 'swap').length === 0
      ? notApplicable('There is no swap in this plan.')
      : pass('What comes out of the swap goes to the wallet.'),
  )
}

const BURNED: readonly string[] = [
  '0x0000000000000000000000000000000000000000',
  '0x000000000000000000000000000000000000dEaD',
  '0xdEAD000000000000000042069420694206942069',
]

/** Multicall3 and Permit2, which stand at the same addresses on all chains: what is sent to them nobody owns. */
const SHARED: readonly string[] = [MULTICALL3, '0x000000000022D473030F116dDEE9F6B43aC78BA3']

const EXCHANGES = { pool: 'a pool', factory: 'a factory of pools' } as const

const recipientSpecial = (review: Review): Outcome => {
  const { registry, facts, chainId } = review
  const payees = payeesOf(review)
  if (payees.length === 0) return NO_RECIPIENT
  const kinds: [what: string, addresses: readonly string[]][] = [
    ['an address that nobody can spend from', BURNED],
    ['a token contract', Object.values(registry?.tokens ?? {}).map(({ address }) => address)],
    ['a token contract', Object.keys(facts.tokens)],
    ['a router', Object.values(registry?.routers ?? {}).map(({ address }) => address)],
    ['a pool', (facts.pairs ?? []).map(({ pair }) => pair)],
    // Neither needs a node that answers.
    ['a pool', registry ? knownPairs(registry) : []],
    ['a factory of pools', registry ? knownFactories(registry) : []],
    ['a contract that everybody shares', SHARED],
    ['an account whose key everybody knows', chainId === DEVNET_CHAIN_ID ? [] : PUBLIC_ACCOUNTS],
    [
      'a contract that this plan calls',
      review.requests.filter(({ call }) => call.type !== 'empty').map(({ request }) => request.to),
    ],
  ]
  return worst(
    payees.flatMap(({ payee, txRequestId }): Outcome[] => {
      const exchange = accountOf(review, payee)?.exchange
      const listed = kinds.find(([, addresses]) => includesAddress(addresses, payee))?.[0]
      const what = isPrecompile(payee)
        ? 'a part of the chain itself'
        : (listed ?? (exchange && exchange !== 'unknown' ? EXCHANGES[exchange] : null))
      const metadata = { recipient: payee, txRequestId }
      if (what) return [fail(`${payee} is ${what}: what goes there is lost.`, { ...metadata, what })]
      return exchange === 'unknown'
        ? [broken(`Whether ${payee} is a part of an exchange could not be read.`, metadata)]
        : []
    }),
    pass('The recipient is no contract of this plan or of an exchange, and no burn address.'),
  )
}

/** Addresses up to 0x1ff are kept for functions of the chain; zero is a burn address. */
const isPrecompile = (address: string) => BigInt(address) > 0n && BigInt(address) < 0x200n

const ADDRESS = /0x[0-9a-fA-F]{40}(?![0-9a-fA-F])/g

const recipientChecksum = ({ action }: Review): Outcome => {
  const named = action ? [action.sources.recipient, action.sources.spender] : []
  const addresses = named.flatMap((source) => source?.text.match(ADDRESS) ?? [])
  if (addresses.length === 0) return notApplicable('No address was named.')
  const wrong = addresses.filter(hasWrongChecksum)
  if (wrong.length === 0) return pass('No address that was named has a wrong checksum.')
  return fail(
    `The checksum of ${wrong.map(quoted).join(', ')} is wrong, which most often is a typing error.`,
    {
      addresses: wrong,
    },
  )
}

/** Who sends dust from an address that begins and ends alike hopes to be copied from the history. */
const recipientPoisoning = (review: Review): Outcome => {
  const { addressBook, facts, wallet } = review
  const payees = payeesOf(review)
  const known = [wallet, ...addressBook.map(({ address }) => address), ...(facts.paidBefore ?? [])]
  return worst(
    payees.flatMap(({ payee }) => {
      if (includesAddress(known, payee)) return []
      const twin = known.find((address) => ends(address) === ends(payee))
      if (!twin) return []
      const metadata = { recipient: payee, looks_like: twin }
      return [
        fail(`${payee} begins and ends like ${twin}, which is known, and is another address.`, metadata),
      ]
    }),
    payees.length === 0 ? NO_RECIPIENT : pass('The recipient does not resemble somebody else who is known.'),
  )
}

const ends = (address: string) => `${address.slice(2, 6)}${address.slice(-4)}`.toLowerCase()

const recipientNew = (review: Review): Outcome => {
  const { addressBook, facts } = review
  const payees = payeesOf(review)
  const known = [review.wallet, ...addressBook.map(({ address }) => address), ...(facts.paidBefore ?? [])]
  return worst(
    payees.flatMap(({ payee }): Outcome[] => {
      const account = accountOf(review, payee)
      if (!account)
        return [broken(`What the chain knows of ${payee} could not be read.`, { recipient: payee })]
      const unpaid = !includesAddress(known, payee)
      if (unpaid && facts.paidBefore === null) {
        return [broken('Whom this wallet has paid before could not be read.', { recipient: payee })]
      }
      const signs = [
        ...(unpaid ? ['was never paid from here'] : []),
        ...(account.nonce === 0 && account.balanceWei === 0n
          ? ['has never sent anything and holds nothing']
          : []),
        ...(account.codeHash ? ['is a contract'] : []),
      ]
      const metadata = {
        recipient: payee,
        nonce: account.nonce,
        balance_wei: account.balanceWei,
        paid_before: !unpaid,
      }
      return signs.length > 0 ? [warn(`${payee} ${signs.join(' and ')}.`, metadata)] : []
    }),
    payees.length === 0 ? NO_RECIPIENT : pass('The recipient is known and was paid before.'),
  )
}

export const RECIPIENT_CHECKS: readonly CheckDefinition[] = [
  { id: 'recipient_is_self', title: 'Recipient: of what a swap gives', evaluate: recipientIsSelf },
  {
    id: 'recipient_special',
    title: 'Recipient: no burn address, no contract of the plan',
    evaluate: recipientSpecial,
  },
  { id: 'recipient_checksum', title: 'Recipient: checksum', evaluate: recipientChecksum },
  { id: 'recipient_poisoning', title: 'Recipient: no look-alike', evaluate: recipientPoisoning },
  { id: 'recipient_new', title: 'Recipient: known', evaluate: recipientNew },
]
