import { type Address, encodeFunctionData, erc20Abi, type Hex, numberToHex, parseAbi } from 'viem'
import type { Web3Client } from '../../../web3/chains.ts'
import { codeHash } from '../../../web3/code-hash.ts'
import { findPools, type PoolMemory } from '../../../web3/quote/find-pools.ts'
import { isFirst, poolKey, type Step, stepsOf } from '../../../web3/quote/pools.ts'
import { type Question, readMany } from '../../../web3/quote/read-many.ts'
import { asAnswer } from '../../../web3/simulate/node-answer.ts'
import { mustResetFirst } from '../../../web3/transactions/reset-first.ts'
import type { AccountFacts, ChainFacts, PairFacts, TokenFacts } from '../policy/chain-facts.ts'
import {
  addressesToLookAt,
  callsOf,
  findRouter,
  payeesOf,
  type Review,
  sameAddress,
} from '../policy/review.ts'

/** Where a proxy keeps the address of what it runs (EIP-1967). */
const IMPLEMENTATION_SLOT = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'
/** The code of an account that runs another's: 0xef0100 and an address (EIP-7702). */
const DELEGATION = /^0xef0100([0-9a-f]{40})$/i
const PAIR = parseAbi(['function getReserves() view returns (uint112, uint112, uint32)'])

/**
 * Reads what the checks of a plan need to know of the chain, all at the block that was simulated. Once the pools are known
 * everything is asked for at the same moment, which is one request where the RPC takes several calls in one.
 */
export async function gatherFacts(
  client: Web3Client,
  review: Review,
  pools: PoolMemory,
): Promise<Omit<ChainFacts, 'paidBefore'>> {
  const blockNumber = BigInt(review.artifacts.simulation?.blockNumber ?? (await client.getBlockNumber()))
  const addresses = addressesToLookAt(review)
  const payees = payeesOf(review).map(({ payee }) => payee)
  const [rpcChainId, block, accounts, contracts] = await Promise.all([
    client.getChainId(),
    client.getBlock({ blockNumber }),
    Promise.all(
      addresses.map((address) =>
        readAccount(client, { requests: review.requests, payees }, address, blockNumber),
      ),
    ),
    readContracts(client, review, blockNumber, pools),
  ])
  return {
    rpcChainId,
    blockNumber: Number(blockNumber),
    blockTime: Number(block.timestamp),
    accounts: Object.fromEntries(addresses.map((address, at) => [address.toLowerCase(), accounts[at]!])),
    ...contracts,
  }
}

/** The code of everybody; of contracts that are called what they stand for, of who is paid whether it is in use. */
async function readAccount(
  client: Web3Client,
  { requests, payees }: { requests: Review['requests']; payees: Address[] },
  address: Address,
  blockNumber: bigint,
): Promise<AccountFacts> {
  const isCalled = requests.some(
    ({ request, call }) => call.type !== 'empty' && sameAddress(request.to, address),
  )
  const isPaid = payees.some((payee) => sameAddress(payee, address))
  const [code, slot, nonce, balanceWei] = await Promise.all([
    client.getCode({ address, blockNumber }),
    isCalled ? client.getStorageAt({ address, slot: IMPLEMENTATION_SLOT, blockNumber }) : undefined,
    isPaid ? client.getTransactionCount({ address, blockNumber }) : null,
    isPaid ? client.getBalance({ address, blockNumber }) : null,
  ])
  const delegate = DELEGATION.exec(code ?? '')?.[1]
  return {
    codeHash: code && code !== '0x' ? codeHash(code) : null,
    delegate: delegate ? `0x${delegate}` : null,
    implementation: implementationOf(slot),
    nonce,
    balanceWei,
    // Most who are paid are people, so contracts alone are asked, in a round trip of their own.
    exchange: isPaid && code && code !== '0x' ? await readExchange(client, address, blockNumber) : null,
  }
}

const EXCHANGE = parseAbi([
  'function token0() view returns (address)',
  'function token1() view returns (address)',
  'function allPairsLength() view returns (uint256)',
])
const [TOKEN_0, TOKEN_1, PAIRS] = (['token0', 'token1', 'allPairsLength'] as const).map((functionName) =>
  encodeFunctionData({ abi: EXCHANGE, functionName }),
) as [Hex, Hex, Hex]

/**
 * A pool of any exchange knows its two tokens, and a factory how many pools it has made. Asked one by one: a contract that uses up
 * all the gas on what it does not know would take the others with it.
 */
