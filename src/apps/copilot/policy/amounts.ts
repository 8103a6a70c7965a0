import type { ChainRegistry, Token } from '../../../web3/registry.ts'

/** Base units as a person writes the amount, exactly: `50000000` with 6 decimals is `50`. */
export function decimalText(amount: bigint, decimals: number): string {
  const sign = amount < 0n ? '-' : ''
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '')
  return `${sign}${whole}${fraction && `.${fraction}`}`
}

/** `50 USDC`. */
export const amountText = (amount: bigint, token: Pick<Token, 'symbol' | 'decimals'>): string =>
  `${decimalText(amount, token.decimals)} ${token.symbol}`

/** `0.5%`. */
export const percentText = (bps: number): string => `${decimalText(BigInt(Math.round(bps)), 2)}%`

/** How much of `whole` is missing, in basis points and rounded up; 0 where nothing is. */
export function shortfallBps(part: bigint, whole: bigint): number {
  if (whole <= 0n || part >= whole) return 0
  return Number(((whole - part) * 10_000n + whole - 1n) / whole)
}

/** Tokens of the registry that stand for one US dollar. */
const DOLLARS: ReadonlySet<string> = new Set(['USDC', 'USDC.E', 'USDBC', 'USDT', 'DAI'])

export const isDollar = (token: Pick<Token, 'symbol'> | null): boolean =>
  token !== null && DOLLARS.has(token.symbol)

/** The chain's own coin, where the registry names it. */
export const nativeOf = (registry: ChainRegistry | null): Token | null =>
  Object.values(registry?.tokens ?? {}).find(({ isNative }) => isNative) ?? null

/**
 * The number of JSON for an amount that conditions compare: the one that a rule with the same digits has. Where it has too many
 * digits for any, the next larger one: an amount above a limit must never become one that is at it.
 */
export function atLeast(amount: bigint, decimals: number): number {
  const text = decimalText(amount, decimals)
  let number = Number(text)
  if (String(number) === text) return number
  while (below(number, amount, decimals))
    number += Math.max(Number.MIN_VALUE, Math.abs(number) * Number.EPSILON)
  return number
}

/** Exactly: `toFixed` gives the digits that a double really stands for, up to where it turns to exponents. */
function below(number: number, amount: bigint, decimals: number): boolean {
  if (number >= 1e21) return BigInt(number) * 10n ** BigInt(decimals) < amount
  const [whole = '0', fraction = ''] = number.toFixed(100).split('.')
  const scaled = BigInt(whole) * 10n ** 100n + BigInt(fraction)
  return scaled < amount * 10n ** BigInt(100 - decimals)
}
