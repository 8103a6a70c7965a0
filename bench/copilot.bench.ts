/**
 * From a sentence to a plan that waits for approval, and from a question to its answer, on a devnet of its own and the real
 * server in a process of its own; and what simulating and reading cost beside bare calls. `node bench/copilot.bench.ts`
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Address, erc20Abi, type Hex, numberToHex } from 'viem'
import { simulateBlocks } from 'viem/actions'
import { readConfig } from '../src/config.ts'
import { openChains } from '../src/open-web3.ts'
import { CANONICAL, DEV_ACCOUNT } from '../src/web3/devnet/addresses.ts'
import { makeSimulationMemory } from '../src/web3/simulate/probe-engines.ts'
import { simulateRequests } from '../src/web3/simulate/simulate-requests.ts'
import { readSnapshot } from '../src/web3/snapshot.ts'
import type { TxRequest } from '../src/web3/transactions/transaction-request.ts'
import { spawnServer } from '../test/harness/spawn-server.ts'
import { startTestDevnet } from '../test/harness/start-devnet.ts'
import { startPostgres } from '../test/harness/start-postgres.ts'
import { startRpcProxy } from '../test/harness/start-rpc-proxy.ts'
import { interleave, median, printTable } from './measure.ts'

const CHAIN = 31337
const GOES = Number(process.argv[2] ?? 40)
const SENTENCE = 'Swap 50 USDC to ETH on Uniswap with 0.5% slippage'
const QUESTION = 'What is my USDC balance?'
/** What is asked of each, in milliseconds at the median. */
const ASKED = { start: 60, simulation: 2, question: 15 }
const milliseconds = (value: number) => value.toFixed(1)

const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
const devnet = await startTestDevnet()
const postgres = await startPostgres(folder)
console.log(`load average ${loadavg()[0]!.toFixed(2)} on ${cpus().length} cores`)

const rows: Record<string, string>[] = []
const answers: Record<string, string>[] = []
let requests: TxRequest[] = []
for (const [name, settings] of [
  ['PGlite', {}],
  ['PostgreSQL', { DATABASE_URL: postgres.url }],
] as const) {
  const server = await spawnServer(join(folder, name), {
    ...settings,
    RPC_URLS: JSON.stringify({ [CHAIN]: devnet.url }),
    LOG_LEVEL: 'error',
  })
  const times: number[] = []
  for (let go = 0; go < GOES; go++) {
    // Another wallet each time: one that is used very often is warned of.
    const wallet = numberToHex(0xb0000 + rows.length * 1000 + go, { size: 20 })
    await fund(wallet)
    const { runId } = await post(server.address, '/v1/runs', {
      intent: SENTENCE,
      walletAddress: wallet,
      chainId: CHAIN,
    })
    const began = performance.now()
    const { status, artifacts } = await post(server.address, `/v1/runs/${runId}/start`, {})
    times.push(performance.now() - began)
    if (status !== 'AWAITING_APPROVAL') throw new Error(`the run is ${status}`)
    requests = artifacts.tx_requests
  }
  const asked: number[] = []
  const begun: number[] = []
  for (let go = 0; go < GOES * 2; go++) {
    const conversation = randomUUID()
    begun.push(await timeOfQuestion(server.address, conversation))
    asked.push(await timeOfQuestion(server.address, conversation))
  }
  await server.stop()
  rows.push({ database: name, ...figuresOf(times), 'asked ms': String(ASKED.start) })
  const question = figuresOf(asked)
  answers.push({
    database: name,
    ...question,
    'first of its conversation, p50 ms': figuresOf(begun)['p50 ms'],
    'asked ms': String(ASKED.question),
  })
}
printTable('POST /v1/runs/{id}/start of the headline sentence, until it waits for approval', rows)
printTable(`POST /v1/chat/route of “${QUESTION}”`, answers)

const proxy = await startRpcProxy(devnet.url)
const chainsAt = (url: string) =>
  openChains(readConfig({ RPC_URLS: JSON.stringify({ [CHAIN]: url }), DATA_DIR: folder }))
