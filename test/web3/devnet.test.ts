import { randomUUID } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { erc20Abi, parseAbi, parseEther, parseUnits } from 'viem'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startOfProcess } from '../../src/lib/process-start.ts'
import { CANONICAL, DEPLOYER, DEV_ACCOUNT, TRAPS } from '../../src/web3/devnet/addresses.ts'
import { callRpc } from '../../src/web3/devnet/call-rpc.ts'
import { startDevnet } from '../../src/web3/devnet/start-devnet.ts'
import { makeRegistries } from '../../src/web3/registry.ts'
import { startTestDevnet, type TestDevnet } from '../harness/start-devnet.ts'

const ROUTER = parseAbi([
  'function getAmountsOut(uint256 amountIn, address[] path) view returns (uint256[] amounts)',
  'function swapExactTokensForETH(uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline) returns (uint256[] amounts)',
  'function swapExactETHForTokensSupportingFeeOnTransferTokens(uint256 amountOutMin, address[] path, address to, uint256 deadline) payable',
  'function swapExactTokensForETHSupportingFeeOnTransferTokens(uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline)',
])
const FACTORY = parseAbi(['function getPair(address, address) view returns (address)'])
const FIFTY = parseUnits('50', 6)
const QUOTE = parseEther('0.019939602404328057')
const LATER = 2n ** 40n
const account = DEV_ACCOUNT

let devnet: TestDevnet
beforeAll(async () => {
  devnet = await startTestDevnet()
})
afterAll(() => devnet.stop())

const balanceOf = (token: `0x${string}`, owner: `0x${string}`) =>
  devnet.client.readContract({ address: token, abi: erc20Abi, functionName: 'balanceOf', args: [owner] })

/** A folder for a devnet that the test itself starts, with the prepared state in it. */
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-devnet-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  copyFileSync(join(devnet.folder, 'state.dump'), join(folder, 'state.dump'))
  return folder
}

const processOf = (folder: string): number =>
  JSON.parse(readFileSync(join(folder, 'process.json'), 'utf8')).anvil.pid

test('the registry of the devnet names contracts that are there, with the decimals and symbols it says', async () => {
  const { tokens, routers } = makeRegistries().get(31337)!
  expect(await devnet.client.getChainId()).toBe(31337)
  for (const { address, symbol, decimals, isNative } of Object.values(tokens)) {
    const read = (functionName: 'symbol' | 'decimals') =>
      devnet.client.readContract({ address, abi: erc20Abi, functionName })
    expect(await read('decimals')).toBe(decimals)
    if (!isNative) expect(await read('symbol')).toBe(symbol)
  }
  expect(routers.UNISWAP_V2_ROUTER!.address).toBe(CANONICAL.router)
})

test('the pool of USDC and WETH is the genuine one of chain 1, and quotes 0.0199396 ETH for 50 USDC', async () => {
  const { client } = devnet
  const pair = await client.readContract({
    address: CANONICAL.factory,
    abi: FACTORY,
    functionName: 'getPair',
    args: [CANONICAL.usdc, CANONICAL.weth],
  })
  expect(pair).toBe(CANONICAL.pair)
  expect(await balanceOf(CANONICAL.usdc, pair)).toBe(parseUnits('2500000', 6))
  expect(await balanceOf(CANONICAL.weth, pair)).toBe(parseEther('1000'))
  const [, out] = await client.readContract({
    address: CANONICAL.router,
    abi: ROUTER,
    functionName: 'getAmountsOut',
    args: [FIFTY, [CANONICAL.usdc, CANONICAL.weth]],
  })
  expect(out).toBe(QUOTE)
})

