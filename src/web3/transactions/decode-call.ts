import {
  type AbiFunction,
  type Address,
  decodeAbiParameters,
  encodeAbiParameters,
  type Hex,
  slice,
  toFunctionSelector,
} from 'viem'
import { checksumAddress } from '../checksum-address.ts'
import { BATCH_ABI, ERC20_ABI, ROUTER_ABI, WRAPPED_NATIVE_ABI } from './abis.ts'
import { readPackedCalls } from './read-packed-calls.ts'

/** What is wrong with the bytes of a call, whatever they mean. */
export type CallFault =
  | 'missing-prefix'
  | 'upper-case-prefix'
  | 'not-hex'
  | 'odd-length'
  | 'too-short'
  | 'undecodable'
  | 'trailing-bytes'
  | 'not-canonical'
  | 'nested-too-deep'

export type SwapCall = {
  type: 'swap'
  functionName: string
  /** Which side is exact. The other is a bound: the least that comes, or the most that goes. */
  exact: 'in' | 'out'
  nativeIn: boolean
  nativeOut: boolean
  feeOnTransfer: boolean
  /** Null where the value of the transaction is what goes in. */
  amountIn: bigint | null
  amountOut: bigint
  path: Address[]
  recipient: Address
  deadline: bigint
}

export type NestedCall = {
  to: Address
  /** Null where the outer call does not say. */
  value: bigint | null
  operation: 'call' | 'delegatecall'
  data: Hex
  call: DecodedCall
}

type Meaning =
  | { type: 'empty' }
  | { type: 'approve'; spender: Address; amount: bigint }
  | { type: 'transfer'; recipient: Address; amount: bigint }
  | { type: 'transferFrom'; from: Address; recipient: Address; amount: bigint }
  | { type: 'deposit' }
  | { type: 'withdraw'; amount: bigint }
  | SwapCall
  | { type: 'batch'; functionName: string; calls: NestedCall[] }
  | { type: 'unknown' }

export type DecodedCall = Meaning & { to: Address; selector: Hex | null; faults: CallFault[] }

const FUNCTIONS = new Map(
  [...ERC20_ABI, ...WRAPPED_NATIVE_ABI, ...ROUTER_ABI, ...BATCH_ABI].map((item) => [
    toFunctionSelector(item),
    item,
  ]),
)

const BATCHES: Set<string> = new Set(BATCH_ABI.map(({ name }) => name))
const isBatch = (name: string) => BATCHES.has(name)

/** Deeper than anything honest. What lies below is not looked at, and the fault says so. */
const MAX_DEPTH = 5

/**
 * What a call to a contract means, from its bytes alone. Known functions are taken apart, calls within calls are listed, and
 * everything else is unknown, with its selector. Bytes that do not encode exactly what was read from them are at fault:
 * another reader might see another call in them.
 */
export function decodeCall(data: string, to: Address, depth = 0): DecodedCall {
  const target = checksumAddress(to) ?? to
  const { hex, faults } = normaliseHex(data)
  const unknown = (selector: Hex | null, ...more: CallFault[]): DecodedCall => ({
    type: 'unknown',
    to: target,
    selector,
    faults: [...faults, ...more],
  })
  if (hex === null) return unknown(null)
  if (hex === '0x') return { type: 'empty', to: target, selector: null, faults }
  if (hex.length < 10) return unknown(null, 'too-short')
  const selector = hex.slice(0, 10) as Hex
  const item = FUNCTIONS.get(selector)
  if (!item) return unknown(selector)
  if (depth > MAX_DEPTH) return unknown(selector, 'nested-too-deep')
  const read = decodeExactly(item, hex)
  if (!read) return unknown(selector, 'undecodable')
  // Only exact bytes are followed further: in others many entries may share one place, and more each level down.
  if (isBatch(item.name) && read.faults.length > 0) return unknown(selector, ...read.faults)
  const { meaning, fault } = meaningOf(item.name, read.args, target, depth)
  const found = [...faults, ...read.faults, ...(fault ? [fault] : [])]
  return { ...meaning, to: target, selector, faults: found }
}

