import { type Client, type Hex, numberToHex } from 'viem'
import { BATCH_CODE, decodeRead, encodeRead, READER } from './batch-contract.ts'
import { asAnswer } from './node-answer.ts'
import type { Head } from './read-head.ts'
import type { WatchList } from './simulation.ts'

/** What the RPC of a chain can do. Whether storage can be overridden shows with the first token. */
export type EngineSupport = { simulateV1: boolean; codeOverride: boolean; blockOverride: boolean }

/** What was found out about chains and tokens, so that it is found out once. Belongs to whoever holds the RPCs. */
export type SimulationMemory = {
  engines: Map<number, Promise<EngineSupport>>
  /** Where a token keeps an allowance, by token, owner and spender. */
  allowanceSlots: Map<string, Hex>
}

export const makeSimulationMemory = (): SimulationMemory => ({
  engines: new Map(),
  allowanceSlots: new Map(),
})

/** Asked once for each chain. What could not be asked, because the node was not there, is asked again the next time. */
export function supportOf(
  client: Client,
  chainId: number,
  head: Head,
  { engines }: SimulationMemory,
): Promise<EngineSupport> {
  const known = engines.get(chainId)
  if (known) return known
  const asked = probe(client, head)
  engines.set(chainId, asked)
  asked.catch(() => engines.delete(chainId))
  return asked
}

const NOTHING: WatchList = { holders: [], tokens: [], spenders: [], targets: [READER] }

/** Each is tried on our own code, which tells what it sees: a node that only says yes is not believed. */
async function probe(client: Client, head: Head): Promise<EngineSupport> {
  const { number, time } = nextBlock(head)
  const block = numberToHex(head.number)
  const code = { [READER]: { code: BATCH_CODE } }
  const call = { from: READER, to: READER, data: encodeRead(NOTHING) }
  const overridden = { number: numberToHex(number), time: numberToHex(time) }
  const blocks = [{ blockOverrides: overridden, stateOverrides: code, calls: [call] }]
  const simulateV1 = client.request({
    method: 'eth_simulateV1',
    params: [{ blockStateCalls: blocks, traceTransfers: true, validation: false }, block],
  } as never) as Promise<{ calls: { returnData: Hex }[] }[]>
  const eth_call = (...overrides: object[]) =>
    client.request({ method: 'eth_call', params: [call, block, ...overrides] } as never) as Promise<Hex>
  const [simulated, called, calledLater] = await Promise.all([
    asAnswer(simulateV1),
    asAnswer(eth_call(code)),
    asAnswer(eth_call(code, overridden)),
  ])
  const seesLater = (data: Hex | undefined) => seen(data)?.blockTime === time
  return {
    simulateV1: simulated.answered && seesLater(simulated.answer[0]?.calls?.[0]?.returnData),
    codeOverride: called.answered && seen(called.answer) !== null,
    blockOverride: calledLater.answered && seesLater(calledLater.answer),
  }
}

function seen(data: Hex | undefined) {
  try {
    return decodeRead(NOTHING, data ?? '0x')
  } catch {
    return null
  }
}

/** The block that a transaction would come into. Time matters: prices that pools keep cost gas once time has passed. */
export const nextBlock = ({ number, timestamp }: Head) => ({ number: number + 1n, time: timestamp + 12 })
