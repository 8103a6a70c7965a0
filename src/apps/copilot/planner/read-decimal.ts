/** A number written by a person, exactly: `coefficient / 10 ** scale`. */
export type Decimal = { coefficient: bigint; scale: number }

export type Language = 'english' | 'portuguese'

export type DecimalFault =
  | 'malformed'
  | 'negative'
  | 'grouping'
  | 'too_long'
  /** Whether the separator groups thousands or begins the decimals cannot be told. */
  | 'separator'

const MAX_LENGTH = 100
const MAX_EXPONENT = 60

/**
 * Reads digits as they stand, without rounding. Thousands may be grouped by commas (`1,000`), `k` and `m` multiply, and an
 * exponent counts (`5e1`). What can be read in two ways is not read.
 */
export function readDecimal(text: string, language: Language): Decimal | { fault: DecimalFault } {
  if (text.length > MAX_LENGTH) return { fault: 'too_long' }
  if (text.startsWith('-') || text.startsWith('−') || text.startsWith('–')) return { fault: 'negative' }
  const { mantissa, exponent } = splitExponent(text)
  if (exponent === undefined) return { fault: 'malformed' }
  if (Math.abs(exponent) > MAX_EXPONENT) return { fault: 'too_long' }
  const plain = language === 'portuguese' ? ungroupPortuguese(mantissa) : ungroupEnglish(mantissa)
  if (typeof plain !== 'string') return plain
  const [whole = '', fraction = ''] = plain.split('.')
  const coefficient = BigInt(whole + fraction)
  const scale = fraction.length - exponent
  return scale < 0
    ? { coefficient: coefficient * 10n ** BigInt(-scale), scale: 0 }
    : shorten({ coefficient, scale })
}

const MULTIPLIERS: Record<string, number> = { k: 3, m: 6, thousand: 3, million: 6 }

/** `2.5k`, `2.5 million`, `5e1`: the digits, and the power of ten they are multiplied by. */
function splitExponent(text: string): { mantissa: string; exponent: number | undefined } {
  const lower = text.toLowerCase()
  let end = lower.length
  while (end > 0 && !isDigit(lower[end - 1]!)) end--
  const suffix = lower.slice(end).trim()
  if (suffix !== '') return { mantissa: lower.slice(0, end), exponent: MULTIPLIERS[suffix] }
  const at = lower.indexOf('e')
  if (at < 0) return { mantissa: lower, exponent: 0 }
  const power = lower.slice(at + 1)
  return { mantissa: lower.slice(0, at), exponent: isExponent(power) ? Number(power) : undefined }
}

function isExponent(text: string): boolean {
  const digits = text.startsWith('-') || text.startsWith('+') ? text.slice(1) : text
  return digits !== '' && digits.length < 6 && isDigits(digits)
}

type Plain = string | { fault: DecimalFault }

function ungroupEnglish(text: string): Plain {
  if (!text.includes(',')) return plainDecimal(text)
  const dot = text.indexOf('.')
  const whole = dot < 0 ? text : text.slice(0, dot)
  const rest = dot < 0 ? '' : text.slice(dot)
  if (!isGrouped(whole, ',')) return { fault: looksNumeric(text) ? 'grouping' : 'malformed' }
  return plainDecimal(whole.replaceAll(',', '') + rest)
}

/** In Portuguese the comma begins the decimals. `1,500` and `1.500` are read in opposite ways by people of the two habits. */
function ungroupPortuguese(text: string): Plain {
  const commas = text.split(',').length - 1
  const dots = text.split('.').length - 1
  if (commas === 0 && dots === 0) return plainDecimal(text)
  if (commas === 1 && dots === 0)
    return isGrouped(text, ',') ? { fault: 'separator' } : plainDecimal(text.replace(',', '.'))
  if (commas === 0 && dots === 1) return isGrouped(text, '.') ? { fault: 'separator' } : plainDecimal(text)
  const [whole = '', fraction = ''] = text.split(',')
  if (commas <= 1 && isGrouped(whole, '.') && (commas === 0 || isDigits(fraction)))
    return plainDecimal(whole.replaceAll('.', '') + (fraction ? `.${fraction}` : ''))
  return { fault: looksNumeric(text) ? 'grouping' : 'malformed' }
}

function plainDecimal(text: string): Plain {
  const parts = text.split('.')
  if (parts.length > 2) return { fault: looksNumeric(text) ? 'grouping' : 'malformed' }
  const [whole = '', fraction] = parts
  const right =
    fraction === undefined
      ? isDigits(whole)
      : isDigits(fraction) && fraction !== '' && (whole === '' || isDigits(whole))
  return right && whole + (fraction ?? '') !== '' ? text : { fault: 'malformed' }
}

/** `1,000` and `12,345,678`: one to three digits, then groups of three. */
function isGrouped(text: string, separator: string): boolean {
  const [first = '', ...groups] = text.split(separator)
  if (groups.length === 0 || first.length < 1 || first.length > 3 || first.startsWith('0')) return false
  return isDigits(first) && groups.every((group) => group.length === 3 && isDigits(group))
}

function shorten({ coefficient, scale }: Decimal): Decimal {
  let [shorter, places] = [coefficient, scale]
  while (places > 0 && shorter % 10n === 0n) {
    shorter /= 10n
    places--
  }
  return { coefficient: shorter, scale: places }
}

const isDigit = (character: string) => character >= '0' && character <= '9'
const isDigits = (text: string) => text !== '' && [...text].every(isDigit)
const looksNumeric = (text: string) =>
  [...text].every((character) => isDigit(character) || character === ',' || character === '.')

/** The number in its shortest form, `1.5`. */
export function writeDecimal({ coefficient, scale }: Decimal): string {
  const digits = coefficient.toString().padStart(scale + 1, '0')
  return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** So many units of 1 / 10 ** decimals, or undefined where the number is finer than that. */
export function toBaseUnits({ coefficient, scale }: Decimal, decimals: number): bigint | undefined {
  return scale > decimals ? undefined : coefficient * 10n ** BigInt(decimals - scale)
}
