import {
  AbiDecodingZeroDataError,
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  ExecutionRevertedError,
  encodeFunctionData,
  erc20Abi,
  type Hex,
  multicall3Abi,
  parseAbi,
  prepareEncodeFunctionData,
  RawContractError,
  RpcRequestError,
} from 'viem'
import { getBlock, multicall, readContract } from 'viem/actions'
import type { Web3Client } from './chains.ts'
import type { ChainRegistry, Token } from './registry.ts'
import { MULTICALL3 } from './rpc/open-connection.ts'

/** What a wallet holds and what others may take of it, all read at one block. */
export type Snapshot = {
  chainId: number
  walletAddress: Address
  native: { balanceWei: bigint }
  erc20: { token: Address; symbol: string; decimals: number; balance: bigint }[]
  allowances: { token: Address; spender: Address; allowance: bigint }[]
  blockNumber: bigint
  /** Seconds, by the clock of the chain. */
  blockTime: bigint
  /** What could not be read, while the rest could. */
  errors: { token: Address; spender?: Address; message: string }[]
}

/** `spenders`: whose allowances are read, instead of all routers'. `tokens`: instead of all of the registry. */
type Options = {
  registry: ChainRegistry
  wallet: Address
  spenders?: Address[]
  tokens?: Token[]
  blockNumber?: bigint
}

const ABOUT = parseAbi([
  'function getBlockNumber() view returns (uint256)',
  'function getCurrentBlockTimestamp() view returns (uint256)',
  'function getEthBalance(address addr) view returns (uint256)',
])

// The signatures are hashed once, and not for each call. Of functions without arguments that is the whole call.
const BLOCK_NUMBER = prepareEncodeFunctionData({ abi: ABOUT, functionName: 'getBlockNumber' })
const BLOCK_TIME = prepareEncodeFunctionData({ abi: ABOUT, functionName: 'getCurrentBlockTimestamp' })
const COINS = prepareEncodeFunctionData({ abi: ABOUT, functionName: 'getEthBalance' })
const BALANCE_OF = prepareEncodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf' })
const ALLOWANCE = prepareEncodeFunctionData({ abi: erc20Abi, functionName: 'allowance' })

/** One figure of a token: the wallet's balance, or what a spender may take. */
type Read = { token: Token; spender?: Address }
type Answer = bigint | null
type Reading = { blockNumber: bigint; blockTime: bigint; balanceWei: bigint; answers: Answer[] }
type Reader = (client: Web3Client, wallet: Address, reads: Read[], block?: bigint) => Promise<Reading | null>

/** Reads a wallet in one round trip where the chain has Multicall3. A token that cannot be read does not lose the rest. */
export async function readSnapshot(client: Web3Client, options: Options): Promise<Snapshot> {
  const { registry, wallet } = options
  const tokens = (options.tokens ?? Object.values(registry.tokens)).filter(({ isNative }) => !isNative)
  const spenders = options.spenders ?? Object.values(registry.routers).map(({ address }) => address)
  const reads = tokens.flatMap((token): Read[] => [
    { token },
    ...spenders.map((spender) => ({ token, spender })),
  ])
  const reading = await readAll(client, wallet, reads, options.blockNumber)
  const snapshot: Snapshot = {
    chainId: registry.chainId,
    walletAddress: wallet,
    native: { balanceWei: reading.balanceWei },
    erc20: [],
    allowances: [],
    blockNumber: reading.blockNumber,
    blockTime: reading.blockTime,
    errors: [],
  }
  for (const [index, { token, spender }] of reads.entries()) {
    const amount = reading.answers[index] ?? null
    const { address, symbol, decimals } = token
    if (amount === null) {
      snapshot.errors.push({
        token: address,
        ...(spender && { spender }),
        message: `${symbol} at ${address} did not say ${spender ? 'what it allows' : 'a balance'}`,
      })
    } else if (spender) snapshot.allowances.push({ token: address, spender, allowance: amount })
    else snapshot.erc20.push({ token: address, symbol, decimals, balance: amount })
  }
  return snapshot
}

/** Chains that have shown that Multicall3 does not stand there. */
const withoutMulticall3 = new WeakSet<object>()

