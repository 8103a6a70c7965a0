import type { Token } from '../../../web3/registry.ts'
import { quote } from './questions.ts'
import {
  type Decimal,
  type DecimalFault,
  type Language,
  readDecimal,
  toBaseUnits,
  writeDecimal,
} from './read-decimal.ts'
import type { Amount } from './schema.ts'
import { splitTokens } from './split-tokens.ts'
import { BASIS_POINTS, BOUNDLESS, MULTIPLIER, SHARES, TIME_UNITS } from './vocabulary.ts'

/** A value, or what is wrong with the words in a sentence of its own. */
export type Resolved<V> = { value: V } | { fault: string }

/** Pools of Uniswap V2 count in 112 bits: no larger amount of any token can be swapped or is worth sending. */
const LARGEST = 2n ** 112n - 1n
const LONGEST_DEADLINE = 24 * 3600

/** `50`, `2.5k`, `30%`, `half` as an amount of this token. Without a token only its form is looked at. */
export function resolveAmount(
  text: string,
  token: Token | undefined,
  language: Language,
): Resolved<Amount | undefined> {
  const [first, second, third] = splitTokens(text, isUnit)
  const said = quote(text)
  if (!first || third) return { fault: `I cannot read ${said} as one amount.` }
  if (first.kind !== 'number')
    return second ? { fault: malformed(said) } : resolveShareWord(first.lower, said, token)
  if (second?.kind === 'percent' || second?.lower === 'percent')
    return resolvePercent(first.lower, said, token, language)
  if (second && !MULTIPLIER.has(second.lower)) return { fault: malformed(said) }
  const decimal = readDecimal(`${first.lower}${second ? ` ${second.lower}` : ''}`, language)
  if ('fault' in decimal) return { fault: FAULTS[decimal.fault](said, first.lower) }
  if (decimal.coefficient === 0n) return { fault: `An amount must be more than zero, and ${said} is not.` }
  if (!token) return { value: undefined }
  return resolveExact(decimal, said, token)
}

function resolveExact(decimal: Decimal, said: string, { symbol, decimals }: Token): Resolved<Amount> {
  const units = toBaseUnits(decimal, decimals)
  if (units === undefined) {
    const smallest = writeDecimal({ coefficient: 1n, scale: decimals })
    const least = decimal.coefficient < 10n ** BigInt(Math.max(0, decimal.scale - decimals))
    return {
      fault: least
        ? `${said} is less than the smallest unit of ${symbol}, ${smallest}.`
        : `${symbol} has ${decimals} decimals, and ${said} has ${decimal.scale}.`,
    }
  }
  if (units > LARGEST) return { fault: `${said} is more ${symbol} than there can be in any pool.` }
  return { value: { kind: 'exact', decimal: writeDecimal(decimal), base_units: units.toString() } }
}

function resolveShareWord(
  word: string,
  said: string,
  token: Token | undefined,
): Resolved<Amount | undefined> {
  if (BOUNDLESS.has(word)) return { fault: `I only prepare exact amounts, and ${said} has no bound.` }
  const basisPoints = SHARES.get(word)
  return basisPoints === undefined ? { fault: malformed(said) } : share(basisPoints, token)
}

function resolvePercent(
  number: string,
  said: string,
  token: Token | undefined,
  language: Language,
): Resolved<Amount | undefined> {
  const decimal = readDecimal(number, language)
  if ('fault' in decimal) return { fault: FAULTS[decimal.fault](said, number) }
  const basisPoints = toBaseUnits(decimal, 2)
  if (basisPoints === undefined) return { fault: `A share has two decimals at most, and ${said} has more.` }
  if (basisPoints <= 0n || basisPoints > 10_000n)
    return { fault: `A share is more than 0% and at most 100%, and ${said} is not.` }
  return share(Number(basisPoints), token)
}

const share = (basisPoints: number, token: Token | undefined): Resolved<Amount | undefined> => ({
  value: token && { kind: 'share', basis_points: basisPoints, keeps_gas: token.isNative },
})

