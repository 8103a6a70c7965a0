import {
  type Address,
  createTestClient,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  http,
  maxUint256,
  numberToHex,
  parseEther,
  parseUnits,
  publicActions,
  walletActions,
} from 'viem'
import { CANONICAL, DEPLOYER, DEV_ACCOUNT, TRAPS } from './addresses.ts'
import {
  type CompiledContract,
  readMulticall3,
  readOwnContract,
  readUniswapContract,
} from './read-contract.ts'

/** Storage that constructors write: names, supplies, owners. More than any of ours uses. */
const CONSTRUCTOR_SLOTS = 10

/** More than the largest of them needs, so that nothing has to be estimated. */
const GAS = 8_000_000n

const openClient = (url: string) =>
  createTestClient({ mode: 'anvil', transport: http(url, { retryCount: 0 }) })
    .extend(publicActions)
    .extend(walletActions)
type Client = ReturnType<typeof openClient>

/**
 * Sends what the deployer does, without waiting for each, and mines it when it is settled: where anvil mines by itself, a
 * transaction that comes while the one before it is mined can wait in its pool for ever.
 */
async function openDeployer(client: Client) {
  await client.setAutomine(false)
  let nonce = await client.getTransactionCount({ address: DEPLOYER })
  const sent: Promise<`0x${string}`>[] = []
  const send = (transaction: { to?: Address; data: `0x${string}`; value?: bigint }) => {
    sent.push(
      client.sendTransaction({ account: DEPLOYER, chain: null, gas: GAS, nonce: nonce++, ...transaction }),
    )
  }
  return {
    deploy({ abi, bytecode }: CompiledContract, args: unknown[] = []): Address {
      const address = getContractAddress({ from: DEPLOYER, nonce: BigInt(nonce) })
      send({ data: encodeDeployData({ abi, bytecode, args }) })
      return address
    },
    call(to: Address, { abi }: CompiledContract, functionName: string, args: unknown[], value = 0n) {
      send({ to, data: encodeFunctionData({ abi, functionName, args }), value })
    },
    /** Until all of it is mined; throws if anything reverted, or if a block took none of it. */
    async settle() {
      let waiting = await Promise.all(sent.splice(0))
      while (waiting.length > 0) {
        await client.mine({ blocks: 1 })
        const { transactions } = await client.getBlock()
        const left = waiting.filter((hash) => !transactions.includes(hash))
        if (left.length === waiting.length) throw new Error('anvil mines nothing of what sets up the devnet')
        waiting = left
        const receipts = await Promise.all(transactions.map((hash) => client.getTransactionReceipt({ hash })))
        const failed = receipts.find(({ status }) => status !== 'success')
        if (failed)
          throw new Error(`a transaction that sets up the devnet reverted: ${failed.transactionHash}`)
      }
    },
    /** From now on each transaction is mined as it comes. */
    close: () => client.setAutomine(true),
  }
}

/**
 * Puts the contracts of the devnet where they stand on chain 1. Each is deployed where it falls, then its code and what
 * its constructor wrote are copied. The router holds the addresses of factory and WETH within its code, so it is
 * constructed with the final ones, at which nothing stands yet. Pools are made by the factory itself.
 */
export async function deployContracts(url: string): Promise<void> {
  const client = openClient(url)
  const deployer = await openDeployer(client)
  const contracts = {
    weth: readUniswapContract('v2-periphery', 'WETH9'),
    factory: readUniswapContract('v2-core', 'UniswapV2Factory'),
    router: readUniswapContract('v2-periphery', 'UniswapV2Router02'),
    usdc: readOwnContract('UsdCoin'),
    tether: readOwnContract('TetherLike'),
    feeOnTransfer: readOwnContract('FeeOnTransfer'),
    honeypot: readOwnContract('Honeypot'),
  }
  const placed: [from: Address, to: Address][] = [
    [deployer.deploy(contracts.weth), CANONICAL.weth],
    [deployer.deploy(contracts.factory, [DEPLOYER]), CANONICAL.factory],
    [deployer.deploy(contracts.router, [CANONICAL.factory, CANONICAL.weth]), CANONICAL.router],
    [deployer.deploy(readMulticall3()), CANONICAL.multicall3],
    [deployer.deploy(contracts.usdc), CANONICAL.usdc],
    [deployer.deploy(contracts.tether), CANONICAL.tether],
    [deployer.deploy(contracts.feeOnTransfer), TRAPS.feeOnTransfer],
    [deployer.deploy(contracts.honeypot), TRAPS.honeypot],
  ]
  await deployer.settle()
  await Promise.all(placed.map(([from, to]) => copyContract(client, from, to)))

  const openPool = (token: Address, contract: CompiledContract, amount: bigint, ether: bigint) => {
    deployer.call(token, contract, 'mint', [DEPLOYER, amount])
    deployer.call(token, contract, 'approve', [CANONICAL.router, amount])
    const liquidity = [token, amount, 0n, 0n, DEPLOYER, maxUint256]
    deployer.call(CANONICAL.router, contracts.router, 'addLiquidityETH', liquidity, ether)
  }
  openPool(CANONICAL.usdc, contracts.usdc, parseUnits('2500000', 6), parseEther('1000'))
  openPool(CANONICAL.tether, contracts.tether, parseUnits('250000', 6), parseEther('100'))
  openPool(TRAPS.feeOnTransfer, contracts.feeOnTransfer, parseEther('100000'), parseEther('100'))
  openPool(TRAPS.honeypot, contracts.honeypot, parseEther('100000'), parseEther('100'))
  deployer.call(CANONICAL.usdc, contracts.usdc, 'mint', [DEV_ACCOUNT, parseUnits('10000', 6)])
  await deployer.settle()

  const pool = await client.readContract({
    address: CANONICAL.factory,
    abi: contracts.factory.abi,
    functionName: 'getPair',
    args: [TRAPS.honeypot, CANONICAL.weth],
  })
  deployer.call(TRAPS.honeypot, contracts.honeypot, 'setPool', [pool])
  await deployer.settle()
  await deployer.close()
}

async function copyContract(client: Client, from: Address, to: Address): Promise<void> {
  const [bytecode, ...values] = await Promise.all([
    client.getCode({ address: from }),
    ...Array.from({ length: CONSTRUCTOR_SLOTS }, (_, slot) =>
      client.getStorageAt({ address: from, slot: numberToHex(slot) }),
    ),
  ])
  if (!bytecode) throw new Error(`nothing was deployed at ${from}`)
  await client.setCode({ address: to, bytecode })
  await Promise.all(
    values.map((value, index) =>
      value && BigInt(value) !== 0n ? client.setStorageAt({ address: to, index, value }) : undefined,
    ),
  )
}
