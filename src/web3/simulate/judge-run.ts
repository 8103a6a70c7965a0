import type { Address } from 'viem'
import { decodeRevert } from '../rpc/decode-revert.ts'
import { decodeCall } from '../transactions/decode-call.ts'
import type { TxRequest } from '../transactions/transaction-request.ts'
import { allowanceChangesOf, changesOf, presentChanges } from './asset-changes.ts'
import type { Head } from './read-head.ts'
import type { CallOutcome, EngineRun, SimulationResult, WatchList } from './simulation.ts'

type JudgeArgs = {
  requests: TxRequest[]
  wallet: Address
  watch: WatchList
  head: Head
  run: EngineRun
  /** Of each target, and the wallet's coins, where the engine has no readings. */
  codeSizes: bigint[] | null
  balance: bigint | null
}

/** What each call came to. That a call did not revert is not enough: it must have had something to run, and not have said no. */
export function judgeRun(args: JudgeArgs): SimulationResult[] {
  const { requests, watch, head, run } = args
  return run.outcomes.map((outcome, at) => {
    const request = requests[at]!
    const before = run.readings?.[at]
    const after = run.readings?.[at + 1]
    const codeSize = before?.codeSizes[at] ?? args.codeSizes?.[at] ?? null
    const coins = before ? (before.balances[0]?.[0] ?? null) : args.balance
    const error = faultOf(request, outcome, codeSize, coins)
    const success = error === null
    const gas = success ? outcome.gasUsed : null
    return {
      txRequestId: request.txRequestId,
      success,
      assumed_success: false,
      gasEstimate: gas?.toString() ?? null,
      gasLimit: gas === null ? null : withMargin(gas).toString(),
      fee: success ? feeOf(head) : null,
      error,
      ...(outcome.logs && { logs: success ? outcome.logs : [] }),
      ...(before &&
        after && {
          assetChanges: success ? presentChanges(changesOf(watch, before, after, outcome)) : [],
          allowanceChanges: success ? allowanceChangesOf(watch, before, after) : [],
        }),
    }
  })
}

function faultOf(
  request: TxRequest,
  outcome: CallOutcome,
  codeSize: bigint | null,
  coins: bigint | null,
): string | null {
  const value = BigInt(request.valueWei)
  if (coins !== null && value > coins) return `insufficient funds: it sends ${value} wei of ${coins}`
  if (!outcome.success) return reasonOf(outcome)
  if (request.data !== '0x' && codeSize === 0n) return `no code at ${request.to}: the call would do nothing`
  if (saysNo(request, outcome)) return 'the token answered false'
  return null
}

/** In the words of the contract where it gave any, else of the node. They are data: whoever made the contract wrote them. */
function reasonOf({ returned, message }: CallOutcome): string {
  const words = returned === '0x' && message ? message : decodeRevert(returned)
  const line = words.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  return line.slice(0, LONGEST_REASON) || 'it reverted without a reason'
}

const LONGEST_REASON = 200

/** Some tokens answer nothing, which is a yes; some answer false instead of reverting. */
function saysNo({ data, to }: TxRequest, { returned }: CallOutcome): boolean {
  const { type } = decodeCall(data, to)
  const answers = type === 'approve' || type === 'transfer' || type === 'transferFrom'
  return answers && /^0x0{64}$/.test(returned)
}

/**
 * The estimate is what is paid. Up to a fifth of what is used is given back at the end (EIP-3529) and has to be there until
 * then, which is a quarter of what is paid; and a quarter more, because the block that a transaction comes into is another one.
 */
const withMargin = (gas: bigint) => (gas * 25n + 15n) / 16n

function feeOf({ fee }: Head): SimulationResult['fee'] {
  if ('gasPrice' in fee) return { gasPrice: fee.gasPrice.toString() }
  const { baseFeePerGas, maxPriorityFeePerGas } = fee
  return {
    maxFeePerGas: (baseFeePerGas + 2n * maxPriorityFeePerGas).toString(),
    maxPriorityFeePerGas: maxPriorityFeePerGas.toString(),
  }
}
