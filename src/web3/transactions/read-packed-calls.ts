import type { Address, Hex } from 'viem'
import { checksumAddress } from '../checksum-address.ts'

export type PackedCall = { to: Address; value: bigint; operation: 'call' | 'delegatecall'; data: Hex }

/** Operation, target, value and length, in hex digits: one byte, twenty, and twice thirty-two. */
const HEAD_DIGITS = 2 * (1 + 20 + 32 + 32)

/** The calls of Safe's `multiSend`, which stand one after another without padding; null where they do not come out even. */
export function readPackedCalls(packed: Hex): PackedCall[] | null {
  const digits = packed.slice(2)
  const calls: PackedCall[] = []
  for (let at = 0; at < digits.length; ) {
    const head = digits.slice(at, at + HEAD_DIGITS)
    if (head.length < HEAD_DIGITS) return null
    const operation = head.slice(0, 2)
    if (operation !== '00' && operation !== '01') return null
    const length = BigInt(`0x${head.slice(106)}`)
    const start = at + HEAD_DIGITS
    if (length > BigInt(digits.length - start) / 2n) return null
    const end = start + Number(length) * 2
    calls.push({
      operation: operation === '01' ? 'delegatecall' : 'call',
      to: checksumAddress(`0x${head.slice(2, 42)}`)!,
      value: BigInt(`0x${head.slice(42, 106)}`),
      data: `0x${digits.slice(start, end)}`,
    })
    at = end
  }
  return calls
}
