import { type Address, type Client, getAddress, type Hex, numberToHex } from 'viem'
import { z } from 'zod'
import type { TxRequest } from '../transactions/transaction-request.ts'
import { BATCH_CODE, decodeRead, encodeRead, READER } from './batch-contract.ts'
import { asAnswer } from './node-answer.ts'
import { nextBlock } from './probe-engines.ts'
import type { Head } from './read-head.ts'
import type { CallOutcome, EngineRun, Reading, SimulationLog, WatchList } from './simulation.ts'

const HexData = z.custom<Hex>((value) => typeof value === 'string' && /^0x([0-9a-f]{2})*$/i.test(value))
const AddressText = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/i)
  .transform((text): Address => getAddress(text))
const Quantity = z
  .string()
  .regex(/^0x[0-9a-f]{1,64}$/i)
  .transform(BigInt)
const SimulatedCall = z.object({
  status: z.enum(['0x0', '0x1']),
  returnData: HexData,
  gasUsed: Quantity,
  maxUsedGas: Quantity.nullish(),
  logs: z.array(z.object({ address: AddressText, topics: z.array(HexData), data: HexData })).nullish(),
  error: z.object({ message: z.string().nullish(), data: z.unknown().optional() }).nullish(),
})
const Blocks = z.tuple([z.object({ timestamp: Quantity, calls: z.array(SimulatedCall) })])

type Wallet = { address: Address; requests: TxRequest[]; watch: WatchList; head: Head }

/** All calls in one simulated block, with a reading before the first and after each. Null where the node refuses. */
export async function runSimulateV1(client: Client, wallet: Wallet): Promise<EngineRun | null> {
  const blocks = await simulate(client, wallet, {})
  if (blocks) return readRun(wallet, blocks, 0n)
  const lent = wallet.requests.reduce((sum, { valueWei }) => sum + BigInt(valueWei), 0n)
  return lent > 0n ? runOnCredit(client, wallet, lent) : null
}

/**
 * A wallet that lacks the coins it sends makes nodes refuse the whole request. So it is lent them, and the readings show which
 * transaction it could not have sent: that one is left out, and the rest is simulated again.
 */
async function runOnCredit(client: Client, wallet: Wallet, lent: bigint): Promise<EngineRun | null> {
  const block = numberToHex(wallet.head.number)
  const balance = await client.request({ method: 'eth_getBalance', params: [wallet.address, block] })
  const lending = { [wallet.address]: { balance: numberToHex(BigInt(balance) + lent) } }
  let sent = wallet.requests
  for (;;) {
    const tried = { ...wallet, requests: sent }
    const answer = await simulate(client, tried, lending)
    const run = answer ? readRun(tried, answer, lent) : null
    if (!run?.readings) return null
    const { readings } = run
    const lacking = sent.find(({ valueWei }, at) => BigInt(valueWei) > (readings[at]!.balances[0]![0] ?? 0n))
    if (!lacking) return withUnsent(wallet.requests, sent, run.outcomes, readings, run.blockTime)
    sent = sent.filter((request) => request !== lacking)
  }
}

/** The run of those that could be sent, with those between that could not and so changed nothing. */
function withUnsent(
  all: TxRequest[],
  sent: TxRequest[],
  outcomes: CallOutcome[],
  readings: Reading[],
  blockTime: number,
): EngineRun {
  const unsent: CallOutcome = { success: false, returned: '0x', gasUsed: null, logs: [] }
  let done = 0
  const seen = [readings[0]!]
  const told = all.map((request) => {
    const outcome = request === sent[done] ? outcomes[done++]! : unsent
    seen.push(readings[done]!)
    return outcome
  })
  return { engine: 'eth_simulateV1', blockTime, outcomes: told, readings: seen }
}

async function simulate(
  client: Client,
  { address, requests, watch, head }: Wallet,
  lending: object,
): Promise<unknown> {
  const { number, time } = nextBlock(head)
  const read = { from: READER, to: READER, data: encodeRead(watch) }
  const calls = requests.flatMap(({ to, data, valueWei }) => [
    { from: address, to, data, value: numberToHex(BigInt(valueWei)) },
    read,
  ])
  const block = {
    blockOverrides: { number: numberToHex(number), time: numberToHex(time) },
    stateOverrides: { [READER]: { code: BATCH_CODE }, ...lending },
    calls: [read, ...calls],
  }
  const answer = await asAnswer(
    client.request({
      method: 'eth_simulateV1',
      params: [
        { blockStateCalls: [block], traceTransfers: true, validation: false },
        numberToHex(head.number),
      ],
    } as never),
  )
  return answer.answered ? answer.answer : null
}

function readRun({ requests, watch, head }: Wallet, answer: unknown, lent: bigint): EngineRun | null {
  const parsed = Blocks.safeParse(answer)
  if (!parsed.success || parsed.data[0].calls.length !== requests.length * 2 + 1) return null
  const [{ calls, timestamp }] = parsed.data
  if (Number(timestamp) !== nextBlock(head).time) return null
  try {
    const readings = calls
      .filter((_, at) => at % 2 === 0)
      .map(({ returnData }) => decodeRead(watch, returnData).reading)
    // The wallet is the first holder, and its coins come first.
    for (const { balances } of readings) balances[0]![0] = (balances[0]![0] ?? 0n) - lent
    const outcomes = calls.filter((_, at) => at % 2 === 1).map(toOutcome)
    return { engine: 'eth_simulateV1', blockTime: Number(timestamp), outcomes, readings }
  } catch {
    return null
  }
}

function toOutcome(call: z.output<typeof SimulatedCall>): CallOutcome {
  const inError = HexData.safeParse(call.error?.data)
  return {
    success: call.status === '0x1',
    returned: inError.success && inError.data !== '0x' ? inError.data : call.returnData,
    // Gas that is refunded in the end has to be there first.
    gasUsed: call.maxUsedGas ?? call.gasUsed,
    logs: (call.logs ?? []) as SimulationLog[],
    message: call.error?.message ?? undefined,
  }
}