const malformed = (said: string) =>
  `${said} is not an amount that I can read: I expected digits, such as 50 or 0.5.`

const FAULTS: Record<DecimalFault, (said: string, number: string) => string> = {
  malformed,
  negative: (said) => `I expected more than zero, and ${said} is negative.`,
  grouping: (said, number) =>
    `${said} can be read in more than one way: I expected no separators but a point before the decimals, as in ${plainForm(number)}.`,
  separator: (said, number) =>
    `${said} may be thousands or decimals: I expected ${number.replace(/[.,]/, '')} for thousands, or more digits after the separator.`,
  too_long: (said) => `${said} is larger or finer than any amount of a token.`,
}

/** The number as it is most often meant: a separator that comes once and last begins the decimals, others group. */
function plainForm(number: string): string {
  const last = Math.max(number.lastIndexOf('.'), number.lastIndexOf(','))
  const isOnce = number.indexOf(number[last]!) === last
  const without = (text: string) => text.replaceAll(/[.,]/g, '')
  return isOnce
    ? `${without(number.slice(0, last)) || '0'}.${number.slice(last + 1) || '0'}`
    : without(number)
}

/** `0.5%`, `50 bps` as whole basis points. */
export function resolveSlippage(text: string, language: Language): Resolved<number> {
  const said = quote(text)
  const [first, second] = splitTokens(text, isUnit)
  if (first?.kind !== 'number')
    return { fault: `I expected a figure for the slippage, such as 0.5% or 50 bps, and got ${said}.` }
  const decimal = readDecimal(first.lower, language)
  if ('fault' in decimal) return { fault: FAULTS[decimal.fault](said, first.lower) }
  if (!second) return { fault: `${said} has no unit: I expected a percentage such as 0.5%, or 50 bps.` }
  const inPercent = second.kind === 'percent' || second.lower === 'percent'
  const inBasisPoints = BASIS_POINTS.has(second.lower) || second.lower === 'basis'
  if (!inPercent && !inBasisPoints)
    return { fault: `I expected a percentage such as 0.5%, or 50 bps, for the slippage, and got ${said}.` }
  const basisPoints = toBaseUnits(decimal, inPercent ? 2 : 0)
  if (basisPoints === undefined)
    return { fault: `Slippage is counted in whole basis points (0.01%), and ${said} is finer.` }
  return basisPoints > 10_000n
    ? { fault: `Slippage cannot be more than 100%, and ${said} is.` }
    : { value: Number(basisPoints) }
}

/** `20 minutes` as seconds. */
export function resolveDeadline(text: string, language: Language): Resolved<number> {
  const said = quote(text)
  const [number, unit] = splitDuration(text)
  const each = TIME_UNITS.get(unit)
  if (number === '' || each === undefined)
    return { fault: `I expected a time such as 20 minutes for the deadline, and got ${said}.` }
  const decimal = readDecimal(number, language)
  if ('fault' in decimal) return { fault: FAULTS[decimal.fault](said, number) }
  const exact = decimal.coefficient * BigInt(each)
  const whole = 10n ** BigInt(decimal.scale)
  if (exact % whole !== 0n) return { fault: `A deadline is counted in whole seconds, and ${said} is not.` }
  return boundDeadline(exact / whole, said)
}

const boundDeadline = (seconds: bigint, said: string): Resolved<number> =>
  seconds < 1n || seconds > BigInt(LONGEST_DEADLINE)
    ? { fault: `A deadline is at least one second and at most a day ahead, and ${said} is not.` }
    : { value: Number(seconds) }

/** `30m` is glued: as a time the letter is minutes. */
function splitDuration(text: string): [number: string, unit: string] {
  const [first, second] = splitTokens(text, isUnit)
  if (first?.kind !== 'number') return ['', '']
  if (second) return [first.lower, second.lower]
  return first.lower.endsWith('m') ? [first.lower.slice(0, -1), 'm'] : [first.lower, '']
}

const isUnit = (word: string) => TIME_UNITS.has(word) || BASIS_POINTS.has(word)