const chains = chainsAt(devnet.url)
const [client, registry] = [chains.clientOf(CHAIN), chains.registryOf(CHAIN)]
const memory = makeSimulationMemory()
const simulation = await interleave(GOES * 3, {
  bare: async () => {
    const began = performance.now()
    await simulateBlocks(client, {
      blocks: [
        {
          calls: requests.map(({ to, data }) => ({ account: DEV_ACCOUNT, to, data: data as Hex })),
        },
      ],
      traceTransfers: true,
    })
    return performance.now() - began
  },
  ours: async () => {
    const began = performance.now()
    await simulateRequests(client, { requests, wallet: DEV_ACCOUNT, registry, memory })
    return performance.now() - began
  },
})
printTable('Simulating approval and swap, median ms', [
  {
    'bare simulateBlocks': milliseconds(simulation.bare!),
    'with block, effects and decoding': milliseconds(simulation.ours!),
    'more ms': milliseconds(simulation.ours! - simulation.bare!),
    'asked: at most more ms': String(ASKED.simulation),
  },
])

const [known] = Object.values(registry.tokens).filter(({ isNative }) => !isNative)
const tokens = Array.from({ length: 20 }, () => known!)
const spied = chainsAt(proxy.url).clientOf(CHAIN)
await readSnapshot(spied, { registry, wallet: DEV_ACCOUNT, tokens })
const before = proxy.requests()
await readSnapshot(spied, { registry, wallet: DEV_ACCOUNT, tokens })
const trips = proxy.requests() - before
const snapshot = await interleave(GOES * 3, {
  one: async () => {
    const began = performance.now()
    const { address } = known!
    await client.readContract({ abi: erc20Abi, address, functionName: 'balanceOf', args: [DEV_ACCOUNT] })
    return performance.now() - began
  },
  all: async () => {
    const began = performance.now()
    await readSnapshot(client, { registry, wallet: DEV_ACCOUNT, tokens })
    return performance.now() - began
  },
})
printTable('A wallet with 20 tokens and what a router may take of each', [
  {
    'round trips': String(trips),
    'median ms': milliseconds(snapshot.all!),
    'one balance, median ms': milliseconds(snapshot.one!),
  },
])

await proxy.stop()
await devnet.stop()
await postgres.stop()
rmSync(folder, { recursive: true, force: true })

/** The program is compiled while the first ones run. */
function figuresOf(times: number[]) {
  const settled = times.slice(Math.floor(times.length / 4)).sort((a, b) => a - b)
  return {
    'p50 ms': milliseconds(median(settled)),
    'p95 ms': milliseconds(settled[Math.floor(settled.length * 0.95)]!),
    'first ms': milliseconds(times[0]!),
  }
}

async function timeOfQuestion(address: string, conversation: string): Promise<number> {
  const began = performance.now()
  const answer = await post(address, '/v1/chat/route', {
    message: QUESTION,
    conversation_id: conversation,
    wallet_address: DEV_ACCOUNT,
    chain_id: CHAIN,
  })
  const took = performance.now() - began
  if (answer.mode !== 'QUERY' || !answer.data.snapshot)
    throw new Error(`the answer is ${answer.assistant_message}`)
  return took
}

async function fund(wallet: Address): Promise<void> {
  const data = `0x40c10f19${wallet.slice(2).padStart(64, '0')}${100_000_000n.toString(16).padStart(64, '0')}`
  await devnet.client.setBalance({ address: wallet, value: 10n ** 18n })
  const hash = await devnet.client.sendTransaction({
    account: DEV_ACCOUNT,
    chain: null,
    to: CANONICAL.usdc,
    data: data as Hex,
  })
  await devnet.client.waitForTransactionReceipt({ hash })
}

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape are read here
async function post(address: string, path: string, body: object): Promise<any> {
  const response = await fetch(address + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(await response.text())
  return response.json()
}
