import type { Hex } from 'viem'
import type { Json } from '../../lib/canonical-json.ts'
import { codeHash } from '../code-hash.ts'

type Members = { [name: string]: Json | undefined }

/** What of a block its hash vouches for, and nobody reads here. It is most of a block. */
const REST_OF_BLOCK = new Set(['logsBloom', 'transactions', 'uncles', 'withdrawals'])

/** A log of a simulation: that its block and its transaction are none, the simulation says. */
const OF_SIMULATED_LOG = ['address', 'topics', 'data']

/**
 * How the answer of an RPC is told in the record of a run: as it came, but for code, which is told by its hash, and for what of
 * a block its hash stands for. A record is kept for good, and the code of one router is as long as all the rest of a run.
 */
export function describeAnswer(method: string, answer: Json): Json {
  switch (method) {
    case 'eth_getCode':
      return describeCode(answer)
    case 'eth_getBlockByNumber':
      return isObject(answer) ? describeBlock(answer) : answer
    case 'eth_simulateV1':
      return Array.isArray(answer)
        ? answer.map((block) => (isObject(block) ? describeSimulated(block) : block))
        : answer
    case 'debug_traceTransaction':
      return describeFrames(answer)
    default:
      return answer
  }
}

/** Of a call that a transaction made inside: what it was. Its bytes are told as code is, by their hash where they are long. */
const OF_FRAME = ['type', 'from', 'to', 'value', 'error']

/** What a trace tells of each call, one after another as they were made; how deep each is within the others is its `depth`. */
function describeFrames(trace: Json): Json {
  const frames: Json[] = []
  const open = [{ frame: trace, depth: 0 }]
  while (open.length > 0) {
    const { frame, depth } = open.pop()!
    if (!isObject(frame)) continue
    frames.push({ depth, ...pick(frame, OF_FRAME), input: describeCode(frame.input) })
    const inner = Array.isArray(frame.calls) ? frame.calls : []
    open.push(...inner.map((call) => ({ frame: call, depth: depth + 1 })).reverse())
  }
  return frames
}

/** Shorter ones say more than their hash: an account's delegation, a minimal proxy. */
const SHORT_CODE = 2 + 2 * 64

/** Code by the hash that the chain knows it by, with its length. */
export function describeCode(code: Json | undefined): Json {
  if (typeof code !== 'string' || code.length <= SHORT_CODE || !/^0x([0-9a-f]{2})*$/i.test(code)) {
    return code ?? null
  }
  return { keccak256: codeHash(code as Hex), bytes: code.length / 2 - 1 }
}

const describeBlock = (block: Members): { [name: string]: Json } =>
  Object.fromEntries(Object.entries(block).filter(([name]) => !REST_OF_BLOCK.has(name)) as [string, Json][])

function describeSimulated({ calls, ...block }: Members): Json {
  return {
    ...describeBlock(block),
    calls: Array.isArray(calls) ? calls.map(describeSimulatedCall) : (calls ?? null),
  }
}

function describeSimulatedCall(call: Json): Json {
  if (!isObject(call) || !Array.isArray(call.logs)) return call
  return { ...call, logs: call.logs.map((log) => (isObject(log) ? pick(log, OF_SIMULATED_LOG) : log)) }
}

const pick = (from: Members, names: string[]): { [name: string]: Json } =>
  Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]!]))

const isObject = (value: Json | undefined): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
