import type { Token } from '../../../../web3/registry.ts'
import type { CheckDefinition } from '../check-definition.ts'
import {
  broken,
  fail,
  notApplicable,
  type Outcome,
  pass,
  quoted,
  unavailable,
  warn,
  worst,
} from '../outcome.ts'
import {
  accountOf,
  addressesToLookAt,
  callsOf,
  findToken,
  includesAddress,
  type Review,
  sameAddress,
  tokenFactsOf,
} from '../review.ts'

/** The tokens that a plan touches, by the bytes. */
const tokensOf = (review: Review): string[] => [
  ...new Set(
    review.requests.flatMap(({ call }) => {
      if (call.type === 'approve' || call.type === 'transfer' || call.type === 'withdraw') return [call.to]
      if (call.type === 'deposit') return [call.to]
      return call.type === 'swap' ? [call.path[0]!, call.path.at(-1)!] : []
    }),
  ),
]

const tokenIdentity = (review: Review): Outcome => {
  const addresses = tokensOf(review)
  return worst(
    addresses.flatMap((address): Outcome[] => {
      const onChain = tokenFactsOf(review, address)
      if (!onChain || onChain.decimals === null || onChain.symbol === null) {
        return [broken(`What ${address} calls itself could not be read.`, { token: address })]
      }
      const listed = findToken(review.registry, address)
      if (listed) return differences(listed, onChain.symbol, onChain.decimals)
      const twin = Object.values(review.registry?.tokens ?? {}).find(
        ({ symbol }) => skeleton(symbol) === skeleton(onChain.symbol ?? ''),
      )
      if (!twin) return []
      const metadata = {
        token: address,
        symbol: onChain.symbol,
        looks_like: twin.symbol,
        genuine: twin.address,
      }
      return [
        fail(
          `${address} calls itself ${quoted(onChain.symbol)}, which looks like ${twin.symbol}, and is not it.`,
          metadata,
        ),
      ]
    }),
    addresses.length === 0
      ? notApplicable('No token is touched by this plan.')
      : pass('The tokens are what the registry says.'),
  )
}

function differences(listed: Token, symbol: string, decimals: number): Outcome[] {
  const metadata = {
    token: listed.address,
    symbol,
    listed_symbol: listed.symbol,
    decimals,
    listed_decimals: listed.decimals,
  }
  if (decimals !== listed.decimals) {
    return [
      fail(
        `${listed.symbol} counts with ${decimals} decimals on the chain and ${listed.decimals} in the registry.`,
        metadata,
      ),
    ]
  }
  if (symbol.toUpperCase() === listed.symbol.toUpperCase()) return []
  return [fail(`The contract listed as ${listed.symbol} calls itself ${quoted(symbol)}.`, metadata)]
}

/** Letters that look like Latin ones, as those who imitate symbols use them. */
const LOOK_ALIKES: Record<string, string> = {
  а: 'a',
  в: 'b',
  с: 'c',
  ԁ: 'd',
  е: 'e',
  ғ: 'f',
  һ: 'h',
  н: 'h',
  і: 'i',
  ј: 'j',
  к: 'k',
  ӏ: 'l',
  м: 'm',
  о: 'o',
  р: 'p',
  ԛ: 'q',
  ѕ: 's',
  т: 't',
  ѵ: 'v',
  ԝ: 'w',
  х: 'x',
  у: 'y',
  α: 'a',
  β: 'b',
  ε: 'e',
  η: 'h',
  ι: 'i',
  κ: 'k',
  μ: 'm',
  ν: 'v',
  ο: 'o',
  ρ: 'p',
  τ: 't',
  υ: 'u',
  χ: 'x',
  ᴜ: 'u',
  ꜱ: 's',
  ᴅ: 'd',
  ᴄ: 'c',
  '0': 'o',
  '1': 'l',
  '5': 's',
  $: 's',
}

/** What of a symbol the eye sees: without case, accents and what is invisible. */
function skeleton(symbol: string): string {
  const plain = symbol
    .normalize('NFKD')
    .replace(/[\p{M}\p{C}\p{Z}]/gu, '')
    .toLowerCase()
  return [...plain]
    .map((letter) => (Object.hasOwn(LOOK_ALIKES, letter) ? LOOK_ALIKES[letter] : letter))
    .join('')
}

/** A call to an address without code succeeds and does nothing, which looks like success. */
const contractHasCode = (review: Review): Outcome => {
  const called = review.requests.filter(({ call }) => call.type !== 'empty')
  return worst(
    called.flatMap(({ request: { to, txRequestId } }): Outcome[] => {
      const account = accountOf(review, to)
      if (!account) return [broken(`The code of ${to} could not be read.`, { to })]
      return account.codeHash
        ? []
        : [fail(`${txRequestId} calls ${to}, where there is no contract.`, { to, txRequestId })]
    }),
    called.length === 0
      ? notApplicable('No contract is called.')
      : pass('There is a contract wherever one is called.'),
  )
}

