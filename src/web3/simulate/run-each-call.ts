import { type Address, type Client, type Hex, numberToHex } from 'viem'
import { decodeCall } from '../transactions/decode-call.ts'
import type { TxRequest } from '../transactions/transaction-request.ts'
import { findAllowanceSlot } from './find-allowance-slot.ts'
import { asAnswer } from './node-answer.ts'
import type { SimulationMemory } from './probe-engines.ts'
import type { Head } from './read-head.ts'
import type { CallOutcome, EngineRun } from './simulation.ts'

type Wallet = { address: Address; requests: TxRequest[]; head: Head }

/** What the calls before have left behind: storage of tokens, as `eth_call` takes it. */
type StateDiffs = Record<Address, { stateDiff: Record<Hex, Hex> }>

/**
 * Each call by itself, with the allowances of the approvals before it written into the storage of their tokens. Of what else
 * a call changes the next one sees nothing. Null where the node refuses overrides, or a token hides its allowances.
 */
export async function runSlotOverride(
  client: Client,
  { address, requests, head }: Wallet,
  memory: SimulationMemory,
): Promise<EngineRun | null> {
  const block = numberToHex(head.number)
  const diffs: StateDiffs = {}
  const outcomes: CallOutcome[] = []
  for (const request of requests) {
    const outcome = await callAlone(client, address, request, block, diffs)
    outcomes.push(outcome)
    const call = decodeCall(request.data, request.to)
    if (call.type !== 'approve' || !outcome.success) continue
    const allowance = { token: request.to, owner: address, spender: call.spender, block }
    const slot = await findAllowanceSlot(client, allowance, memory)
    if (!slot) return null
    const stateDiff = { ...diffs[request.to]?.stateDiff, [slot]: numberToHex(call.amount, { size: 32 }) }
    diffs[request.to] = { stateDiff }
  }
  // Without approvals before it each call stands on the state as it is.
  const engine = Object.keys(diffs).length > 0 ? 'slot_override' : 'eth_call'
  return { engine, blockTime: head.timestamp, outcomes, readings: null }
}

/** Each call by itself on the state as it is, which any node can do. */
export async function runAlone(client: Client, { address, requests, head }: Wallet): Promise<EngineRun> {
  const block = numberToHex(head.number)
  const outcomes = await Promise.all(
    requests.map((request) => callAlone(client, address, request, block, null)),
  )
  return { engine: 'eth_call', blockTime: head.timestamp, outcomes, readings: null }
}

async function callAlone(
  client: Client,
  from: Address,
  { to, data, valueWei }: TxRequest,
  block: Hex,
  diffs: StateDiffs | null,
): Promise<CallOutcome> {
  const call = { from, to, data, value: numberToHex(BigInt(valueWei)) }
  const params = diffs && Object.keys(diffs).length > 0 ? [call, block, diffs] : [call, block]
  const [answer, estimate] = await Promise.all([
    asAnswer(client.request({ method: 'eth_call', params } as never) as Promise<Hex>),
    asAnswer(client.request({ method: 'eth_estimateGas', params } as never) as Promise<Hex>),
  ])
  const gasUsed = estimate.answered ? BigInt(estimate.answer) : null
  if (answer.answered) return { success: true, returned: answer.answer, gasUsed, logs: null }
  const { data: returned = '0x', message } = answer
  return { success: false, returned, gasUsed: null, logs: null, message }
}
