import { decodeFunctionData, type Hex, multicall3Abi } from 'viem'
import type { Json } from '../../lib/canonical-json.ts'
import { describeCode } from './describe-answer.ts'

type Described = { name: string; request: { [name: string]: Json } }

/** Reads of ERC-20, by the first four bytes of their calldata. Their arguments are addresses. */
const ERC20: Record<string, { name: string; arguments: string[] }> = {
  '0x70a08231': { name: 'balanceOf', arguments: ['owner'] },
  '0xdd62ed3e': { name: 'allowance', arguments: ['owner', 'spender'] },
  '0x313ce567': { name: 'decimals', arguments: [] },
  '0x95d89b41': { name: 'symbol', arguments: [] },
}

const AGGREGATE3 = '0x82ad56cb'

/** What Multicall3 is asked about the chain itself, by what JSON-RPC calls the same. */
const ABOUT_CHAIN: Record<string, string> = {
  '0x42cbb15c': 'web3.eth_blockNumber',
  '0x0f28c97d': 'web3.multicall3.getCurrentBlockTimestamp',
}
const ETH_BALANCE = '0x4d2301cc'

/** Names that differ from those of JSON-RPC, because records have always had them. */
const NAMES: Record<string, string> = { eth_estimateGas: 'estimate_gas' }

/** How a request to an RPC is told in the record of a run: a name that says what was read, and what was asked. */
export function describeCall(method: string, params: unknown): Described {
  const plain = toJson(params ?? [])
  if (method === 'eth_call' && Array.isArray(plain)) {
    const [call, block = 'latest'] = plain
    if (isObject(call) && typeof call.data === 'string') {
      const read = describeRead(typeof call.to === 'string' ? call.to : null, call.data)
      if (read) return { name: read.name, request: { ...read.request, block } }
    }
  }
  return { name: `web3.${NAMES[method] ?? method}`, request: { params: plain } }
}

function describeRead(to: string | null, data: string): Described | null {
  const selector = data.slice(0, 10)
  const read = ERC20[selector]
  if (read && to !== null && data.length === 10 + 64 * read.arguments.length) {
    const words = read.arguments.map((name, index) => [
      name,
      `0x${data.slice(34 + 64 * index, 74 + 64 * index)}`,
    ])
    return { name: `web3.erc20.${read.name}`, request: { token: to, ...Object.fromEntries(words) } }
  }
  if (selector !== AGGREGATE3) return null
  try {
    const { functionName, args } = decodeFunctionData({ abi: multicall3Abi, data: data as Hex })
    if (functionName !== 'aggregate3') return null
    const calls = args[0].map(({ target, callData }) => {
      const ofItself = target.toLowerCase() === to?.toLowerCase()
      const inner = (ofItself && describeChainRead(callData)) || describeRead(target, callData)
      return inner
        ? { name: inner.name, ...inner.request }
        : { name: 'web3.eth_call', to: target, data: callData }
    })
    return { name: 'web3.multicall3.aggregate3', request: { to, calls } }
  } catch {
    return null
  }
}

function describeChainRead(data: string): Described | null {
  const name = ABOUT_CHAIN[data]
  if (name) return { name, request: {} }
  const isBalance = data.startsWith(ETH_BALANCE) && data.length === 74
  return isBalance ? { name: 'web3.eth_getBalance', request: { address: `0x${data.slice(34)}` } } : null
}

const isObject = (value: Json | undefined): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Plain JSON. The code that a simulation lends to an address is told by its hash: it is the same in every run. */
const toJson = (value: unknown): Json =>
  JSON.parse(
    JSON.stringify(value, (name, member) => {
      if (typeof member === 'bigint') return String(member)
      return name === 'code' ? describeCode(member) : member
    }) ?? 'null',
  )
