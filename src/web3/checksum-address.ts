import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Address } from 'viem'

const SHAPE = /^0x[0-9a-f]{40}$/i

/**
 * An address with the checksum of EIP-55 in its letters, whatever letters came; null where it is no address. By itself,
 * because viem takes a fifth of a second to load and settings are read at every start.
 */
export function checksumAddress(text: string): Address | null {
  if (!SHAPE.test(text)) return null
  const digits = text.slice(2).toLowerCase()
  const hash = bytesToHex(keccak_256(utf8ToBytes(digits)))
  return `0x${[...digits].map((digit, at) => (hash[at]! >= '8' ? digit.toUpperCase() : digit)).join('')}`
}

/** Mixed letters that are not the checksum: most often a digit was mistyped. One case alone carries no checksum. */
export function hasWrongChecksum(text: string): boolean {
  const digits = text.slice(2)
  const mixed = digits !== digits.toLowerCase() && digits !== digits.toUpperCase()
  return mixed && checksumAddress(text) !== text
}
