import { type Hex, keccak256 } from 'viem'
import { sha256 } from '../lib/hash.ts'

/** More would be what somebody collects in us by naming ever new contracts. */
const MAX_REMEMBERED = 1_000

/** By the code itself, through a hash that costs a thirtieth: so what is found can never be another code's. */
const remembered = new Map<string, Hex>()

/** What a chain knows a contract's code by. The same few contracts are looked at in every run, and their code is long. */
export function codeHash(code: Hex): Hex {
  const key = sha256(code).toString('base64')
  const known = remembered.get(key)
  if (known) return known
  const hash = keccak256(code)
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  remembered.set(key, hash)
  return hash
}
