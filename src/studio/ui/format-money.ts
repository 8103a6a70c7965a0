/** `12 000.00` reads the same in every country, `12,000.00` does not. A plain space, as nothing else is seen for what it is. */
const GROUP = ' '
const DECIMAL = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?$/

/** A finite number or a decimal text as a decimal text without needless zeros; anything else is no amount. */
export function toDecimal(value: unknown): string | null {
  if (typeof value !== 'number' && typeof value !== 'string') return null
  const [, sign = '', whole, fraction = ''] = DECIMAL.exec(String(value)) ?? []
  if (whole === undefined) return null
  const digits = whole.replace(/^0+(?=\d)/, '')
  const rest = fraction.replace(/0+$/, '')
  return `${sign}${digits}${rest && `.${rest}`}`
}

/** Never rounds: an amount of 101.005 is shown as that. */
export function formatAmount(decimal: string, currency?: string): string {
  const [, sign = '', whole = '', fraction = ''] = DECIMAL.exec(decimal) ?? []
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, GROUP) : whole
  const padded = fraction.padEnd(fractionDigits(currency), '0')
  return `${sign}${grouped}${padded && `.${padded}`}`
}

/** Whether what a person typed says the same amount: spaces and the currency may stand in it, a comma may be the point. */
export function saysAmount(typed: string, decimal: string, currency?: string): boolean {
  let text = typed.trim().toUpperCase()
  if (currency && text.endsWith(currency.toUpperCase())) text = text.slice(0, -currency.length)
  text = text.replace(/\s/g, '')
  if (!text.includes('.')) text = text.replace(/,(?=\d+$)/, '.')
  return toDecimal(text) === decimal
}

function fractionDigits(currency: string | undefined): number {
  try {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency: currency ?? 'EUR' })
    return format.resolvedOptions().maximumFractionDigits ?? 2
  } catch {
    return 2
  }
}