const codeHashPin = (review: Review): Outcome => {
  const called = [
    ...new Set(review.requests.filter(({ call }) => call.type !== 'empty').map(({ request }) => request.to)),
  ]
  if (called.length === 0) return notApplicable('No contract is called.')
  return worst(
    called.flatMap((to): Outcome[] => {
      const pin = review.limits.pins[to.toLowerCase()]
      if (!pin) return [unavailable(`For ${to} no code is pinned to compare with.`, { to })]
      const account = accountOf(review, to)
      if (!account) return [broken(`The code of ${to} could not be read.`, { to })]
      const metadata = {
        to,
        code_hash: account.codeHash,
        pinned: pin.codeHash,
        implementation: account.implementation,
      }
      if (account.codeHash !== pin.codeHash)
        return [fail(`The code of ${to} is not the one that is pinned.`, metadata)]
      const moved = pin.implementation && !sameAddress(account.implementation ?? '', pin.implementation)
      return moved
        ? [warn(`${to} is a proxy and now stands for other code than when it was pinned.`, metadata)]
        : []
    }),
    pass('The contracts have the code that is pinned.'),
  )
}

const delegatedWallet = (review: Review): Outcome => {
  const account = accountOf(review, review.wallet)
  if (!account) return broken('The code of the wallet could not be read.')
  const { delegate } = account
  if (!delegate) return pass('The wallet has not handed its account to any contract.')
  if (includesAddress(review.limits.knownDelegates, delegate)) {
    return pass('The wallet has handed its account to a contract that is known.', { delegate })
  }
  return warn(
    `The wallet has handed its account to ${delegate}, which is not known and may move what it holds.`,
    { delegate },
  )
}

type Feed = NonNullable<NonNullable<Review['facts']['reputation']>[string]>

/** Three questions that only somebody outside can answer. */
const feedCheck =
  (what: string, judge: (feed: Feed, address: string) => Outcome | null) =>
  (review: Review): Outcome => {
    const { reputation } = review.facts
    if (reputation === undefined)
      return unavailable(`${what} is not known here: no source for it is connected.`)
    if (reputation === null) return broken(`${what} could not be read from its source.`)
    const others = addressesToLookAt(review).filter((address) => !sameAddress(address, review.wallet))
    const outcomes = others.map((address) => {
      const feed = reputation[address.toLowerCase()]
      return (
        (feed && judge(feed, address)) ?? unavailable(`${what} is not known for ${address}.`, { address })
      )
    })
    return worst(
      outcomes.filter(({ status }) => status !== 'PASS'),
      pass(`${what} gives no reason to doubt.`),
    )
  }

const contractAge = feedCheck('The age of contracts', ({ ageDays }, address) => {
  if (ageDays === undefined) return null
  const metadata = { address, age_days: ageDays }
  return ageDays < 7
    ? warn(`${address} is only ${ageDays} days old.`, metadata)
    : pass('Old enough.', metadata)
})

const verifiedSource = feedCheck('Published source code', ({ sourceVerified }, address) => {
  if (sourceVerified === undefined) return null
  return sourceVerified
    ? pass('Published.')
    : warn(`The source code of ${address} is not published.`, { address })
})

const reputationFeed = feedCheck('The reputation of addresses', ({ flagged }, address) => {
  if (flagged === undefined) return null
  return flagged === null
    ? pass('Not flagged.')
    : warn(`${address} is flagged: ${quoted(flagged)}.`, { address })
})

const withoutContracts = (evaluate: (review: Review) => Outcome) => (review: Review) =>
  callsOf(review, 'empty').length === review.requests.length
    ? notApplicable('No contract is called.')
    : evaluate(review)

export const CONTRACT_CHECKS: readonly CheckDefinition[] = [
  { id: 'token_identity', title: 'Token: what it says it is', evaluate: tokenIdentity },
  { id: 'contract_has_code', title: 'Contract: is there', evaluate: contractHasCode },
  { id: 'code_hash_pin', title: 'Contract: unchanged code', evaluate: codeHashPin },
  { id: 'delegated_wallet', title: 'Wallet: not handed to others', evaluate: delegatedWallet },
  { id: 'contract_age', title: 'Contract: age', evaluate: withoutContracts(contractAge) },
  { id: 'verified_source', title: 'Contract: published source', evaluate: withoutContracts(verifiedSource) },
  { id: 'reputation_feed', title: 'Addresses: reputation', evaluate: reputationFeed },
]
