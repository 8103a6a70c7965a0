import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Address } from 'viem'

const SHAPE = /^0x[0-9a-f]{40}$/i

/** More would be what somebody collects in us by naming ever new addresses. */
const MAX_REMEMBERED = 10_000

/** By the digits: the same few addresses are looked at in every run, many times. */
const remembered = new Map<string, Address>()

/**
 * An address with the checksum of EIP-55 in its letters, whatever letters came; null where it is no address. By itself,
 * because viem takes a fifth of a second to load and settings are read at every start.
 */
export function checksumAddress(text: string): Address | null {
  if (!SHAPE.test(text)) return null
  const digits = text.slice(2).toLowerCase()
  const known = remembered.get(digits)
  if (known) return known
  const hash = bytesToHex(keccak_256(utf8ToBytes(digits)))
  const address: Address = `0x${[...digits].map((digit, at) => (hash[at]! >= '8' ? digit.toUpperCase() : digit)).join('')}`
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  remembered.set(digits, address)
  return address
}

/** Mixed letters that are not the checksum: most often a digit was mistyped. One case alone carries no checksum. */
export function hasWrongChecksum(text: string): boolean {
  const digits = text.slice(2)
  const mixed = digits !== digits.toLowerCase() && digits !== digits.toUpperCase()
  return mixed && checksumAddress(text) !== text
}