function normaliseHex(data: string): { hex: Hex | null; faults: CallFault[] } {
  const faults: CallFault[] = []
  let digits = data.slice(2)
  if (data.startsWith('0X')) faults.push('upper-case-prefix')
  else if (!data.startsWith('0x')) {
    faults.push('missing-prefix')
    digits = data
  }
  if (!/^[0-9a-f]*$/i.test(digits)) return { hex: null, faults: [...faults, 'not-hex'] }
  if (digits.length % 2 === 1) return { hex: null, faults: [...faults, 'odd-length'] }
  return { hex: `0x${digits.toLowerCase()}`, faults }
}

/** The arguments, and whether the same arguments encode to the same bytes again. */
function decodeExactly(
  { inputs }: AbiFunction,
  hex: Hex,
): { args: readonly unknown[]; faults: CallFault[] } | null {
  try {
    // Not by viem's `decodeFunctionData` and `encodeFunctionData`, which hash the signature anew for each.
    const args = inputs.length > 0 ? decodeAbiParameters(inputs, slice(hex, 4)) : []
    const again = `${hex.slice(0, 10)}${encodeAbiParameters(inputs, args).slice(2)}`
    if (again === hex) return { args, faults: [] }
    return { args, faults: [hex.startsWith(again) ? 'trailing-bytes' : 'not-canonical'] }
  } catch {
    return null
  }
}

function meaningOf(
  name: string,
  args: readonly unknown[],
  to: Address,
  depth: number,
): { meaning: Meaning; fault?: CallFault } {
  switch (name) {
    case 'approve':
      return { meaning: { type: 'approve', spender: args[0] as Address, amount: args[1] as bigint } }
    case 'transfer':
      return { meaning: { type: 'transfer', recipient: args[0] as Address, amount: args[1] as bigint } }
    case 'transferFrom': {
      const [from, recipient, amount] = args as [Address, Address, bigint]
      return { meaning: { type: 'transferFrom', from, recipient, amount } }
    }
    case 'deposit':
      return { meaning: { type: 'deposit' } }
    case 'withdraw':
      return { meaning: { type: 'withdraw', amount: args[0] as bigint } }
  }
  if (name.startsWith('swap')) return { meaning: readSwap(name, args) }
  const nested = readNested(name, args, to)
  if (!nested) return { meaning: { type: 'unknown' }, fault: 'undecodable' }
  const calls = nested.map((call) => ({ ...call, call: decodeCall(call.data, call.to, depth + 1) }))
  return { meaning: { type: 'batch', functionName: name, calls } }
}

function readSwap(functionName: string, args: readonly unknown[]): SwapCall {
  const feeOnTransfer = functionName.endsWith('SupportingFeeOnTransferTokens')
  const nativeIn = /^swap(Exact)?ETH/.test(functionName)
  const nativeOut = /For(Exact)?ETH/.test(functionName)
  const exact = /ForExact/.test(functionName) ? 'out' : 'in'
  const [path, recipient, deadline] = args.slice(-3) as [Address[], Address, bigint]
  const amounts = args.slice(0, -3) as bigint[]
  // The amount that a function is named after comes first; coins that go in are the value and no argument.
  const [first, second] = amounts
  const amountIn = nativeIn ? null : exact === 'in' ? first! : second!
  const amountOut = nativeIn || exact === 'out' ? first! : second!
  const sides = { exact, nativeIn, nativeOut, feeOnTransfer, amountIn, amountOut } as const
  return { type: 'swap', functionName, ...sides, path: [...path], recipient, deadline }
}

type PlainCall = Omit<NestedCall, 'call'>

function readNested(name: string, args: readonly unknown[], to: Address): PlainCall[] | null {
  if (name === 'multiSend') return readPackedCalls(args[0] as Hex)
  const list = args.at(-1) as (Hex | { target: Address; value?: bigint; callData: Hex })[]
  return list.map((entry) =>
    typeof entry === 'string'
      ? { to, value: null, operation: 'call', data: entry }
      : { to: entry.target, value: entry.value ?? 0n, operation: 'call', data: entry.callData },
  )
}
