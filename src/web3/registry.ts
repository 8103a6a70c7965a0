import type { Address } from 'viem'
import { checksumAddress, hasWrongChecksum } from './checksum-address.ts'
import { defaultRegistries } from './default-chains.ts'
import type { AllowlistedRouters, AllowlistedTokens, AllowlistTo } from './schema.ts'

/** A token that plans may name. Of the chain's own coin the address is its wrapped token's. */
export type Token = { symbol: string; address: Address; decimals: number; isNative: boolean }

/** A contract that swaps go through, and the only kind that may be given an allowance. */
export type Router = { key: string; address: Address }

/** What is known and allowed on one chain: tokens by symbol, routers by key, both in capitals. */
export type ChainRegistry = {
  chainId: number
  name: string
  tokens: Record<string, Token>
  routers: Record<string, Router>
  /** Addresses beside those of tokens and routers that transactions may be sent to. */
  allowlistTo: Address[]
}

/** The registry of each chain by its id. */
export type Registries = ReadonlyMap<number, ChainRegistry>

export type RegistrySettings = {
  tokens?: AllowlistedTokens | undefined
  routers?: AllowlistedRouters | undefined
  to?: AllowlistTo | undefined
}

/**
 * The registries of all chains: the defaults, where a setting names a chain its tokens or routers instead. Throws on an
 * address whose checksum is wrong, because nobody should be able to send money to a typing error.
 */
export function makeRegistries({ tokens = {}, routers = {}, to = [] }: RegistrySettings = {}): Registries {
  const allowlistTo = to.map((address) => settingAddress('ALLOWLIST_TO', address))
  const registries = new Map(
    defaultRegistries().map((registry) => [registry.chainId, { ...registry, allowlistTo }]),
  )
  const ofChain = (key: string): ChainRegistry => {
    const chainId = Number(key)
    const known = registries.get(chainId)
    if (known) return known
    const fresh = { chainId, name: `Chain ${chainId}`, tokens: {}, routers: {}, allowlistTo }
    registries.set(chainId, fresh)
    return fresh
  }
  for (const [key, named] of Object.entries(tokens)) {
    ofChain(key).tokens = mapMembers(named, (symbol, { address, decimals, is_native: isNative }) => ({
      symbol,
      address: settingAddress(`ALLOWLISTED_TOKENS: ${key}.${symbol}`, address),
      decimals,
      isNative,
    }))
  }
  for (const [key, named] of Object.entries(routers)) {
    ofChain(key).routers = mapMembers(named, (router, { address }) => ({
      key: router,
      address: settingAddress(`ALLOWLISTED_ROUTERS: ${key}.${router}`, address),
    }))
  }
  return registries
}

const mapMembers = <In, Out>(members: Record<string, In>, map: (key: string, member: In) => Out) =>
  Object.fromEntries(Object.entries(members).map(([key, member]) => [key, map(key, member)]))

/** An address of a setting. Throws where its checksum is wrong. */
export function settingAddress(where: string, text: string): Address {
  const address = checksumAddress(text)
  if (address && !hasWrongChecksum(text)) return address
  throw new Error(
    `${where}: ${text} has a wrong checksum: copy the address again, or write it in small letters`,
  )
}
