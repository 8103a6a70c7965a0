import { checksumAddress } from '../../../web3/checksum-address.ts'
import type { ChainRegistry, Router, Token } from '../../../web3/registry.ts'
import { BASIS_POINTS, CHAIN_NAMES, TIME_UNITS, TOKEN_ALIASES } from './vocabulary.ts'

/** What the words of a user may name on one chain. */
export type Names = {
  registry: ChainRegistry
  tokenOf(word: string): Token | undefined
  /** The routers that a name stands for: none, one, or several of the same family. */
  routersOf(name: string): Router[]
  routerAt(address: string): Router | undefined
  chainOf(name: string): number | undefined
  isUnit(word: string): boolean
}

const LONGEST_NAME = 4

export function namesOf(registry: ChainRegistry): Names {
  const tokens = new Map<string, Token>()
  // An address names the contract: of a coin and its wrapped token, the wrapped one.
  for (const token of Object.values(registry.tokens).sort(
    (a, b) => Number(b.isNative) - Number(a.isNative),
  )) {
    tokens.set(token.symbol.toLowerCase(), token)
    tokens.set(token.address.toLowerCase(), token)
  }
  for (const [alias, symbol] of TOKEN_ALIASES) {
    const token = registry.tokens[symbol]
    if (token && !tokens.has(alias)) tokens.set(alias, token)
  }
  const routers = new Map<string, Router[]>()
  for (const router of Object.values(registry.routers))
    for (const alias of aliasesOf(router.key)) routers.set(alias, [...(routers.get(alias) ?? []), router])
  const chains = new Map(CHAIN_NAMES)
  chains.set(registry.name.toLowerCase(), registry.chainId)
  return {
    registry,
    tokenOf: (word) => tokens.get(word.toLowerCase()),
    routersOf: (name) => routers.get(plainName(name)) ?? [],
    routerAt: (address) =>
      Object.values(registry.routers).find((router) => router.address === checksumAddress(address)),
    chainOf: (name) => chains.get(plainName(name)),
    isUnit: (word) => tokens.has(word) || TIME_UNITS.has(word) || BASIS_POINTS.has(word),
  }
}

/** `UNISWAP_V2_ROUTER`: uniswap, uniswap v2, uniswapv2, each with or without "router", and the key itself. */
function aliasesOf(key: string): Set<string> {
  const parts = plainName(key).split(' ')
  const core = parts.at(-1)?.startsWith('router') && parts.length > 1 ? parts.slice(0, -1) : parts
  const aliases = new Set([parts.join(' ')])
  for (let length = 1; length <= core.length; length++) {
    for (const joint of [' ', '']) {
      const alias = core.slice(0, length).join(joint)
      aliases.add(alias).add(`${alias} router`)
    }
  }
  return aliases
}

export const plainName = (name: string) => name.toLowerCase().replaceAll('_', ' ').replaceAll('-', ' ').trim()

/** How many of the words from the first on are the longest name that `isName` knows; 0 where none is. */
export function longestName(words: string[], isName: (name: string) => boolean): number {
  for (let length = Math.min(LONGEST_NAME, words.length); length > 0; length--)
    if (isName(words.slice(0, length).join(' '))) return length
  return 0
}
