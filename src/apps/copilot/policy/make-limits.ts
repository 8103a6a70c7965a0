import type { Address, Hex } from 'viem'
import { type ChainRegistry, type Registries, settingAddress } from '../../../web3/registry.ts'
import {
  type ChainLimits,
  type CodePin,
  DEFAULT_POLICY_LIMITS,
  type PolicyLimits,
  type SpendCap,
} from './limits.ts'
import type { CodePins, GasCaps, SpendCaps } from './schema.ts'

type Read = 'gasCaps' | 'nativeReserveWei' | 'spendCaps' | 'pins' | 'knownDelegates'
type LimitSettings = {
  figures: Partial<Omit<PolicyLimits, Read>>
  gasCaps?: GasCaps | undefined
  nativeReserve: string
  spendCaps?: SpendCaps | undefined
  codePins?: CodePins | undefined
  knownDelegates?: string[] | undefined
}

/** The limits of every chain, and what is set of one. */
export type LimitsInForce = { limits: PolicyLimits; ofChain: ReadonlyMap<number, ChainLimits> }

/**
 * The limits that settings ask for. Throws on a chain, token or contract that is not known, because a cap or a pin of it would
 * hold nothing.
 */
export function makeLimits(
  { figures, gasCaps, nativeReserve, spendCaps = {}, codePins = {}, knownDelegates = [] }: LimitSettings,
  registries: Registries,
): LimitsInForce {
  const registryOf = (setting: string, key: string) => {
    const registry = registries.get(Number(key))
    if (registry) return registry
    throw new Error(`${setting}: nothing is known of chain ${key}`)
  }
  const ofChain = new Map<number, ChainLimits>()
  for (const [key, caps] of Object.entries(spendCaps)) {
    const registry = registryOf('SPEND_CAPS', key)
    ofChain.set(registry.chainId, { spendCaps: readCaps(registry, caps) })
  }
  for (const [key, pins] of Object.entries(codePins)) {
    const registry = registryOf('CODE_PINS', key)
    ofChain.set(registry.chainId, { ...ofChain.get(registry.chainId), pins: readPins(registry, pins) })
  }
  const caps = Object.entries(gasCaps ?? {}).map(([kind, gas]) => [kind, BigInt(gas)])
  return {
    limits: {
      ...DEFAULT_POLICY_LIMITS,
      ...figures,
      gasCaps: { ...DEFAULT_POLICY_LIMITS.gasCaps, ...Object.fromEntries(caps) },
      nativeReserveWei: baseUnits('NATIVE_RESERVE', nativeReserve, NATIVE_DECIMALS),
      knownDelegates: knownDelegates.map((address) => settingAddress('KNOWN_DELEGATES', address)),
    },
    ofChain,
  }
}

function readCaps({ chainId, tokens }: ChainRegistry, caps: SpendCaps[string]): Record<string, SpendCap> {
  const read = Object.entries(caps).map(([symbol, cap]) => {
    const where = `SPEND_CAPS: ${chainId}.${symbol}`
    const token = Object.hasOwn(tokens, symbol) ? tokens[symbol]! : null
    if (!token) throw new Error(`${where} is no token of the chain`)
    const amount = (text: string | undefined) =>
      text === undefined ? undefined : baseUnits(where, text, token.decimals)
    const found: SpendCap = {
      perTransaction: amount(cap.per_transaction),
      perDay: amount(cap.per_day),
      perRecipientAndDay: amount(cap.per_recipient_and_day),
    }
    return [symbol, found]
  })
  return Object.fromEntries(read)
}

function readPins(
  { chainId, tokens, routers, allowlistTo }: ChainRegistry,
  pins: CodePins[string],
): Record<string, CodePin> {
  const called = new Set<Address>([...Object.values(tokens), ...Object.values(routers)].map(addressOf))
  for (const address of allowlistTo) called.add(address)
  const read = Object.entries(pins).map(([text, { code_hash, implementation }]) => {
    const where = `CODE_PINS: ${chainId}.${text}`
    const address = settingAddress(where, text)
    if (!called.has(address)) throw new Error(`${where} is no token, no router and not in ALLOWLIST_TO`)
    const pin: CodePin = {
      codeHash: code_hash.toLowerCase() as Hex,
      ...(implementation && { implementation: settingAddress(where, implementation) }),
    }
    return [address.toLowerCase(), pin]
  })
  return Object.fromEntries(read)
}

const addressOf = ({ address }: { address: Address }) => address

const NATIVE_DECIMALS = 18

function baseUnits(where: string, text: string, decimals: number): bigint {
  const [whole, fraction = ''] = text.split('.')
  if (fraction.length > decimals) throw new Error(`${where}: ${text} has more than ${decimals} decimals`)
  return BigInt(whole + fraction.padEnd(decimals, '0'))
}
