import { readFileSync } from 'node:fs'
import {
  type Address,
  decodeFunctionResult,
  encodeFunctionData,
  type Hex,
  parseAbi,
  prepareEncodeFunctionData,
} from 'viem'
import type { TxRequest } from '../transactions/transaction-request.ts'
import type { CallOutcome, Reading, WatchList } from './simulation.ts'

const ABI = parseAbi([
  'struct Call { address target; uint256 value; bytes data; }',
  'struct Outcome { bool success; uint256 gasUsed; bytes returned; }',
  'struct Reading { uint256[] balances; uint256[] allowances; bool[] allowancesRead; uint256[] codeSizes; }',
  'struct Watch { address[] holders; address[] tokens; address[] spenders; address[] targets; }',
  'function read(Watch watch) view returns (uint256 blockNumber, uint256 blockTime, Reading reading)',
  'function run(Call[] calls, Watch watch) returns (uint256 blockNumber, uint256 blockTime, Outcome[] outcomes, Reading[] readings)',
])

// Their signatures are hashed once, and not for each call.
const READ = prepareEncodeFunctionData({ abi: ABI, functionName: 'read' })
const RUN = prepareEncodeFunctionData({ abi: ABI, functionName: 'run' })

const { deployedBytecode } = JSON.parse(
  readFileSync(new URL('../../../contracts/SimulationBatch.json', import.meta.url), 'utf8'),
) as { deployedBytecode: Hex }

/** What an address runs for the length of one request. */
export const BATCH_CODE: Hex = deployedBytecode

/** An address that nobody uses, to read balances from. */
export const READER: Address = '0x000000000000000000000000000000c0de51d3d0'

type RawReading = {
  balances: readonly bigint[]
  allowances: readonly bigint[]
  allowancesRead: readonly boolean[]
  codeSizes: readonly bigint[]
}
export type BlockSeen = { blockNumber: bigint; blockTime: number }

export const encodeRead = (watch: WatchList): Hex => encodeFunctionData({ ...READ, args: [watch] })

/** Throws where the answer is not what our code gives. */
export function decodeRead(watch: WatchList, data: Hex): BlockSeen & { reading: Reading } {
  const [blockNumber, blockTime, reading] = decodeFunctionResult({ abi: ABI, functionName: 'read', data })
  return { blockNumber, blockTime: Number(blockTime), reading: toReading(watch, reading) }
}

export function encodeRun(requests: TxRequest[], watch: WatchList): Hex {
  const calls = requests.map(({ valueWei, data }, at) => ({
    target: watch.targets[at]!,
    value: BigInt(valueWei),
    data,
  }))
  return encodeFunctionData({ ...RUN, args: [calls, watch] })
}

export function decodeRun(
  watch: WatchList,
  data: Hex,
): BlockSeen & { outcomes: CallOutcome[]; readings: Reading[] } {
  const [blockNumber, blockTime, outcomes, readings] = decodeFunctionResult({
    abi: ABI,
    functionName: 'run',
    data,
  })
  return {
    blockNumber,
    blockTime: Number(blockTime),
    outcomes: outcomes.map((outcome) => ({ ...outcome, logs: null })),
    readings: readings.map((reading) => toReading(watch, reading)),
  }
}

/** What the contract gives for a balance that it could not read. */
const UNREADABLE = 2n ** 256n - 1n

function toReading({ holders, tokens, spenders }: WatchList, raw: RawReading): Reading {
  const { balances, allowances, allowancesRead, codeSizes } = raw
  const each = tokens.length + 1
  return {
    balances: holders.map((_, at) =>
      balances.slice(at * each, (at + 1) * each).map((balance) => (balance === UNREADABLE ? null : balance)),
    ),
    allowances: tokens.map((_, row) =>
      spenders.map((_, column) => {
        const at = row * spenders.length + column
        return allowancesRead[at] ? (allowances[at] ?? null) : null
      }),
    ),
    codeSizes: [...codeSizes],
  }
}