test('the dev account has sent nothing yet and holds ether and 10,000 USDC, and a swap of it gives what was quoted', async () => {
  const { client } = devnet
  const snapshot = await client.snapshot()
  expect(await client.getTransactionCount({ address: account })).toBe(0)
  expect(await client.getBalance({ address: account })).toBe(parseEther('100000'))
  expect(await balanceOf(CANONICAL.usdc, account)).toBe(parseUnits('10000', 6))
  const send = async (request: Parameters<typeof client.writeContract>[0]) => {
    const receipt = await client.waitForTransactionReceipt({ hash: await client.writeContract(request) })
    expect(receipt.status).toBe('success')
    return receipt.gasUsed * receipt.effectiveGasPrice
  }
  const fees = [
    await send({
      account,
      chain: null,
      address: CANONICAL.usdc,
      abi: erc20Abi,
      functionName: 'approve',
      args: [CANONICAL.router, FIFTY],
    }),
    await send({
      account,
      chain: null,
      address: CANONICAL.router,
      abi: ROUTER,
      functionName: 'swapExactTokensForETH',
      args: [FIFTY, QUOTE, [CANONICAL.usdc, CANONICAL.weth], account, LATER],
    }),
  ]
  const gained = (await client.getBalance({ address: account })) - parseEther('100000')
  expect(gained + fees[0]! + fees[1]!).toBe(QUOTE)
  await client.revert({ id: snapshot })
})

test('the traps are traps: USDT wants its allowance reset, a toll is taken on the way, honey cannot be sold', async () => {
  const { client } = devnet
  const approve = (address: `0x${string}`, amount: bigint, from: `0x${string}` = account) =>
    client.simulateCalls({
      account: from,
      calls: [10n, amount].map((value) => ({
        to: address,
        abi: erc20Abi,
        functionName: 'approve',
        args: [CANONICAL.router, value],
      })),
    })
  const again = await approve(CANONICAL.tether, 20n)
  expect(again.results.map(({ status }) => status)).toEqual(['success', 'failure'])
  expect((await approve(CANONICAL.tether, 0n)).results.map(({ status }) => status)).toEqual([
    'success',
    'success',
  ])

  const trade = async (token: `0x${string}`, sold: bigint) => {
    const { results } = await client.simulateCalls({
      account,
      calls: [
        {
          to: CANONICAL.router,
          abi: ROUTER,
          functionName: 'swapExactETHForTokensSupportingFeeOnTransferTokens',
          args: [0n, [CANONICAL.weth, token], account, LATER],
          value: parseEther('1'),
        },
        { to: token, abi: erc20Abi, functionName: 'balanceOf', args: [account] },
        { to: token, abi: erc20Abi, functionName: 'approve', args: [CANONICAL.router, sold] },
        {
          to: CANONICAL.router,
          abi: ROUTER,
          functionName: 'swapExactTokensForETHSupportingFeeOnTransferTokens',
          args: [sold, 0n, [token, CANONICAL.weth], account, LATER],
        },
      ],
    })
    return { statuses: results.map(({ status }) => status), bought: results[1]!.result as bigint }
  }
  const honey = await trade(TRAPS.honeypot, parseEther('1'))
  expect(honey.statuses).toEqual(['success', 'success', 'success', 'failure'])
  const toll = await trade(TRAPS.feeOnTransfer, parseEther('1'))
  expect(toll.statuses).toEqual(['success', 'success', 'success', 'success'])
  // One hundredth went on the way into the pool at the start, and another one on the way to the buyer.
  expect(Number(toll.bought) / Number(honey.bought)).toBeCloseTo(0.99 ** 2, 3)
})

test('a second start has everything as it was left, receipts too, and its clock goes on', async () => {
  const folder = newFolder()
  const first = await startDevnet({ folder, port: 0 })
  const [hash, hashAhead] = [await sendEther(first.url), await advance(first.url, 4_000)]
  await first.stop()
  const second = await startDevnet({ folder, port: 0 })
  onTestFinished(() => second.stop())
  expect(second.shared).toBe(false)
  const receipt = await callRpc<{ status: string }>(second.url, 'eth_getTransactionReceipt', [hash])
  expect(receipt.status).toBe('0x1')
  const before = await callRpc<Block>(second.url, 'eth_getBlockByNumber', ['latest', false])
  expect(before.hash).toBe(hashAhead)
  await callRpc(second.url, 'evm_mine')
  const after = await callRpc<Block>(second.url, 'eth_getBlockByNumber', ['latest', false])
  expect(Number(after.timestamp)).toBeGreaterThan(Number(before.timestamp))
})