async function readExchange(
  client: Web3Client,
  to: Address,
  blockNumber: bigint,
): Promise<AccountFacts['exchange']> {
  const answers = await Promise.all(
    [TOKEN_0, TOKEN_1, PAIRS].map(async (data): Promise<bigint | null | 'unknown'> => {
      const call = { method: 'eth_call', params: [{ to, data }, numberToHex(blockNumber)] } as const
      const asked = await asAnswer(client.request(call))
      if (!asked.answered) return isFailedCall(asked) ? null : 'unknown'
      return asked.answer.length === 66 ? BigInt(asked.answer) : null
    }),
  )
  if (answers.includes('unknown')) return 'unknown'
  const [token0, token1, pairs] = answers as (bigint | null)[]
  // Some contracts answer everything, and always the same.
  if (token0 && token1) return token0 === token1 ? null : 'pool'
  return pairs != null && token0 == null ? 'factory' : null
}

/** What a contract does with a call that it does not know. Whatever else a node refuses says nothing of the contract. */
const FAILED =
  /revert|invalid ?(fe ?)?opcode|opcode ?not ?found|out ?of ?gas|stack ?(under|over)flow|invalid ?jump|undefined instruction/i
const isFailedCall = ({ message, data }: { message: string; data: Hex | undefined }): boolean =>
  data !== undefined || FAILED.test(message)

function implementationOf(slot: Hex | undefined): Address | null {
  const address = (slot ?? '0x').slice(-40).padStart(40, '0')
  return /[^0]/.test(address) ? `0x${address}` : null
}

/** The contracts that calls go to or that stand in paths, where they are tokens. */
function tokensOf(review: Review): Address[] {
  const touched = review.requests.flatMap(({ request, call }) => {
    if (call.type === 'swap') return call.path
    return call.type === 'empty' || call.type === 'unknown' || call.type === 'batch' ? [] : [request.to]
  })
  return [...new Map(touched.map((address) => [address.toLowerCase(), address])).values()]
}

const ABOUT_TOKEN = ['symbol', 'decimals', 'totalSupply'] as const

/** What tokens say of themselves, and what the pools of the swap hold. */
async function readContracts(
  client: Web3Client,
  review: Review,
  blockNumber: bigint,
  memory: PoolMemory,
): Promise<Pick<ChainFacts, 'tokens' | 'pairs'>> {
  const tokens = tokensOf(review)
  const pools = await poolsOf(client, review, blockNumber, memory)
  const questions: Question[] = [
    ...tokens.flatMap((address) =>
      ABOUT_TOKEN.map((functionName) => ({ abi: erc20Abi, address, functionName, args: [] })),
    ),
    ...(pools ?? []).map(({ pair }) => ({ abi: PAIR, address: pair, functionName: 'getReserves', args: [] })),
  ]
  const answers = questions.length > 0 ? await readMany(client, questions, blockNumber) : []
  const ofPools = answers.splice(tokens.length * ABOUT_TOKEN.length)
  return {
    tokens: Object.fromEntries(
      tokens.map((address, at) => {
        const about = answers.slice(at * ABOUT_TOKEN.length, (at + 1) * ABOUT_TOKEN.length)
        return [address.toLowerCase(), tokenFacts(review.chainId, address, about)]
      }),
    ),
    pairs: pools && pairFacts(pools, ofPools),
  }
}

function tokenFacts(
  chainId: number,
  address: Address,
  [symbol, decimals, totalSupply]: unknown[],
): TokenFacts {
  return {
    symbol: typeof symbol === 'string' ? symbol : null,
    decimals: typeof decimals === 'number' ? decimals : null,
    totalSupply: typeof totalSupply === 'bigint' ? totalSupply : null,
    needsReset: mustResetFirst(chainId, address),
  }
}

type Pool = { pair: Address; step: Step }

/** The pools that the swap goes by; none without a swap, null where one of them is not known. */
async function poolsOf(
  client: Web3Client,
  review: Review,
  blockNumber: bigint,
  memory: PoolMemory,
): Promise<Pool[] | null> {
  const [swap] = callsOf(review, 'swap')
  if (!swap) return []
  const router = findRouter(review.registry, swap.request.to)
  if (!router) return null
  const steps = stepsOf(swap.call.path)
  const found = await findPools(client, { chainId: review.chainId, router, blockNumber }, steps, memory)
  const pools = steps.map((step) => ({ step, pair: found.get(poolKey(step)) }))
  return pools.every((pool): pool is Pool => pool.pair !== undefined) ? pools : null
}

function pairFacts(pools: Pool[], answers: unknown[]): PairFacts[] | null {
  const facts = pools.map(({ pair, step }, at): PairFacts | null => {
    const reserves = answers[at] as readonly [bigint, bigint, number] | null
    if (!reserves) return null
    const [reserveIn, reserveOut] = isFirst(step) ? [reserves[0], reserves[1]] : [reserves[1], reserves[0]]
    return { pair, tokenIn: step[0], tokenOut: step[1], reserveIn, reserveOut }
  })
  return facts.every((fact) => fact !== null) ? facts : null
}
