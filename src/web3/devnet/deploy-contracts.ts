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

/** Sends what the deployer does, one after another, without waiting for each. */
async function openDeployer(client: Client) {
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
    /** Until all of it is mined; throws if anything reverted. */
    async settle() {
      const receipts = await Promise.all(
        (await Promise.all(sent.splice(0))).map((hash) =>
          client.waitForTransactionReceipt({ hash, pollingInterval: 5 }),
        ),
      )
      const failed = receipts.find(({ status }) => status !== 'success')
      if (failed) throw new Error(`a transaction that sets up the devnet reverted: ${failed.transactionHash}`)
    },
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
