import { DEFAULT_TENANT } from '../../kernel/schema.ts'
import { sha256 } from '../../lib/hash.ts'
import type { AuthorizeActionInput } from './schema.ts'

/**
 * The id of a decision, the same for the same request: `dec_` and 16 hex digits of the SHA-256 over the request as
 * compact JSON with sorted members, null context members left out, the amount as a float (`100.0`) and everything
 * beyond ASCII escaped. So the order of members and 101 against 101.0 do not matter; request_id and the hint do.
 * A tenant other than the default one is part of it, so that two tenants never share an id.
 */
export function purchaseDecisionId(tenantId: string, input: AuthorizeActionInput): string {
  const context = Object.fromEntries(
    Object.entries(input.context).filter(([, value]) => value !== null && value !== undefined),
  )
  const request = { context, intent: input.intent, ...(tenantId !== DEFAULT_TENANT && { tenant: tenantId }) }
  const text = toSortedAscii(request, (path) => path === 'context.amount')
  return `dec_${sha256(text).toString('hex').slice(0, 16)}`
}

function toSortedAscii(value: unknown, isFloat: (path: string) => boolean, path = ''): string {
  if (Array.isArray(value))
    return `[${value.map((item, index) => toSortedAscii(item, isFloat, `${path}.${index}`)).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    const parts = members.map(([name, member]) => {
      const memberPath = path ? `${path}.${name}` : name
      return `${escapeText(name)}:${toSortedAscii(member, isFloat, memberPath)}`
    })
    return `{${parts.join(',')}}`
  }
  if (typeof value === 'number') return formatNumber(value, isFloat(path))
  if (typeof value === 'string') return escapeText(value)
  return JSON.stringify(value)
}

function escapeText(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Shortest digits that read back as the same double; an exponent below 1e-4 and from 1e16 on, two digits at least. */
function formatNumber(value: number, asFloat: boolean): string {
  const number = Object.is(value, -0) ? 0 : value
  const size = Math.abs(number)
  if (Number.isInteger(number) && (!asFloat || size < 1e16)) return asFloat ? `${number}.0` : String(number)
  if (size >= 1e-4 && size < 1e16) return String(number)
  const [digits, exponent] = number.toExponential().split('e')
  return `${digits}e${exponent![0]}${exponent!.slice(1).padStart(2, '0')}`
}