test('what happened since the last look is kept within seconds, and a killed chain comes back with it', async () => {
  const folder = newFolder()
  const first = await startDevnet({ folder, port: 0 })
  const hash = await sendEther(first.url)
  const state = join(folder, 'state.dump')
  const before = readFileSync(state, 'utf8')
  while (readFileSync(state, 'utf8') === before) await new Promise((resolve) => setTimeout(resolve, 20))
  process.kill(processOf(folder), 'SIGKILL')
  await first.stop()
  // What was being written when somebody was killed is in nobody's way.
  writeFileSync(join(folder, `state.dump.${randomUUID()}`), '0x1f')
  const second = await startDevnet({ folder, port: 0 })
  onTestFinished(() => second.stop())
  expect(readdirSync(folder).sort()).toEqual(['process.json', 'state.dump'])
  expect(await callRpc(second.url, 'eth_getTransactionReceipt', [hash])).toMatchObject({ status: '0x1' })
})

test('the chain that a killed server left is ended, and the next one has its state', async () => {
  const folder = newFolder()
  const first = await startDevnet({ folder, port: 0 })
  const orphan = processOf(folder)
  const hash = await sendEther(first.url)
  // Its server is gone without a word: somebody of that number who started at another time is not it.
  const record = JSON.parse(readFileSync(join(folder, 'process.json'), 'utf8'))
  writeFileSync(
    join(folder, 'process.json'),
    JSON.stringify({ ...record, owner: { pid: process.pid, started: 'long ago' } }),
  )
  const second = await startDevnet({ folder, port: Number(new URL(first.url).port) })
  onTestFinished(() => second.stop())
  expect(startOfProcess(orphan)).toBeNull()
  expect(second.url).toBe(first.url)
  expect(await callRpc(second.url, 'eth_getTransactionReceipt', [hash])).toMatchObject({ status: '0x1' })
})

test('a second server of the same folder shares the chain and does not end it', async () => {
  const folder = newFolder()
  const first = await startDevnet({ folder, port: 0 })
  onTestFinished(() => first.stop())
  const second = await startDevnet({ folder, port: 0 })
  expect(second).toMatchObject({ url: first.url, shared: true })
  await second.stop()
  expect(await callRpc(first.url, 'eth_chainId')).toBe('0x7a69')
})

test('where the port is taken the next free one is used', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void taken.close())
  const { port } = taken.address() as { port: number }
  const next = await startDevnet({ folder: newFolder(), port })
  onTestFinished(() => next.stop())
  expect(Number(new URL(next.url).port)).toBeGreaterThan(port)
})

test('a state that cannot be read is put aside and told of, and a fresh chain starts', async () => {
  const folder = newFolder()
  writeFileSync(join(folder, 'state.dump'), '0x1f8b')
  const notices: string[] = []
  const fresh = await startDevnet({ folder, port: 0, onNotice: (notice) => notices.push(notice) })
  onTestFinished(() => fresh.stop())
  expect(notices).toEqual([expect.stringContaining('state.dump.refused')])
  expect(existsSync(join(folder, 'state.dump.refused'))).toBe(true)
  expect(await callRpc(fresh.url, 'eth_getCode', [CANONICAL.pair, 'latest'])).not.toBe('0x')
})

test('a missing or broken program is told of and leaves nothing behind', async () => {
  const folder = newFolder()
  await expect(startDevnet({ folder, port: 0, binary: null })).rejects.toThrow(/no anvil for/)
  await expect(startDevnet({ folder, port: 0, binary: '/bin/false' })).rejects.toThrow(/ended with code 1/)
  expect(readdirSync(folder)).toEqual(['state.dump'])
})

type Block = { hash: string; timestamp: string }

const sendEther = (url: string) =>
  callRpc<string>(url, 'eth_sendTransaction', [{ from: account, to: DEPLOYER, value: '0x1' }])

async function advance(url: string, seconds: number): Promise<string> {
  await callRpc(url, 'evm_increaseTime', [seconds])
  await callRpc(url, 'evm_mine')
  return (await callRpc<Block>(url, 'eth_getBlockByNumber', ['latest', false])).hash
}