const readAll: (...args: Parameters<Reader>) => Promise<Reading> = async (client, ...args) => {
  const chain = client.chain!
  if (!withoutMulticall3.has(chain)) {
    const reading = await readTogether(client, ...args)
    if (reading) return reading
    if (!(await client.getCode({ address: MULTICALL3 }))) withoutMulticall3.add(chain)
  }
  // A token that uses up all the gas takes the others down with it, but not where each is asked alone.
  return (await readDeployless(client, ...args)) ?? (await readOneByOne(client, ...args))
}

const encodeRead = ({ spender }: Read, wallet: Address): Hex =>
  spender
    ? encodeFunctionData({ ...ALLOWANCE, args: [wallet, spender] })
    : encodeFunctionData({ ...BALANCE_OF, args: [wallet] })

/** Everything in one call of Multicall3, the block and its time too; null where that call fails. */
const readTogether: Reader = async (client, wallet, reads, block) => {
  const about = [
    BLOCK_NUMBER.functionName,
    BLOCK_TIME.functionName,
    encodeFunctionData({ ...COINS, args: [wallet] }),
  ]
  const answers = await readContract(client, {
    address: MULTICALL3,
    abi: multicall3Abi,
    functionName: 'aggregate3',
    args: [
      [
        ...about.map((callData) => ({ target: MULTICALL3, allowFailure: false, callData }) as const),
        ...reads.map((read) => ({
          target: read.token.address,
          allowFailure: true,
          callData: encodeRead(read, wallet),
        })),
      ],
    ],
    ...(block !== undefined && { blockNumber: block }),
  }).catch(orNull)
  const amounts = answers?.map(({ success, returnData }) => (success ? readAmount(returnData) : null)) ?? []
  const [blockNumber, blockTime, balanceWei, ...rest] = amounts
  if (blockNumber == null || blockTime == null || balanceWei == null) return null
  return { blockNumber, blockTime, balanceWei, answers: rest }
}

/** The same with the code of Multicall3 brought along, for chains where it does not stand; null where all of it fails. */
const readDeployless: Reader = async (client, wallet, reads, block) => {
  const head = await readHead(client, block)
  const [balanceWei, results] = await Promise.all([
    client.getBalance({ address: wallet, blockNumber: head.blockNumber }),
    multicall(client, {
      deployless: true,
      // One call, however many there are.
      batchSize: 0,
      blockNumber: head.blockNumber,
      contracts: reads.map(({ token: { address }, spender }) =>
        spender
          ? ({ address, abi: erc20Abi, functionName: 'allowance', args: [wallet, spender] } as const)
          : ({ address, abi: erc20Abi, functionName: 'balanceOf', args: [wallet] } as const),
      ),
    }),
  ])
  const answers = results.map(({ result, error }) => (error ? orNull(error) : (result as bigint)))
  return answers.every((answer) => answer === null) ? null : { ...head, balanceWei, answers }
}

/** The same in a call for each, all of one block. */
const readOneByOne = async (...[client, wallet, reads, block]: Parameters<Reader>): Promise<Reading> => {
  const head = await readHead(client, block)
  const { blockNumber } = head
  const [balanceWei, ...answers] = await Promise.all([
    client.getBalance({ address: wallet, blockNumber }),
    ...reads.map(async (read): Promise<Answer> => {
      const to = read.token.address
      const answer = await client.call({ to, data: encodeRead(read, wallet), blockNumber }).catch(orNull)
      return readAmount(answer?.data ?? '0x')
    }),
  ])
  return { ...head, balanceWei, answers }
}

async function readHead(client: Web3Client, wanted: bigint | undefined) {
  const block = await getBlock(
    client,
    wanted === undefined ? { blockTag: 'latest' } : { blockNumber: wanted },
  )
  return { blockNumber: block.number, blockTime: block.timestamp }
}

/** A figure as contracts return it. One of another length is no answer, whatever it may mean. */
function readAmount(returned: Hex): bigint | null {
  return returned.length === 66 ? BigInt(returned) : null
}

/** What a contract or the node's own limits made fail counts as no answer. That the RPC cannot be asked is thrown on. */
function orNull(error: unknown): null {
  const isAnswer =
    error instanceof BaseError &&
    error.walk((cause) => ANSWERS.some((type) => cause instanceof type)) !== null
  if (isAnswer) return null
  throw error
}

const ANSWERS = [
  AbiDecodingZeroDataError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  ExecutionRevertedError,
  RawContractError,
  RpcRequestError,
]
