import { type Address, type Client, type Hex, numberToHex, parseAbi } from 'viem'
import { readContract } from 'viem/actions'
import { checksumAddress } from '../checksum-address.ts'
import type { ChainRegistry } from '../registry.ts'
import { decodeCall } from '../transactions/decode-call.ts'
import type { TxRequest } from '../transactions/transaction-request.ts'
import { presentChanges, sumChanges } from './asset-changes.ts'
import { ALLOWANCE_NOT_APPLIED, mayBeAssumed } from './assume-success.ts'
import { judgeRun } from './judge-run.ts'
import { asAnswer } from './node-answer.ts'
import { type SimulationMemory, supportOf } from './probe-engines.ts'
import { type Head, readHead } from './read-head.ts'
import { runCodeOverride } from './run-code-override.ts'
import { runAlone, runSlotOverride } from './run-each-call.ts'
import { runSimulateV1 } from './run-simulate-v1.ts'
import type { EngineRun, Simulation, SimulationResult, WatchList } from './simulation.ts'
import { watchListOf } from './watch-list.ts'

type SimulateArgs = {
  requests: TxRequest[]
  wallet: Address
  registry: ChainRegistry
  memory: SimulationMemory
  /** The block that the rest of the plan was read at; the newest where none is given. */
  head?: Head | undefined
}

type Prepared = Omit<SimulateArgs, 'head'> & { head: Head; watch: WatchList }

const OVERRIDE_SUPPORT = {
  eth_simulateV1: 'simulate_v1',
  code_override: 'code_override',
  slot_override: 'slot_override',
  eth_call: 'unsupported',
} as const

/**
 * What transactions would do, one after another, on top of a block: approvals count for what comes after them. By the
 * engine that proves most of those that this chain's RPC has; which one it was is part of the answer.
 */
export async function simulateRequests(client: Client, args: SimulateArgs): Promise<Simulation> {
  const head = args.head ?? (await readHead(client))
  const known = Object.values(args.registry.tokens).map(({ address }) => address)
  const wallet = checksumAddress(args.wallet) ?? args.wallet
  const watch = watchListOf(args.requests, wallet, known)
  const prepared = { ...args, wallet, head, watch }
  const run = await runBest(client, prepared)
  const results = judgeRun({ ...prepared, run, ...(await readAround(client, prepared, run)) })
  const judged = run.engine === 'eth_call' ? await assume(client, prepared, results) : results
  return present(prepared, run, judged)
}

async function runBest(client: Client, prepared: Prepared): Promise<EngineRun> {
  const { requests, wallet, registry, head, watch, memory } = prepared
  const support = await supportOf(client, registry.chainId, head, memory)
  const of = { address: wallet, requests, watch, head, support }
  if (support.simulateV1) {
    const run = await runSimulateV1(client, of)
    if (run) return run
  }
  if (support.codeOverride) {
    const run = await runCodeOverride(client, of)
    if (run) return run
  }
  // What could be done a while ago was refused now: another node answers, or it was changed.
  if (support.simulateV1) memory.engines.delete(registry.chainId)
  return (await runSlotOverride(client, of, memory)) ?? (await runAlone(client, of))
}

/** What engines without readings do not tell: which targets have code, and what the wallet has to send. */
async function readAround(client: Client, { requests, wallet, head }: Prepared, run: EngineRun) {
  if (run.readings) return { codeSizes: null, balance: null }
  const block = numberToHex(head.number)
  const [balance, ...codes] = await Promise.all([
    client.request({ method: 'eth_getBalance', params: [wallet, block] }),
    ...requests.map(({ to }) => client.request({ method: 'eth_getCode', params: [to, block] })),
  ])
  const codeSizes = codes.map((code: Hex | undefined) => BigInt(((code ?? '0x').length - 2) / 2))
  return { codeSizes, balance: BigInt(balance) }
}

const BALANCE_ABI = parseAbi(['function balanceOf(address) view returns (uint256)'])

/** The last resort, where approvals could not be applied: which failed swaps the approvals before them explain. */
async function assume(
  client: Client,
  { requests, wallet, registry, head }: Prepared,
  results: SimulationResult[],
): Promise<SimulationResult[]> {
  const judge = async (result: SimulationResult, at: number): Promise<SimulationResult> => {
    const request = requests[at]!
    const call = decodeCall(request.data, request.to)
    if (result.success || call.type !== 'swap') return result
    const token = call.path[0]!
    const asked = readContract(client, {
      abi: BALANCE_ABI,
      address: token,
      functionName: 'balanceOf',
      args: [wallet],
      blockNumber: head.number,
    })
    const answer = await asAnswer(asked)
    const approved = requests.slice(0, at).filter((_, before) => results[before]!.success)
    const balance = answer.answered ? answer.answer : null
    const failed = { request, error: result.error ?? '', approved, balance }
    if (!mayBeAssumed(failed, registry)) return result
    return { ...result, success: true, assumed_success: true, assumption_reason: ALLOWANCE_NOT_APPLIED }
  }
  return Promise.all(results.map(judge))
}

function present({ requests, head }: Prepared, run: EngineRun, results: SimulationResult[]): Simulation {
  const succeeded = results.filter(({ success }) => success).length
  const changes = results.flatMap(({ assetChanges = [] }) => assetChanges)
  return {
    status: requests.length > 0 ? 'completed' : 'skipped',
    mode: requests.length > 1 ? 'sequential' : 'single',
    sequence: requests.map(({ txRequestId }) => txRequestId),
    override_support: OVERRIDE_SUPPORT[run.engine],
    overrides_used: run.engine === 'code_override' || run.engine === 'slot_override',
    engine: run.engine,
    results,
    summary: { num_success: succeeded, num_failed: results.length - succeeded },
    ...(run.readings && {
      assetChanges: presentChanges(sumChanges(changes.map((c) => ({ ...c, delta: BigInt(c.delta) })))),
    }),
    blockNumber: Number(head.number),
    blockTime: run.blockTime,
  }
}
